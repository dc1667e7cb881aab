#include "osler/import/evidence.h"

#include <algorithm>
#include <unordered_map>

#include "osler/dataset/text.h"
#include "osler/import/recorded_options.h"

namespace osler {
namespace {

constexpr std::string_view kNoBreakSpace = "\u00a0";

/// A question of fewer bytes may be part of another one.
constexpr std::size_t kTelling = 12;
/// So much of a question is looked for in a prompt.
constexpr std::size_t kEnough = 256;
/// So many gold answers of a list are compared.
constexpr std::size_t kMostGolds = 26;

/// Takes "<image 12>" at `at` off; 0 if there is none.
std::size_t length_of_image_mark(std::string_view text, std::size_t at) {
  constexpr std::string_view kMark = "<image ";
  constexpr std::size_t kMostDigits = 3;
  if (!text.substr(at).starts_with(kMark)) return 0;
  const std::size_t digits = at + kMark.size();
  // Not further than a mark can reach: a text may repeat its beginning and never end one.
  const std::size_t length = text.substr(digits, kMostDigits + 1).find('>');
  if (length == std::string_view::npos || length == 0) return 0;
  return digits + length + 1 - at;
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

/// The place of the option that a folded answer names: b, (b), b) or b: alone.
std::optional<std::size_t> letter_of(std::string_view key) {
  if (key.starts_with('(')) key.remove_prefix(1);
  if (key.size() == 2 && (key[1] == ')' || key[1] == ':')) key.remove_suffix(1);
  if (key.size() != 1 || key[0] < 'a' || key[0] > 'z') return std::nullopt;
  return static_cast<std::size_t>(key[0] - 'a');
}

/// Whether the text's key is `key`; a text that is too short for that is not folded.
bool has_key(std::string_view text, std::string_view key) {
  return text.size() >= key.size() && option_key(text) == key;
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

std::string gold_key(const Item& item) { return option_key(item.gold); }

RecordedGold recorded_gold(const Record& record) {
  RecordedGold gold;
  if (record.gold.empty()) return gold;
  const std::string key = option_key(record.gold);
  gold.keys.push_back(key);
  gold.letter = letter_of(key);
  if (gold.letter && !record.options.empty()) {
    if (*gold.letter < record.options.size()) gold.keys.push_back(option_key(record.options[*gold.letter]));
    gold.letter.reset();
  }
  // "B. stone" and ["stone", "calculus"]
  const bool lettered =
      key.size() > 2 && letter_of(key.substr(0, 1)) && (key[1] == '.' || key[1] == ')' || key[1] == ':');
  if (lettered) gold.keys.push_back(key.substr(2));
  if (!key.starts_with('[')) return gold;
  const auto parts = recorded_options(Json(record.gold));
  for (std::size_t i = 0; i < std::min(parts.size(), kMostGolds); ++i) gold.keys.push_back(option_key(parts[i]));
  return gold;
}

std::optional<bool> same_gold(const RecordedGold& gold, const Item& item, std::string_view key) {
  if (gold.keys.empty() || item.gold.empty()) return std::nullopt;
  for (const auto& recorded : gold.keys) {
    if (recorded == key) return true;
    const auto is_it = [&recorded](const std::string& synonym) { return has_key(synonym, recorded); };
    if (std::any_of(item.synonyms.begin(), item.synonyms.end(), is_it)) return true;
  }
  return gold.letter && *gold.letter < item.options.size() && has_key(item.options[*gold.letter], key);
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
