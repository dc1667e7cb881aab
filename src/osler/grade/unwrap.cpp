#include "osler/grade/unwrap.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "osler/grade/characters.h"

namespace osler::grade {
namespace {

/// Finds the partner of an opening bracket. Computed once per kind of bracket for the whole text and only when asked,
/// so that a million nested layers cost one pass and an undressed letter costs nothing. The answer holds for every
/// layer, because a layer is only taken off together with both of its brackets.
class Partners {
 public:
  explicit Partners(std::string_view text) : text_(text) {}

  [[nodiscard]] std::size_t of(std::size_t open) {
    const char c = text_[open];
    auto& partners = partners_[c == '{' ? 0U : c == '(' ? 1U : 2U];
    if (partners.empty()) partners = match(c, c == '{' ? '}' : c == '(' ? ')' : ']');
    return partners[open];
  }

 private:
  [[nodiscard]] std::vector<std::size_t> match(char open, char close) const {
    std::vector<std::size_t> partners(text_.size(), std::string_view::npos);
    std::vector<std::size_t> pending;
    for (std::size_t at = 0; at < text_.size(); ++at) {
      if (text_[at] == '\\') {
        ++at;  // \{ and \} are no brackets; the letter of a command is none either
      } else if (text_[at] == open) {
        pending.push_back(at);
      } else if (text_[at] == close && !pending.empty()) {
        partners[pending.back()] = at;
        pending.pop_back();
      }
    }
    return partners;
  }

  std::string_view text_;
  std::array<std::vector<std::size_t>, 3> partners_;
};

class Unwrapper {
 public:
  explicit Unwrapper(std::string_view text) : text_(text), partners_(text), end_(text.size()) {}

  [[nodiscard]] std::string_view run() {
    while (trim_edges() || take_off_pair() || take_off_command() || take_off_brackets()) {
    }
    return rest();
  }

 private:
  [[nodiscard]] std::string_view rest() const { return text_.substr(begin_, end_ - begin_); }

  bool trim_edges() {
    const std::size_t before = end_ - begin_;
    while (begin_ < end_ && (is_space(text_[begin_]) || text_[begin_] == ':')) ++begin_;
    constexpr std::string_view kClosing = ".,;:!";
    while (begin_ < end_ && (is_space(text_[end_ - 1]) || kClosing.find(text_[end_ - 1]) != std::string_view::npos)) {
      --end_;
    }
    return end_ - begin_ != before;
  }

  bool take_off_pair() {
    constexpr std::string_view kPairs[] = {"$", "**", "__", "*", "`", "\"", "'"};
    for (const auto pair : kPairs) {
      const auto now = rest();
      if (now.size() < 2 * pair.size() || !now.starts_with(pair) || !now.ends_with(pair)) continue;
      begin_ += pair.size();
      end_ -= pair.size();
      return true;
    }
    return false;
  }

  bool take_off_command() {
    if (begin_ == end_ || text_[begin_] != '\\') return false;
    std::size_t at = begin_ + 1;
    while (at < end_ && is_letter(text_[at])) ++at;
    if (!is_dressing(text_.substr(begin_ + 1, at - begin_ - 1))) return false;
    while (at < end_ && is_space(text_[at])) ++at;
    if (at == end_ || text_[at] != '{' || text_[end_ - 1] != '}' || partners_.of(at) != end_ - 1) return false;
    begin_ = at + 1;
    --end_;
    return true;
  }

  bool take_off_brackets() {
    if (begin_ == end_) return false;
    const char open = text_[begin_];
    const char close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '\0';
    if (close == '\0' || text_[end_ - 1] != close || partners_.of(begin_) != end_ - 1) return false;
    ++begin_;
    --end_;
    return true;
  }

  std::string_view text_;
  Partners partners_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace

bool is_dressing(std::string_view name) {
  constexpr std::string_view kNames[] = {"text",   "textbf", "textit", "textrm", "textsf", "texttt",       "textnormal",
                                         "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "operatorname", "boldsymbol",
                                         "mbox",   "emph",   "rm",     "bf",     "it",     "boxed",        "fbox"};
  return std::ranges::find(kNames, name) != std::end(kNames);
}

std::string_view unwrap(std::string_view text) { return Unwrapper(text).run(); }

}  // namespace osler::grade
