#include "osler/capability/text_features.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <utility>

#include "osler/core/parallel.h"

namespace osler::capability {
namespace {

/// A word as code points.
using Word = std::u32string;

/// FNV-1a over code points, with a last mix because its low bits are poor.
class TermHash {
 public:
  explicit TermHash(std::uint64_t kind) { add(kind); }
  void add(std::uint64_t value) { state_ = (state_ ^ value) * 0x100000001B3U; }
  void add(const Word& word) {
    for (const char32_t c : word) add(c);
    add(' ');
  }
  [[nodiscard]] std::uint32_t column(std::uint32_t first) const {
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return first + static_cast<std::uint32_t>((z ^ (z >> 31U)) % kWordColumns);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

icu::UnicodeString folded(std::string_view text) {
  auto whole = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
  UErrorCode status = U_ZERO_ERROR;
  const auto* folding = icu::Normalizer2::getNFKCCasefoldInstance(status);
  if (U_FAILURE(status)) return whole;
  auto spelled = folding->normalize(whole, status);
  return U_FAILURE(status) ? whole : spelled;
}

bool is_mark(UChar32 c) {
  const auto type = u_charType(c);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

std::vector<Word> words_of(std::string_view text) {
  const auto spelled = folded(text);
  std::vector<Word> words;
  Word word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  };
  for (std::int32_t i = 0; i < spelled.length(); i = spelled.moveIndex32(i, 1)) {
    const UChar32 c = spelled.char32At(i);
    const bool ideograph = u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC) != 0;
    if (ideograph) end_word();
    if (u_isdigit(c) != 0) {
      word += U'0';
    } else if (u_isalnum(c) != 0 || is_mark(c)) {
      word += static_cast<char32_t>(c);
    } else {
      end_word();
    }
    if (ideograph) end_word();
  }
  end_word();
  return words;
}

void add_words(const std::vector<Word>& words, std::vector<std::uint32_t>& columns) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    TermHash one(1);
    one.add(words[i]);
    columns.push_back(one.column(0));
    if (i == 0) continue;
    TermHash two(2);
    two.add(words[i - 1]);
    two.add(words[i]);
    columns.push_back(two.column(0));
  }
}

void add_characters(const Word& word, std::vector<std::uint32_t>& columns) {
  constexpr std::size_t kShortest = 3;
  constexpr std::size_t kLongest = 5;
  const Word padded = U' ' + word + U' ';
  for (std::size_t begin = 0; begin < padded.size(); ++begin) {
    TermHash hash(3);
    for (std::size_t length = 1; length <= kLongest && begin + length <= padded.size(); ++length) {
      hash.add(padded[begin + length - 1]);
      if (length >= kShortest) columns.push_back(hash.column(kWordColumns));
    }
  }
}

}  // namespace

std::string text_of(const Item& item) {
  std::string text = item.question;
  for (const auto& option : item.options) text += '\n' + option;
  return text;
}

std::vector<Term> text_terms(std::string_view text) {
  // ICU counts in 32 bits; nobody asks a question of this size.
  constexpr std::size_t kLongest = std::size_t{1} << 26;
  const auto words = words_of(text.substr(0, kLongest));
  std::vector<std::uint32_t> columns;
  add_words(words, columns);
  for (const auto& word : words) add_characters(word, columns);
  std::ranges::sort(columns);
  std::vector<Term> terms;
  for (const auto column : columns) {
    if (terms.empty() || terms.back().column != column) terms.push_back({column, 0.0F});
    terms.back().value += 1.0F;
  }
  return terms;
}

Features text_features(std::span<const Item> items) {
  std::vector<std::vector<Term>> rows(items.size());
  for_each_index(items.size(), [&](std::size_t i) { rows[i] = text_terms(text_of(items[i])); });
  Features features;
  features.identity = kTextIdentity;
  features.dimensions = kTextColumns;
  features.row_begin.push_back(0);
  for (std::size_t i = 0; i < items.size(); ++i) {
    features.item_ids.push_back(items[i].id);
    features.terms.insert(features.terms.end(), rows[i].begin(), rows[i].end());
    features.row_begin.push_back(features.terms.size());
  }
  return features;
}

}  // namespace osler::capability
