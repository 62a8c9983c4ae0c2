// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include "image/png.h"

namespace seg {
namespace {

// Light or dark as the reader's system is; numbers flush right, so that they can be compared.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --faint: #888; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
table { border-collapse: collapse; }
th, td { padding: .2rem .8rem .2rem 0; border-bottom: 1px solid var(--line); text-align: left; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
.swatch { display: inline-block; width: .8rem; height: .8rem; margin-right: .5rem; border: 1px solid var(--line); }
.bar { display: inline-block; height: .7rem; min-width: 1px; }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem; }
figure { margin: 0; } figure img { width: 100%; }
figcaption { color: var(--faint); font-size: .85rem; overflow-wrap: anywhere; }
.problem { border-left: 4px solid #d33; padding-left: .8rem; margin: .8rem 0; }
.warning { border-left: 4px solid #d90; padding-left: .8rem; margin: .8rem 0; }
.remedy { color: var(--faint); }
)";

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0);
    for (std::size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string html_picture(const Image& picture, std::string_view description) {
  return fmt::format(R"(<img alt="{}" src="data:image/png;base64,{}">)", html_escaped(description),
                     base64(encode_png(picture)));
}

std::string html_color(const Rgb& color) { return fmt::format("#{:02x}{:02x}{:02x}", color.r, color.g, color.b); }

std::string html_page(std::string_view title, std::string_view body) {
  const std::string name = html_escaped(title);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n<h1>{}</h1>\n{}</body>\n</html>\n",
      name, kStyle, name, body);
}

}  // namespace seg
