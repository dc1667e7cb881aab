#include "osler/import/recorded_ids.h"

#include <algorithm>
#include <unordered_set>

namespace osler {
namespace {

/// Longer ids are no ids with something in front of them.
constexpr std::size_t kLongest = 400;
constexpr std::size_t kMostWords = 24;

bool is_word(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

struct Word {
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<Word> words_of(std::string_view id) {
  std::vector<Word> words;
  for (std::size_t at = 0; at < id.size();) {
    if (!is_word(id[at])) {
      ++at;
      continue;
    }
    Word word{at, at};
    while (word.end < id.size() && is_word(id[word.end])) ++word.end;
    words.push_back(word);
    at = word.end;
  }
  return words;
}

bool count_from(std::size_t first, const std::vector<Record>& records) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].id != std::to_string(first + i)) return false;
  }
  return true;
}

}  // namespace

ItemIds::ItemIds(const std::vector<Item>& items) {
  for (std::size_t i = 0; i < items.size(); ++i) items_.emplace(items[i].id, i);
}

std::optional<std::size_t> ItemIds::find(std::string_view id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<ItemIds::Part> ItemIds::find_part(std::string_view id) const {
  if (id.size() > kLongest) return std::nullopt;
  const auto words = words_of(id);
  if (words.size() > kMostWords) return std::nullopt;
  std::optional<Part> only;
  for (std::size_t first = 0; first < words.size(); ++first) {
    for (std::size_t last = first; last < words.size(); ++last) {
      const auto item = find(id.substr(words[first].begin, words[last].end - words[first].begin));
      if (!item) continue;
      if (only && only->item != *item) return std::nullopt;
      if (!only) only = Part{first, *item};
    }
  }
  return only;
}

bool is_bare_number(const Record& record) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return record.question.empty() && record.prompt.empty() && !record.id.empty() &&
         std::all_of(record.id.begin(), record.id.end(), is_digit);
}

bool numbers_are_ids(const std::vector<Record>& records, const ItemIds& ids, std::size_t items) {
  std::size_t numbers = 0;
  std::size_t known = 0;
  std::unordered_set<std::size_t> meant;
  for (const auto& record : records) {
    if (!is_bare_number(record)) continue;
    ++numbers;
    const auto item = ids.find(record.id);
    if (!item) continue;
    ++known;
    meant.insert(*item);
  }
  return known * 10 >= numbers * 9 || meant.size() * 10 >= items * 9;
}

bool ids_only_count(const std::vector<Record>& records) { return count_from(0, records) || count_from(1, records); }

}  // namespace osler
