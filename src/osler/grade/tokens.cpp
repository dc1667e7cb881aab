#include "osler/grade/tokens.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/normalise.h"

namespace osler::grade {
namespace {

enum class CharacterClass : std::uint8_t { word, space, punctuation, east_asian };

/// A code point of the text: its bytes and what it is. An invalid byte is a character of its own.
struct Character {
  std::string_view bytes;
  CharacterClass kind = CharacterClass::word;
};

struct Range {
  char32_t first = 0;
  char32_t last = 0;
};

template <std::size_t Count>
bool within(const Range (&ranges)[Count], char32_t code_point) {
  return std::ranges::any_of(ranges,
                             [=](const Range& range) { return range.first <= code_point && code_point <= range.last; });
}

CharacterClass class_of(char32_t code_point) {
  static constexpr Range kSpaces[] = {{0x85, 0x85},     {0xA0, 0xA0},     {0x1680, 0x1680}, {0x2000, 0x200A},
                                      {0x2028, 0x2029}, {0x202F, 0x202F}, {0x205F, 0x205F}, {0x3000, 0x3000}};
  // Dashes, quotes, dots of the General Punctuation block; the marks of Chinese and Japanese that normalise() left.
  static constexpr Range kPunctuation[] = {{0x2010, 0x2027}, {0x2030, 0x205E}, {0x3001, 0x3003}, {0x3008, 0x3011},
                                           {0x3014, 0x301F}, {0x30FB, 0x30FB}, {0xFF61, 0xFF65}};
  // Kana, Han with its extensions, half-width kana.
  static constexpr Range kEastAsian[] = {{0x3005, 0x3007}, {0x3040, 0x30FF}, {0x31F0, 0x31FF}, {0x3400, 0x4DBF},
                                         {0x4E00, 0x9FFF}, {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0x20000, 0x3FFFF}};
  if (within(kSpaces, code_point)) return CharacterClass::space;
  if (within(kPunctuation, code_point)) return CharacterClass::punctuation;
  return within(kEastAsian, code_point) ? CharacterClass::east_asian : CharacterClass::word;
}

CharacterClass class_of_ascii(char c) {
  if (is_word(c)) return CharacterClass::word;
  // 0x1C..0x1F separate words for Python's split(), and so in all the reference implementations.
  if (is_space(c) || (c >= 0x1C && c <= 0x1F)) return CharacterClass::space;
  return c > ' ' && c != 0x7F ? CharacterClass::punctuation : CharacterClass::word;
}

/// How many bytes the sequence that this byte leads has; 0 if it leads none.
std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

/// The character at the head of rest, which is not empty.
Character first_character(std::string_view rest) {
  const auto lead = static_cast<unsigned char>(rest.front());
  if (lead < 0x80) return {rest.substr(0, 1), class_of_ascii(rest.front())};
  const std::size_t length = sequence_length(lead);
  if (length == 0 || rest.size() < length) return {rest.substr(0, 1), CharacterClass::word};
  char32_t code_point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(rest[i])) return {rest.substr(0, 1), CharacterClass::word};
    code_point = (code_point << 6U) | (static_cast<unsigned char>(rest[i]) & 0x3FU);
  }
  return {rest.substr(0, length), class_of(code_point)};
}

/// How many ASCII letters and digits the text begins with.
std::size_t word_length(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, is_word);
  return static_cast<std::size_t>(end - text.begin());
}

/// What a tokeniser does with a character that is neither a space nor East Asian.
enum class Use : std::uint8_t { add, skip, separate, begin };

/// `use` is called with the whole text and where the character stands.
template <class UseOf>
Tokens tokenise(std::string_view text, UseOf use) {
  Tokens tokens(text.size());
  for (std::size_t at = 0; at < text.size() && tokens.size() < kMostTokens;) {
    // Letters and digits go the same way in every tokeniser, and they are nearly all there is.
    if (const std::size_t run = word_length(text.substr(at)); run > 0) {
      tokens.add(text.substr(at, run));
      at += run;
      continue;
    }
    const Character character = first_character(text.substr(at));
    if (character.kind == CharacterClass::space) {
      tokens.end_token();
    } else if (character.kind == CharacterClass::east_asian) {
      tokens.end_token();
      tokens.add(character.bytes);
      tokens.end_token();
    } else {
      const Use what = use(character, at);
      if (what == Use::separate || what == Use::begin) tokens.end_token();
      if (what == Use::add || what == Use::begin) tokens.add(character.bytes);
    }
    at += character.bytes.size();
  }
  tokens.end_token();
  return tokens;
}

bool is_article(std::string_view token) { return token == "a" || token == "an" || token == "the"; }

Tokens without_articles(Tokens tokens) {
  tokens.drop_articles();
  return tokens;
}

bool is_digit(std::string_view text, std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '9'; }

}  // namespace

// Words have about six bytes.
Tokens::Tokens(std::size_t bytes) : bytes_(std::make_unique_for_overwrite<char[]>(bytes)) {
  tokens_.reserve(std::min(bytes / 6 + 1, kMostTokens));
}

void Tokens::end_token() {
  if (used_ == begun_) return;
  if (size() < kMostTokens) tokens_.emplace_back(bytes_.get() + begun_, used_ - begun_);
  begun_ = used_;
}

void Tokens::drop_articles() {
  if (!std::ranges::all_of(tokens_, is_article)) std::erase_if(tokens_, is_article);
}

PreparedText::PreparedText(std::string_view text) : text_(normalise(text)) { lower(text_); }

Tokens PreparedText::squad() const {
  return without_articles(tokenise(text_, [](const Character& character, std::size_t) {
    return character.kind == CharacterClass::punctuation ? Use::skip : Use::add;
  }));
}

Tokens PreparedText::words() const {
  return without_articles(tokenise(text_, [this](const Character& character, std::size_t at) {
    if (character.kind != CharacterClass::punctuation) return Use::add;
    const char c = character.bytes.front();
    if (c == '\'') return Use::skip;
    if (c == '+' || c == '%') return Use::add;
    // A sign, as in HER2-, unlike the hyphen within a word or the dash between words.
    const bool ends_word =
        c == '-' && at > 0 && is_word(text_[at - 1]) && (at + 1 == text_.size() || !is_word(text_[at + 1]));
    if (ends_word) return Use::add;
    const bool in_number = (c == '.' || c == ',') && at > 0 && is_digit(text_, at - 1) && is_digit(text_, at + 1);
    return in_number ? Use::add : Use::separate;
  }));
}

Tokens PreparedText::bleu() const {
  return tokenise(
      text_, [](const Character& character, std::size_t) { return character.bytes == "." ? Use::begin : Use::add; });
}

Tokens PreparedText::rouge() const {
  return tokenise(text_, [](const Character& character, std::size_t) {
    return is_word(character.bytes.front()) ? Use::add : Use::separate;
  });
}

}  // namespace osler::grade
