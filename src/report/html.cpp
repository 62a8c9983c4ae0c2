// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "image/color_map.h"
#include "image/decode.h"
#include "image/png.h"
#include "image/shrink.h"
#include "report/style.h"

namespace seg {

namespace {

// Characters that a page may not hold, or that turn the direction of what follows them.
bool is_showable(std::string_view character) {
  if (character.size() == 1) {
    const auto c = static_cast<unsigned char>(character.front());
    return (c >= 0x20 && c != 0x7f) || c == '\n' || c == '\t';
  }
  constexpr std::string_view kFirstEmbedding = "\u202a", kLastEmbedding = "\u202e";
  constexpr std::string_view kFirstIsolate = "\u2066", kLastIsolate = "\u2069";
  constexpr std::string_view kLastControl = "\u009f";
  return !(character.size() == 2 && character <= kLastControl) &&
         !(character >= kFirstEmbedding && character <= kLastEmbedding && character.size() == 3) &&
         !(character >= kFirstIsolate && character <= kLastIsolate && character.size() == 3);
}

std::string_view markup_of(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return "";
  }
}

}  // namespace

std::string html_escaped(std::string_view text) {
  constexpr std::string_view kReplacement = "\ufffd";
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    const std::string_view character = text.substr(i, length);
    const std::string_view markup = length == 1 ? markup_of(text[i]) : std::string_view();
    if (!markup.empty())
      result += markup;
    else
      result += length > 0 && is_showable(character) ? character : kReplacement;
    i += std::max<std::size_t>(length, 1);
  }
  return result;
}

std::string html_escaped(std::string_view text, std::size_t most) {
  if (text.size() <= most) return html_escaped(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return html_escaped(text.substr(0, most)) + "…";
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

std::optional<std::string> html_picture_file(const std::filesystem::path& file, std::string_view description) {
  constexpr std::uintmax_t kMostFileBytes = 256'000'000;
  constexpr std::int64_t kLongestSide = 1600;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || std::filesystem::file_size(file, error) > kMostFileBytes)
    return std::nullopt;
  Image picture;
  try {
    const Bytes bytes = read_file(file);
    decode_image(bytes, file.string(), whole(image_layout(bytes, file.string())), picture);
  } catch (const UserError&) {
    return std::nullopt;
  }
  picture = shrunk(to_rgb(picture), kLongestSide);
  Bytes png = encode_png(picture);
  while (png.size() > kMostPictureBytes && picture.width() > 1 && picture.height() > 1) {
    picture = shrunk(picture, (std::max(picture.width(), picture.height()) + 1) / 2);
    png = encode_png(picture);
  }
  return fmt::format(R"(<img alt="{}" width="{}" height="{}" src="data:image/png;base64,{}">)",
                     html_escaped(description), picture.width(), picture.height(), base64(png));
}

std::string html_color(const Rgb& color) { return fmt::format("#{:02x}{:02x}{:02x}", color.r, color.g, color.b); }

std::string html_marked_cell(std::string_view color, std::string_view text) {
  return fmt::format(R"(<td class="marked"><span class="swatch" style="background:{}"></span>{}</td>)", color,
                     html_escaped(text));
}

std::string html_page(std::string_view title, std::string_view body) {
  const std::string name = html_escaped(title);
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n<style>{}</style>\n"
      "</head>\n<body>\n<h1>{}</h1>\n{}</body>\n</html>\n",
      name, kPageStyle, name, body);
}

}  // namespace seg
