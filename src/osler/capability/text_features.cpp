#include "osler/capability/text_features.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "osler/core/utf8.h"

namespace osler::capability {
namespace {

constexpr std::uint32_t kBuckets = 65'536;
constexpr std::size_t kMostBytes = 65'536;
constexpr std::size_t kShortestRun = 3;
constexpr std::size_t kLongestRun = 5;

std::uint32_t bucket(char kind, std::string_view first, std::string_view second = {}) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto add = [&hash](char byte) { hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U; };
  add(kind);
  for (const char byte : first) add(byte);
  if (!second.empty()) {
    add(' ');
    for (const char byte : second) add(byte);
  }
  return static_cast<std::uint32_t>((hash ^ (hash >> 32U)) % kBuckets);
}

bool in_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

std::string text_of(const Item& item) {
  std::string text = item.question;
  for (const auto& option : item.options) {
    if (text.size() > kMostBytes) break;
    text += '\n' + option;
  }
  text = std::string(utf8_beginning(text, kMostBytes));
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Runs of characters of a word with its ends marked; a character is never cut.
void add_runs(std::string_view word, std::vector<std::uint32_t>& terms) {
  const std::string marked = '<' + std::string(word) + '>';
  std::vector<std::size_t> starts;
  for (std::size_t i = 0; i < marked.size(); ++i) {
    if (!is_continuation(marked[i])) starts.push_back(i);
  }
  starts.push_back(marked.size());
  for (std::size_t length = kShortestRun; length <= kLongestRun; ++length) {
    for (std::size_t i = 0; i + length < starts.size(); ++i) {
      terms.push_back(bucket('c', std::string_view(marked).substr(starts[i], starts[i + length] - starts[i])));
    }
  }
}

std::vector<std::uint32_t> terms_of(const Item& item) {
  const std::string text = text_of(item);
  std::vector<std::uint32_t> terms;
  std::string_view previous;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && in_word(text[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    const auto word = std::string_view(text).substr(i, end - i);
    terms.push_back(bucket('w', word));
    if (!previous.empty()) terms.push_back(bucket('w', previous, word));
    add_runs(word, terms);
    previous = word;
    i = end;
  }
  std::sort(terms.begin(), terms.end());
  return terms;
}

}  // namespace

Features features_of(const EmbeddingSet& set) {
  Features features{set.identity, false, set.item_ids, {}};
  features.rows.columns = set.dimensions;
  features.rows.value = set.values;
  features.rows.column.reserve(set.values.size());
  for (std::size_t row = 0; row < set.item_ids.size(); ++row) {
    for (std::size_t d = 0; d < set.dimensions; ++d) features.rows.column.push_back(static_cast<std::uint32_t>(d));
    features.rows.begin.push_back(features.rows.column.size());
  }
  return features;
}

Features text_features(const std::vector<Item>& items) {
  Features features{std::string(kTextIdentity), true, {}, {}};
  features.rows.columns = kBuckets;
  for (const auto& item : items) {
    features.item_ids.push_back(item.id);
    const auto terms = terms_of(item);
    for (std::size_t i = 0; i < terms.size();) {
      std::size_t end = i;
      while (end < terms.size() && terms[end] == terms[i]) ++end;
      features.rows.column.push_back(terms[i]);
      features.rows.value.push_back(static_cast<float>(end - i));
      i = end;
    }
    features.rows.begin.push_back(features.rows.column.size());
  }
  return features;
}

}  // namespace osler::capability
