#include "osler/storage/json_scan.h"

#include "osler/core/utf8.h"

namespace osler {
namespace {

constexpr bool ends_word(char c) {
  return is_json_space(c) || c == ',' || c == ':' || c == ']' || c == '}' || c == '[' || c == '{' || c == '"';
}

/// Reads a text from its beginning.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  /// Passes over white space; true, and passes over `c`, if that is what follows.
  bool take(char c) {
    pass_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  /// The value that follows; nothing if there is none, or no end of it.
  std::optional<std::string_view> value() {
    pass_space();
    const std::string_view rest = text_.substr(at_);
    if (rest.empty()) return std::nullopt;
    const auto size = JsonExtent().advance(rest);
    if (!size || *size == 0) return std::nullopt;
    at_ += *size;
    return rest.substr(0, *size);
  }

  /// True if nothing but white space follows.
  bool done() {
    pass_space();
    return at_ == text_.size();
  }

 private:
  void pass_space() {
    while (at_ < text_.size() && is_json_space(text_[at_])) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::size_t> JsonExtent::advance(std::string_view text) {
  while (at_ < text.size()) {
    const char c = text[at_];
    if (in_string_) {
      if (c == '\\') {
        // The escaped byte may not be there yet.
        if (at_ + 1 >= text.size()) return std::nullopt;
        ++at_;
      } else if (c == '"') {
        in_string_ = false;
        if (depth_ == 0) return at_ + 1;
      }
    } else if (c == '"' && (depth_ > 0 || at_ == 0)) {
      in_string_ = true;
    } else if ((c == '[' || c == '{') && (depth_ > 0 || at_ == 0)) {
      ++depth_;
    } else if ((c == ']' || c == '}') && depth_ > 0) {
      if (--depth_ == 0) return at_ + 1;
    } else if (depth_ == 0 && ends_word(c)) {
      return at_;
    }
    ++at_;
  }
  return std::nullopt;
}

bool split_object(std::string_view object, std::vector<JsonMember>& members) {
  members.clear();
  Cursor cursor(object);
  if (!cursor.take('{')) return false;
  if (cursor.take('}')) return cursor.done();
  do {
    const auto key = cursor.value();
    if (!key || key->front() != '"' || !cursor.take(':')) return false;
    const auto value = cursor.value();
    if (!value) return false;
    members.push_back({*key, *value});
  } while (cursor.take(','));
  return cursor.take('}') && cursor.done();
}

bool split_array(std::string_view array, std::vector<std::string_view>& elements) {
  elements.clear();
  Cursor cursor(array);
  if (!cursor.take('[')) return false;
  if (cursor.take(']')) return cursor.done();
  do {
    const auto value = cursor.value();
    if (!value) return false;
    elements.push_back(*value);
  } while (cursor.take(','));
  return cursor.take(']') && cursor.done();
}

std::optional<std::string_view> plain_string(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::nullopt;
  const std::string_view text = value.substr(1, value.size() - 2);
  unsigned special = 0;
  unsigned high = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    special |= static_cast<unsigned>(byte < 0x20) | static_cast<unsigned>(c == '\\') | static_cast<unsigned>(c == '"');
    high |= byte;
  }
  if (special != 0 || (high >= 0x80 && !is_utf8(text))) return std::nullopt;
  return text;
}

}  // namespace osler
