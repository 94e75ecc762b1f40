// The little JSON that the store writes about itself: flat builders, no parser.
#pragma once
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>

namespace foreshard {

class Json {
 public:
  Json& field(std::string_view name, uint64_t value) { return raw(name, std::to_string(value)); }
  Json& field(std::string_view name, uint32_t value) { return raw(name, std::to_string(value)); }
  Json& field(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  Json& field(std::string_view name, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", std::isfinite(value) ? value : 0.0);
    return raw(name, text);
  }
  Json& field(std::string_view name, std::string_view value) { return raw(name, quoted(value)); }
  Json& field(std::string_view name, const char* value) { return field(name, std::string_view(value)); }
  Json& field(std::string_view name, const Json& value) { return raw(name, value.text()); }
  // Text that is JSON already.
  Json& raw(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? "{" : ",";
    text_ += quoted(name);
    text_ += ':';
    text_ += value;
    return *this;
  }
  std::string text() const { return text_.empty() ? "{}" : text_ + "}"; }

  static std::string quoted(std::string_view value) {
    std::string out = "\"";
    for (char c : value) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char text[8];
        std::snprintf(text, sizeof text, "\\u%04x", c);
        out += text;
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

 private:
  std::string text_;
};

}  // namespace foreshard
