# SPDX-License-Identifier: Apache-2.0
"""Bad input, as a user meets it: exit code 2, an error that says where, what and what to try, nothing half-written."""
import hashlib
import os
import re
import resource
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import program


def contents(folder):
    """Every file and folder below `folder`, files with a digest of what is in them; less what says who has the lock."""
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(Path(folder).rglob("*")) if path != folder / "run" / ".lock"}


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        for index in range(4):
            self.write_pair(index)
        self.write_lists(range(4))

    def write_pair(self, index, image_size=(64, 64), label_size=(64, 64), label=3):
        height, width = image_size
        rows = [bytes((row * 3 + column + index) % 256 for column in range(3 * width)) for row in range(height)]
        program.write_png(self.data / f"image{index}.png", rows, color=True)
        height, width = label_size
        program.write_png(self.data / f"label{index}.png", [bytes([label]) * width for _ in range(height)])

    def write_lists(self, indices):
        text = "".join(f"image{index}.png,label{index}.png\n" for index in indices)
        (self.data / "train.txt").write_text(text)
        (self.data / "val.txt").write_text(text)

    def config(self, extra=""):
        path = self.folder / "files.toml"
        synthetic = [line for line in program.TINY.splitlines() if "ynthetic" not in line]
        path.write_text("\n".join(synthetic) + f"""
dataset = "CustomerDataset"
im_root = "{self.data}"
train_im_anns = "{self.data}/train.txt"
val_im_anns = "{self.data}/val.txt"
respth = "{self.folder}/run"
max_iter = 3
{extra}
""")
        return path

    def assert_refused(self, config, *mentions, overrides=(), code=2):
        """`train` ends with the exit code and an error in three parts that mentions all of `mentions`."""
        before = contents(self.folder)
        result = program.run("train", config, *overrides)
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, code, said)
        self.assertRegex(said, r"error: .+\n  what: .+\n  try:  .+")
        for mention in mentions:
            self.assertIn(str(mention), said)
        self.assertEqual(contents(self.folder), before, "something was written")
        return said

    def test_good_input_is_trained_on(self):
        result = program.run("train", self.config())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_a_step_for_which_there_is_no_memory(self):
        limit = ["memory_limit=0.5", "sanity_check=true", "on_oom=fail"]
        self.assert_refused(self.config(), "on 16 images of 256x256", "ims_per_gpu", "on_oom=split", code=2,
                            overrides=[*limit, "cropsize=256x256", "ims_per_gpu=16"])
        for on_oom in ["split", "fail"]:
            self.assert_refused(self.config(), "on 1 image of 1024x1024", "cropsize", "memory_limit", code=3,
                                overrides=[*limit, "cropsize=1024x1024", f"on_oom={on_oom}"])

    def test_an_address_space_that_is_too_small_never_ends_in_a_crash(self):
        """`ulimit -v`, from where the program just begins to where images fit: it trains, or says what is missing."""
        def run(words, megabytes):
            def limit():
                resource.setrlimit(resource.RLIMIT_AS, (megabytes * 10**6, megabytes * 10**6))
            return program.run(*words, preexec_fn=limit)

        least = next(megabytes for megabytes in range(300, 3000, 50) if run(["info"], megabytes).returncode == 0)
        codes = []
        for more in (100, 160, 340, 370, 450, 650):
            result = run(["train", self.config(), "--resume", "never", "cropsize=128x256", "ims_per_gpu=4",
                          "max_iter=1", "sanity_check=true"], least + more)
            said = result.stdout + result.stderr
            self.assertIn(result.returncode, (0, 2, 3), f"{least} + {more} MB: {said}")
            if result.returncode != 0:
                self.assertRegex(said, r"error: .+\n  what: .+\n  try:  .+")
            codes.append(result.returncode)
        self.assertIn(3, codes)
        self.assertEqual(set(codes[codes.index(0):]), {0}, "what trains with some space trains with more")

    def test_a_limit_below_what_a_single_image_takes_by_little(self):
        """It is refused all the same: what the user has set is no matter of moments."""
        keys = ["cropsize=512x512", "ims_per_gpu=1", "sanity_check=true"]
        said = self.assert_refused(self.config(), "on 1 image", code=3, overrides=["memory_limit=0.4", *keys])
        needed, usable = map(float, re.search(r"about ([\d.]+) MB of memory, but only ([\d.]+) MB", said).groups())
        limit = 0.4 + (needed - usable) * 1e6 / 2**30 - 0.01
        self.assert_refused(self.config(), "not even a training step on 1 image of 512x512 fits", code=3,
                            overrides=[f"memory_limit={limit:.4f}", *keys])

    def test_missing_config(self):
        self.assert_refused(self.folder / "absent.toml", "absent.toml")

    def test_missing_image(self):
        (self.data / "image2.png").unlink()
        self.assert_refused(self.config(), "image2.png")

    def test_missing_list(self):
        (self.data / "train.txt").unlink()
        self.assert_refused(self.config(), "train.txt")

    def test_both_lists_are_named_at_once(self):
        for name in ("train.txt", "val.txt"):
            (self.data / name).unlink()
        self.assert_refused(self.config(), "data/train.txt", "data/val.txt")
        self.assert_refused(self.config(), "train_im_anns", "val_im_anns", overrides=["train_im_anns=", "val_im_anns="])

    def test_images_of_both_lists_and_lines_that_repeat_others_are_warned_of(self):
        self.write_lists([0, 1, 2, 1])
        (self.data / "val.txt").write_text("image2.png,label2.png\nimage3.png,label3.png\n")
        said = program.must_run("train", self.config(), "--dry-run").stdout
        self.assertIn("train.txt, line 4: names the pair of line 2 again", said)
        self.assertIn("1 of 2 images is in the list to train on as well", said)
        self.assertIn("image2.png", said)
        (self.data / "train.txt").write_text("image0.png,label0.png\nimage1.png,label1.png\n")
        said = program.must_run("train", self.config(), "--dry-run").stdout
        self.assertNotIn("to train on as well", said)
        self.assertNotIn("names the pair", said)

    def test_empty_list(self):
        (self.data / "train.txt").write_text("\n")
        self.assert_refused(self.config(), "train.txt", "empty")

    def test_image_and_label_of_different_size(self):
        self.write_pair(1, label_size=(64, 32))
        self.assert_refused(self.config(), "label1.png", "64", "32")

    def test_label_out_of_range_is_named_before_the_first_step(self):
        self.write_pair(2, label=34)
        said = self.assert_refused(self.config(), "label2.png", "34", 64 * 64, "n_cats")
        self.assertNotIn("step 1", said)

    def test_unknown_key_with_the_nearest_known_one(self):
        self.assert_refused(self.config("num_worker = 3"), "num_worker", "num_workers", "files.toml")

    def test_unknown_key_on_the_command_line(self):
        self.assert_refused(self.config(), "ims_per_gpus", "ims_per_gpu", overrides=["ims_per_gpus=3"])

    def test_all_problems_at_once(self):
        self.assert_refused(self.config('num_worker = 3\nlr_start = "fast"\nprecision = "fp12"'),
                            "num_worker", "lr_start", "fp12")

    def test_of_a_config_that_is_refused_nothing_is_printed(self):
        config = self.folder / "my.py"
        config.write_text("cfg = dict(class_num=3, lr_start='fast')\n")
        for options in ([], ["--json"]):
            result = program.run("config", config, *options)
            self.assertEqual((result.returncode, result.stdout), (2, ""), options)
            self.assertIn("lr_start", result.stderr)
        config.write_text("cfg = dict(class_num=3)\n")
        self.assertIn("# class_num", program.must_run("config", config).stdout)

    def test_truncated_image(self):
        path = self.data / "image3.png"
        path.write_bytes(path.read_bytes()[:-40])
        self.assert_refused(self.config(), "image3.png")

    def test_damaged_image(self):
        """Found where it is decoded, after the run has begun: what is there by then is whole, and the run can go on."""
        path = self.data / "image3.png"
        whole = path.read_bytes()
        path.write_bytes(whole[:-60] + bytes(byte ^ 255 for byte in whole[-60:-40]) + whole[-40:])
        result = program.run("train", self.config())
        said = result.stdout + result.stderr
        self.assertEqual(result.returncode, 2, said)
        self.assertRegex(said, r"error: .*image3\.png.*\n  what: .+\n  try:  .+")
        self.assertEqual(program.metrics(self.folder / "run")[0]["event"], "start")
        self.assertEqual(list(self.folder.rglob("*.safetensors")), [])
        path.write_bytes(whole)
        program.must_run("train", self.config())

    def test_a_damaged_image_that_is_evaluated_is_found_by_the_rehearsal(self):
        path = self.data / "image0.png"
        whole = path.read_bytes()
        path.write_bytes(whole[:-60] + bytes(byte ^ 255 for byte in whole[-60:-40]) + whole[-40:])
        said = self.assert_refused(self.config(), "image0.png", overrides=["sanity_check=true"])
        self.assertIn("forecast: about", said)

    def test_a_checkpoint_that_cannot_be_written_is_found_by_the_rehearsal(self):
        """A limit of the size of files stands in for a disk that takes no more."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (10**6, 10**6))

        config = self.config()
        before = contents(self.folder)
        result = program.run("train", config, "sanity_check=true", preexec_fn=limit, restore_signals=False)
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertIn("ulimit -f", result.stderr)
        self.assertNotIn("step 1/", result.stdout)
        self.assertEqual(contents(self.folder), before)

    def test_what_may_be_skipped_does_not_stop_the_run(self):
        path = self.data / "image3.png"
        path.write_bytes(path.read_bytes()[:-40])
        (self.data / "val.txt").write_text("image0.png,label0.png\n")
        result = program.must_run("train", self.config(), "on_bad_sample=skip")
        self.assertIn("1 of 4 samples cannot be used and will be skipped", result.stdout + result.stderr)

    def test_a_file_in_the_place_of_a_folder(self):
        (self.folder / "run").mkdir()
        (self.folder / "run" / "checkpoints").write_text("")
        self.assert_refused(self.config(), "checkpoints")

    def test_the_command_line(self):
        result = program.run("train", self.config(), "--no-such-option")
        self.assertEqual(result.returncode, 2)
        self.assertRegex(result.stderr, r"error: segtrain train\n  what: .*--no-such-option.*\n  try:  .+")
        self.assertIn("segtrain 0", program.must_run("train", "--version").stdout)

    def test_truncated_label(self):
        path = self.data / "label0.png"
        path.write_bytes(path.read_bytes()[:-16])
        self.assert_refused(self.config(), "label0.png")

    def test_an_old_run_of_another_kind_in_the_run_folder(self):
        result = program.run("train", self.config())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assert_refused(self.config(), "lr_start", "respth", "--resume", overrides=["lr_start=0.001", "max_iter=6"])

    def test_a_dry_run_leaves_nothing(self):
        config = self.config()
        before = contents(self.folder)
        result = program.must_run("train", config, "--dry-run")
        self.assertIn("steps 1 to 3 would follow", result.stdout + result.stderr)
        self.assertEqual(contents(self.folder), before)

    def test_a_config_in_its_own_run_folder_is_not_written_over(self):
        config = self.folder / "run" / "config.toml"
        config.parent.mkdir()
        self.config().rename(config)
        self.assert_refused(config, "holds no run", "config.toml", "respth=")

    def test_a_run_goes_on_with_the_config_in_its_folder_which_stays(self):
        program.must_run("train", self.config("checkpoint_interval = 1"))
        for path in (self.folder / "run").glob("model_final.*"):
            path.unlink()
        own = self.folder / "run" / "config.toml"
        before = own.read_bytes()
        self.assert_refused(own, "log_interval", "copy it", overrides=["log_interval=7"])
        self.assert_refused(own, "lr_start", "copy it", overrides=["lr_start=0.5", "--resume", "never"])
        program.must_run("train", own)
        self.assertEqual(own.read_bytes(), before)

    def test_files_of_others_in_the_run_folder_are_left_alone(self):
        """The folder of the data will do, as long as no name is taken."""
        before = {path: path.read_bytes() for path in self.data.iterdir()}
        program.must_run("train", self.config(), f"respth={self.data}")
        self.assertEqual({path: path.read_bytes() for path in before}, before)

    def test_what_is_no_file_is_neither_waited_for_nor_read_without_end(self):
        pipe, images = self.folder / "pipe.toml", self.data / "pipe.png"
        os.mkfifo(pipe)
        os.mkfifo(images)
        for config in ("/dev/zero", "/dev/urandom", self.data):
            self.assert_refused(config, config)
        for key in ("train_im_anns=/dev/zero", f"val_im_anns={pipe}", "finetune_from=/dev/zero", "im_root=/dev/zero"):
            self.assert_refused(self.config(), key.split("=")[1], overrides=[key])
        (self.data / "train.txt").write_text("pipe.png,label0.png\n")
        self.assert_refused(self.config(), "pipe.png", "a pipe")

    def test_a_config_may_come_through_a_pipe_that_ends(self):
        config = self.config()
        shown = [subprocess.run(f"{words} {program.PROGRAM} config /dev/stdin{end}", shell=True, capture_output=True,
                                text=True, timeout=60)
                 for words, end in ((f"cat {config} |", ""), ("", f" < {config}"), ("yes |", ""))]
        self.assertIn("n_cats = 11", shown[0].stdout)
        self.assertEqual(shown[0].stdout, shown[1].stdout)
        self.assertEqual(shown[2].returncode, 2)
        self.assertIn("more than 1.0 MB long, which no config is", shown[2].stderr)

    def test_a_finished_run_says_so(self):
        program.must_run("train", self.config())
        before = contents(self.folder)
        result = program.must_run("train", self.config())
        self.assertIn("already finished at step 3", result.stdout + result.stderr)
        self.assertEqual(contents(self.folder), before)

    def test_a_second_trainer_in_the_same_run_folder(self):
        config = self.config()
        first = subprocess.Popen(program.command("train", config, "max_iter=100000", "log_interval=1"),
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            metrics = self.folder / "run" / "metrics.jsonl"
            deadline = time.monotonic() + 60
            while not (metrics.is_file() and '"step"' in metrics.read_text()) and time.monotonic() < deadline:
                time.sleep(0.05)
            second = program.run("train", config, "max_iter=100000")
            said = second.stdout + second.stderr
            self.assertEqual(second.returncode, 2, said)
            self.assertIn(str(first.pid), said)
            self.assertIn("run", said)
        finally:
            first.send_signal(signal.SIGTERM)
            self.assertEqual(first.wait(timeout=60), 75)


if __name__ == "__main__":
    unittest.main()
