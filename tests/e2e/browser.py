# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that shows a page as it would look on some screen, and tells what was drawn.

It is led by the DevTools protocol over a pipe, so nothing listens on a port. Standard library only.
"""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import program

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SECONDS = 60  # that an answer may take on a loaded machine; usually it is some milliseconds
OPTIONS = ("--headless", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--no-first-run",
           "--disable-background-networking", "--disable-component-update", "--disable-default-apps",
           "--disable-dev-shm-usage", "--disable-extensions", "--disable-sync", "--disable-breakpad",
           "--force-color-profile=srgb", "--hide-scrollbars", "--host-resolver-rules=MAP * ~NOTFOUND")


def executable():
    """Skips the tests where there is none, or fails them if SEG_REQUIRE_ORACLES is set."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        missing = "no Chromium here to open pages in; `./dev setup` installs Debian's package chromium"
        if "SEG_REQUIRE_ORACLES" in os.environ:
            raise RuntimeError(missing)
        raise unittest.SkipTest(missing)
    return found


class Browser:
    def __init__(self):
        command = executable()
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.said = open(Path(self.profile.name) / "said", "w+", encoding="utf-8", errors="replace")
        # Chromium reads from descriptor 3 and writes to 4.
        self.process = subprocess.Popen(
            ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >&2', "sh", command, *OPTIONS,
             f"--user-data-dir={self.profile.name}/profile", "about:blank"],
            bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.said, start_new_session=True)
        self.number, self.received, self.events, self.session = 0, b"", [], None
        try:
            page = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self.session = self.ask("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.ask(f"{domain}.enable")
        except BaseException:
            self.close()
            raise

    def close(self):
        try:
            self.session = None
            self.ask("Browser.close", seconds=10)
            self.process.wait(10)
        except (RuntimeError, subprocess.TimeoutExpired):
            pass  # it is ended the hard way
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for file in (self.process.stdin, self.process.stdout, self.said):
            file.close()
        self.profile.cleanup()

    def failure(self, what):
        self.said.seek(0)
        return RuntimeError(f"Chromium {what}; it said:\n{self.said.read()}")

    def next_message(self, until):
        while b"\0" not in self.received:
            rest = until - time.monotonic()
            ready = rest > 0 and select.select([self.process.stdout], [], [], rest)[0]
            part = os.read(self.process.stdout.fileno(), 1 << 20) if ready else b""
            if not part:
                raise self.failure("ended" if ready else "does not answer")
            self.received += part
        message, _, self.received = self.received.partition(b"\0")
        return json.loads(message)

    def ask(self, method, seconds=SECONDS, **parameters):
        self.number += 1
        question = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            question["sessionId"] = self.session
        try:
            self.process.stdin.write(json.dumps(question).encode() + b"\0")
        except OSError:
            raise self.failure("ended") from None
        until = time.monotonic() + seconds
        while (answer := self.next_message(until)).get("id") != self.number:
            self.keep_event(answer)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def keep_event(self, message):
        if "method" in message:  # else it is an answer that came too late
            self.events.append(message)

    def view(self, width, height, dark=False, phone=False, paper=False):
        """The screen, of that size in CSS pixels, on which pages are shown from here on, the open one included."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone)
        self.ask("Emulation.setEmulatedMedia", media="print" if paper else "",
                 features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, file):
        """What happens from here on is told by `complaints` and `requests`."""
        self.events = []
        answer = self.ask("Page.navigate", url=Path(file).resolve().as_uri())
        if "errorText" in answer:
            raise RuntimeError(f"{file}: {answer['errorText']}")
        until = time.monotonic() + SECONDS
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.keep_event(self.next_message(until))
        self.tell("Promise.all(Array.from(document.images, image => image.decode().catch(() => 0))).then(() => 0)")

    def tell(self, script):
        """The value of an expression of JavaScript in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def complaints(self):
        """What the page got wrong: of scripts, styles, and files that are not there."""
        self.tell("0")  # what is on its way has come then
        found = []
        for event in self.events:
            parameters = event.get("params", {})
            if event["method"] == "Runtime.exceptionThrown":
                found.append(parameters["exceptionDetails"]["text"])
            elif event["method"] == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
                found.append(str(parameters["args"]))
            elif event["method"] == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                found.append(parameters["entry"]["text"])
        return found

    def requests(self):
        """Addresses that the page asked for; pictures within the page are none."""
        self.tell("0")
        asked = [event["params"]["request"]["url"] for event in self.events
                 if event["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if not address.startswith("data:")]

    def picture(self, box=None):
        """What was drawn: of the window, or of a box (x, y, width, height) of the whole page."""
        options = {}
        if box:
            options = {"clip": dict(zip(("x", "y", "width", "height"), box), scale=1), "captureBeyondViewport": True}
        answer = self.ask("Page.captureScreenshot", format="png", optimizeForSpeed=True, **options)
        file = Path(self.profile.name) / "picture.png"
        file.write_bytes(base64.b64decode(answer["data"]))
        return program.read_png(file)

    def print_to_pdf(self):
        answer = self.ask("Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=True,
                          preferCSSPageSize=True)
        return base64.b64decode(answer["data"])
