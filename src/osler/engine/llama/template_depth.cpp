#include "osler/engine/llama/template_depth.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace osler {
namespace {

using jinja::token;

constexpr std::size_t kMaxLevels = 100;
/// Of one expression or statement: a + b + c is a tree as deep as it is long.
constexpr std::size_t kMaxTokens = 3000;

class DepthCounter {
 public:
  void take(const token& next) {
    ++tokens_;
    switch (next.t) {
      case token::open_statement:
      case token::open_expression:
        begin(next.t == token::open_statement);
        break;
      case token::close_statement:
        end_statement();
        break;
      case token::open_paren:
      case token::open_square_bracket:
      case token::open_curly_bracket:
        ++brackets_;
        break;
      case token::close_paren:
      case token::close_square_bracket:
      case token::close_curly_bracket:
        brackets_ -= brackets_ > 0 ? 1U : 0U;
        break;
      case token::unary_operator:
        ++chained_;
        break;
      case token::equals:
        assigns_ = true;
        break;
      case token::identifier:
        take_word(next.value);
        break;
      default:
        break;
    }
  }

  [[nodiscard]] bool too_deep() const {
    return brackets_ + chained_ + block_levels_ > kMaxLevels || tokens_ > kMaxTokens;
  }

 private:
  void begin(bool statement) {
    tokens_ = brackets_ = chained_ = 0;
    assigns_ = false;
    expects_name_ = statement;
    name_ = {};
  }

  /// Texts and comments between statements are no expression.
  void end_statement() {
    constexpr std::array<std::string_view, 5> kBlocks{"if", "for", "macro", "call", "filter"};
    const bool opens = std::find(kBlocks.begin(), kBlocks.end(), name_) != kBlocks.end();
    if (opens || (name_ == "set" && !assigns_)) {
      blocks_.push_back(1);
      ++block_levels_;
    } else if (name_ == "elif" && !blocks_.empty()) {
      // It stands inside of the if before it, and ends with it.
      ++blocks_.back();
      ++block_levels_;
    } else if (name_.starts_with("end") && name_ != "endgeneration" && !blocks_.empty()) {
      block_levels_ -= blocks_.back();
      blocks_.pop_back();
    }
    begin(false);
  }

  void take_word(std::string_view word) {
    if (expects_name_) {
      name_ = word;
      expects_name_ = false;
    } else if (word == "not" || word == "else") {
      ++chained_;  // What follows is parsed inside of it.
    }
  }

  std::size_t tokens_ = 0;
  std::size_t brackets_ = 0;
  std::size_t chained_ = 0;
  bool assigns_ = false;
  bool expects_name_ = false;
  std::string_view name_;            ///< Of the statement at hand.
  std::vector<std::size_t> blocks_;  ///< Levels of every open block: 1, and 1 more for each of its elifs.
  std::size_t block_levels_ = 0;
};

}  // namespace

bool is_nested_too_deeply(const std::vector<token>& tokens) {
  DepthCounter counter;
  bool between = true;  // Only texts and comments so far, or since the last expression.
  for (const auto& next : tokens) {
    if (next.t == token::open_statement || next.t == token::open_expression) between = false;
    if (!between) counter.take(next);
    if (next.t == token::close_statement || next.t == token::close_expression) between = true;
    if (counter.too_deep()) return true;
  }
  return false;
}

}  // namespace osler
