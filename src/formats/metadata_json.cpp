// SPDX-License-Identifier: Apache-2.0
#include "formats/metadata_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace seg {
namespace {

using Json = nlohmann::json;

// Ends the parse at whatever is no text in one object, so that nothing deep or large is ever built.
class TextsReader final : public nlohmann::json_sax<Json> {
 public:
  Metadata metadata;

  bool start_object(std::size_t) override { return !std::exchange(is_inside_, true); }
  bool end_object() override { return true; }
  bool key(std::string& name) override {
    key_ = name;
    return !metadata.contains(name);
  }
  bool string(std::string& text) override { return is_inside_ && metadata.emplace(key_, std::move(text)).second; }
  bool start_array(std::size_t) override { return false; }
  bool end_array() override { return false; }
  bool null() override { return false; }
  bool boolean(bool) override { return false; }
  bool number_integer(std::int64_t) override { return false; }
  bool number_unsigned(std::uint64_t) override { return false; }
  bool number_float(double, const std::string&) override { return false; }
  bool binary(Json::binary_t&) override { return false; }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  bool is_inside_ = false;
  std::string key_;
};

}  // namespace

std::string to_json_text(const Metadata& metadata) { return Json(metadata).dump(); }

Metadata metadata_from_json(std::string_view text, const std::string& where) {
  TextsReader reader;
  // The parser would take a zero byte for the end and a byte-order mark for nothing.
  const bool is_text = text.starts_with('{') && text.find('\0') == text.npos;
  if (!is_text || !Json::sax_parse(text.begin(), text.end(), &reader))
    fail(where, "its description is no JSON object of texts", "the file is damaged: copy or write it again");
  return std::move(reader.metadata);
}

}  // namespace seg
