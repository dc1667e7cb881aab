#include "osler/grade/key.h"

#include <cstddef>
#include <vector>

#include "osler/grade/characters.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {
namespace {

/// Opens \text{...} and its kin and resolves the escapes that models write in boxes; one pass.
class Undressed {
 public:
  explicit Undressed(std::string_view text) : text_(text) { out_.reserve(text.size()); }

  [[nodiscard]] std::string run() && {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        backslash();
      } else if (c == '{') {
        dressing_.push_back(false);
        emit(c);
      } else if (c == '}' && !dressing_.empty()) {
        const bool dressing = dressing_.back();
        dressing_.pop_back();
        if (dressing) {
          ++at_;
        } else {
          emit(c);
        }
      } else if (const std::size_t run = plain_run(); run > 0) {
        out_.append(text_, at_, run);
        at_ += run;
      } else {
        emit(c);
      }
    }
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    return std::move(out_);
  }

 private:
  /// How many bytes follow that are copied as they are.
  [[nodiscard]] std::size_t plain_run() const {
    std::size_t end = at_;
    while (end < text_.size() && !is_space(text_[end]) && text_[end] != '\\' && text_[end] != '{' &&
           text_[end] != '}') {
      ++end;
    }
    return end - at_;
  }

  void append(char c) {
    if (!is_space(c)) {
      out_.push_back(c);
    } else if (!out_.empty() && out_.back() != ' ') {
      out_.push_back(' ');
    }
  }

  void emit(char c) {
    append(c);
    ++at_;
  }

  void backslash() {
    const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (next == ',' || is_space(next)) {
      append(' ');
      at_ += 2;
    } else if (next == '%' || next == '&' || next == '_' || next == '#') {
      append(next);
      at_ += 2;
    } else if (next == '{' || next == '}') {
      append('\\');
      append(next);
      at_ += 2;
    } else {
      command();
    }
  }

  void command() {
    std::size_t end = at_ + 1;
    while (end < text_.size() && is_letter(text_[end])) ++end;
    if (is_dressing(text_.substr(at_ + 1, end - at_ - 1))) {
      while (end < text_.size() && is_space(text_[end])) ++end;
      if (end < text_.size() && text_[end] == '{') {
        dressing_.push_back(true);
        at_ = end + 1;
        return;
      }
    }
    emit('\\');
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::vector<bool> dressing_;  ///< For every open brace: does it belong to a command that was opened?
};

}  // namespace

void lower(std::string& text) {
  unsigned high = 0;
  for (char& c : text) {
    high |= static_cast<unsigned char>(c);
    c = to_lower(c);
  }
  if (high < 0x80) return;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const auto first = static_cast<unsigned char>(text[i]);
    if (first != 0xC3 && first != 0xCE) continue;
    const auto second = static_cast<unsigned char>(text[i + 1]);
    if (first == 0xC3 && second >= 0x80 && second <= 0x9E && second != 0x97) {
      text[i + 1] = static_cast<char>(second + 0x20);
    } else if (first == 0xCE && second >= 0x91 && second <= 0x9F) {
      text[i + 1] = static_cast<char>(second + 0x20);
    } else if (first == 0xCE && second >= 0xA0 && second <= 0xA9) {
      text[i] = '\xCF';
      text[i + 1] = static_cast<char>(second - 0x20);
    }
  }
}

std::string plain(std::string_view text) {
  std::string undressed = Undressed(text).run();
  if (undressed.find('`') == std::string::npos && undressed.find("**") == std::string::npos) return undressed;
  std::string out;
  out.reserve(undressed.size());
  for (std::size_t i = 0; i < undressed.size(); ++i) {
    if (undressed[i] == '`') continue;
    if (undressed[i] == '*' && i + 1 < undressed.size() && undressed[i + 1] == '*') {
      ++i;
    } else {
      out.push_back(undressed[i]);
    }
  }
  return out;
}

std::string key(std::string_view text) {
  std::string out = Undressed(text).run();
  lower(out);
  constexpr std::string_view kEdges = " \"'.,;:!()[]{}*`$";
  const auto first = out.find_first_not_of(kEdges);
  if (first == std::string::npos) return {};
  const auto last = out.find_last_not_of(kEdges);
  return out.substr(first, last - first + 1);
}

std::string squashed(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (is_word(c) || static_cast<unsigned char>(c) >= 0x80) out.push_back(c);
  }
  lower(out);
  return out;
}

}  // namespace osler::grade
