#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "osler/prompt/protocol.h"

namespace osler {
namespace {

/// `<image k>` somewhere in a text.
struct ImageMark {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t image = 0;  ///< From 0, where the mark counts from 1.
};

/// The first mark at or after `from`. What only looks like one (`<image 01>`, `<image>`) is text.
std::optional<ImageMark> find_mark(std::string_view text, std::size_t from) {
  constexpr std::string_view kHead = "<image ";
  for (auto begin = text.find(kHead, from); begin != std::string_view::npos; begin = text.find(kHead, begin + 1)) {
    const char* digits = text.data() + begin + kHead.size();
    const char* stop = text.data() + text.size();
    std::size_t number = 0;
    const auto [after, problem] = std::from_chars(digits, stop, number);
    if (problem != std::errc() || after == stop || *after != '>' || *digits == '0') continue;
    return ImageMark{begin, static_cast<std::size_t>(after - text.data()) + 1, number - 1};
  }
  return std::nullopt;
}

/// The parts of a user message, as they come.
class UserMessage {
 public:
  enum class Images { first, last, where_marked };

  /// Where they are marked, images come in as the item's text goes along; else all stand at one end.
  UserMessage(std::size_t images, Images where)
      : placed_(images, where == Images::first), interleaved_(where == Images::where_marked) {
    for (std::size_t i = 0; i < images && where == Images::first; ++i) pieces_.push_back({i, {}});
  }

  void add_text(std::string_view text) { pieces_.push_back({std::nullopt, std::string(text)}); }

  /// A text of the item's, in which a mark may stand for an image. The item's images that are marked nowhere come after
  /// the first of its texts for which `rest_follows` is true.
  void add_item_text(std::string_view text, bool rest_follows) {
    std::size_t at = 0;
    std::optional<ImageMark> mark = interleaved_ ? find_mark(text, 0) : std::nullopt;
    for (; mark; mark = find_mark(text, mark->end)) {
      if (mark->image >= placed_.size() || placed_[mark->image]) continue;
      placed_[mark->image] = true;
      add_text(text.substr(at, mark->begin - at));
      pieces_.push_back({mark->image, {}});
      at = mark->end;
    }
    add_text(text.substr(at));
    if (interleaved_ && rest_follows && !rest_at_) rest_at_ = pieces_.size();
  }

  /// Neighbouring texts are one part.
  [[nodiscard]] std::vector<PromptPart> finish() && {
    std::vector<PromptPart> rest;
    for (std::size_t i = 0; i < placed_.size(); ++i) {
      if (!placed_[i]) rest.push_back({i, {}});
    }
    const auto place = static_cast<std::ptrdiff_t>(rest_at_.value_or(pieces_.size()));
    pieces_.insert(pieces_.begin() + place, rest.begin(), rest.end());
    std::vector<PromptPart> parts;
    for (auto& piece : pieces_) {
      const bool joins = !piece.image && !parts.empty() && !parts.back().image;
      if (joins) {
        parts.back().text += piece.text;
      } else if (piece.image || !piece.text.empty() || !interleaved_) {
        parts.push_back(std::move(piece));
      }
    }
    return parts;
  }

 private:
  std::vector<PromptPart> pieces_;
  std::vector<bool> placed_;
  bool interleaved_;
  std::optional<std::size_t> rest_at_;
};

/// Writes what a field stands for, or returns false if there is no field of that name.
using WriteField = std::function<bool(std::string_view name)>;

/// Replaces {name} by its field, once, from left to right; braces that name no field stay.
void fill(std::string_view pattern, UserMessage& message, const WriteField& write_field) {
  std::size_t at = 0;
  while (at < pattern.size()) {
    const auto open = pattern.find('{', at);
    if (open == std::string_view::npos) break;
    message.add_text(pattern.substr(at, open - at));
    const auto close = pattern.find('}', open);
    at = open;
    if (close == std::string_view::npos) break;
    if (write_field(pattern.substr(open + 1, close - open - 1))) {
      at = close + 1;
    } else {
      message.add_text("{");
      at = open + 1;
    }
  }
  message.add_text(pattern.substr(at));
}

/// The options, each as `line` says, with `separator` between them.
void add_options(std::string_view line, std::string_view separator, const Item& item, UserMessage& message) {
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    if (i > 0) message.add_text(separator);
    fill(line, message, [&](std::string_view name) {
      if (name == "letter") {
        message.add_text(std::string(1, option_letter(i)));
      } else if (name == "text") {
        message.add_item_text(item.options[i], false);
      } else {
        return false;
      }
      return true;
    });
  }
}

UserMessage::Images image_places(ImagePolicy policy, const Item& item) {
  const bool marked = item.marks_images && !item.images.empty();
  if (policy == ImagePolicy::interleave && marked) return UserMessage::Images::where_marked;
  return policy == ImagePolicy::images_last ? UserMessage::Images::last : UserMessage::Images::first;
}

}  // namespace

std::string make_follow_up(const Protocol& protocol, const Item& item) {
  constexpr std::string_view kField = "{last_letter}";
  std::string text = protocol.follow_up;
  const auto at = text.find(kField);
  if (at == std::string::npos) return text;
  const std::string letter =
      item.options.empty() ? "Z" : std::string(1, option_letter(std::min(item.options.size(), kLetters) - 1));
  return text.replace(at, kField.size(), letter);
}

std::vector<std::string> option_letters(const Item& item) {
  std::vector<std::string> letters;
  if (item.kind == Kind::open) return letters;
  for (std::size_t i = 0; i < std::min(item.options.size(), kLetters); ++i) letters.emplace_back(1, option_letter(i));
  return letters;
}

std::optional<OptionQuestion> make_scoring(const Protocol& protocol, const Item& item) {
  if (!protocol.likelihood) return std::nullopt;
  OptionQuestion question;
  for (auto& letter : option_letters(item)) {
    const std::size_t option = question.options.size();
    question.options.push_back({std::move(letter), item.options[option]});
  }
  if (question.options.empty()) return std::nullopt;
  question.answer_prefix = protocol.likelihood->answer_prefix;
  auto& messages = question.unconditional.messages;
  if (!protocol.system.empty()) messages.push_back({"system", {{std::nullopt, protocol.system}}});
  messages.push_back({"user", {{std::nullopt, protocol.likelihood->unconditional}}});
  return question;
}

std::size_t shown_images(const Protocol& protocol, std::size_t images) {
  return protocol.image_policy == ImagePolicy::first_only ? std::min<std::size_t>(images, 1) : images;
}

Prompt make_prompt(const Protocol& protocol, const Item& item) {
  Prompt prompt;
  if (!protocol.system.empty()) prompt.messages.push_back({"system", {{std::nullopt, protocol.system}}});
  UserMessage message(shown_images(protocol, item.images.size()), image_places(protocol.image_policy, item));
  fill(protocol.templates.at(item.kind), message, [&](std::string_view name) {
    if (name == "question") {
      message.add_item_text(item.question, true);
    } else if (name == "options") {
      add_options(protocol.option_line, "\n", item, message);
    } else if (name == "options_inline") {
      add_options("({letter}) {text}", " ", item, message);
    } else {
      return false;
    }
    return true;
  });
  prompt.messages.push_back({"user", std::move(message).finish()});
  return prompt;
}

}  // namespace osler
