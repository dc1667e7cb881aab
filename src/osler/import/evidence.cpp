#include "osler/import/evidence.h"

#include <algorithm>
#include <unordered_map>

#include "osler/dataset/text.h"

namespace osler {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";

/// A question of fewer bytes may be part of another one.
constexpr std::size_t kTelling = 12;
/// So much of a question is looked for in a prompt.
constexpr std::size_t kEnough = 256;

/// Takes "<image 12>" at `at` off; 0 if there is none.
std::size_t length_of_image_mark(std::string_view text, std::size_t at) {
  constexpr std::string_view kMark = "<image ";
  constexpr std::size_t kMostDigits = 3;
  if (!text.substr(at).starts_with(kMark)) return 0;
  const std::size_t digits = at + kMark.size();
  const std::size_t end = text.find('>', digits);
  if (end == std::string_view::npos || end == digits || end - digits > kMostDigits) return 0;
  return end + 1 - at;
}

/// Lower case and without white space.
std::string folded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text.substr(at).starts_with(kNoBreakSpace)) {
      at += kNoBreakSpace.size();
    } else if (const std::size_t mark = length_of_image_mark(text, at); mark > 0) {
      at += mark;
    } else {
      if (std::string_view(" \t\r\n\f\v").find(text[at]) == std::string_view::npos) out += text[at];
      ++at;
    }
  }
  return to_lower(out);
}

std::string option_key(std::string_view option) {
  std::string key = folded(option);
  while (key.size() > 1 && key.ends_with('.')) key.pop_back();
  return key;
}

std::optional<std::size_t> letter_of(std::string_view answer) {
  if (answer.size() != 1) return std::nullopt;
  const char upper = answer[0] >= 'a' && answer[0] <= 'z' ? static_cast<char>(answer[0] - 'a' + 'A') : answer[0];
  if (upper < 'A' || upper > 'Z') return std::nullopt;
  return static_cast<std::size_t>(upper - 'A');
}

/// A path in lower case, with '/' between its parts and without the ending of its file.
std::string path_key(std::string_view path) {
  std::string key = to_lower(path);
  std::replace(key.begin(), key.end(), '\\', '/');
  const auto dot = key.rfind('.');
  const auto slash = key.rfind('/');
  if (dot != std::string::npos && (slash == std::string::npos || dot > slash)) key.resize(dot);
  return key;
}

bool ends_path(std::string_view whole, std::string_view end) {
  if (!whole.ends_with(end)) return false;
  return whole.size() == end.size() || end.empty() || whole[whole.size() - end.size() - 1] == '/';
}

}  // namespace

std::string comparable_question(std::string_view question) {
  std::string key = folded(question);
  const auto listing = key.rfind("answerchoices:(a)");
  if (listing != std::string::npos && listing > 0) key.resize(listing);
  while (!key.empty() && std::string_view("?.!:").find(key.back()) != std::string_view::npos) key.pop_back();
  return key;
}

std::optional<bool> same_question(const Record& record, const Item& item) {
  if (record.question.empty() && record.prompt.empty()) return std::nullopt;
  const std::string wanted = comparable_question(item.question);
  if (comparable_question(record.question) == wanted) return true;
  // Some tools record the question with hints or options around it. A short one could stand there by chance.
  if (!record.question.empty() && wanted.size() < kTelling) return false;
  const std::string asked = folded(record.question.empty() ? record.prompt : record.question);
  return asked.find(std::string_view(wanted).substr(0, kEnough)) != std::string::npos;
}

OptionOrder compare_options(const Record& record, const Item& item) {
  using Relation = OptionOrder::Relation;
  if (record.options.size() < 2) return {};
  if (record.options.size() != item.options.size()) return {Relation::other, {}};
  // Options that are equal stand in for each other in their order.
  std::unordered_map<std::string, std::vector<std::size_t>> places;
  for (std::size_t i = item.options.size(); i-- > 0;) places[option_key(item.options[i])].push_back(i);
  OptionOrder order{Relation::same, {}};
  for (std::size_t i = 0; i < record.options.size(); ++i) {
    const auto found = places.find(option_key(record.options[i]));
    if (found == places.end() || found->second.empty()) return {Relation::other, {}};
    order.places.push_back(found->second.back());
    found->second.pop_back();
    if (order.places.back() != i) order.relation = Relation::reordered;
  }
  if (order.relation == Relation::same) order.places.clear();
  return order;
}

std::optional<bool> same_gold(const Record& record, const Item& item) {
  if (record.gold.empty() || item.gold.empty()) return std::nullopt;
  const std::string gold = option_key(item.gold);
  if (option_key(record.gold) == gold) return true;
  const auto letter = letter_of(record.gold);
  const auto& options = record.options.empty() ? item.options : record.options;
  return letter && *letter < options.size() && option_key(options[*letter]) == gold;
}

std::string picture_key(std::string_view path) {
  const std::string key = path_key(path);
  return key.substr(key.rfind('/') + 1);  // npos + 1 is 0
}

bool has_named_images(const Item& item) {
  return !item.images.empty() && std::all_of(item.images.begin(), item.images.end(), [](const ImageSource& image) {
    return image.column.empty() && !image.base64 && !image.key.empty();
  });
}

std::optional<bool> same_picture(const Record& record, const Item& item) {
  if (record.images.empty() || !has_named_images(item)) return std::nullopt;
  for (const auto& image : item.images) {
    const std::string key = path_key(image.key);
    for (const auto& name : record.images) {
      const std::string other = path_key(name);
      if (ends_path(key, other) || ends_path(other, key)) return true;
    }
  }
  return false;
}

}  // namespace osler
