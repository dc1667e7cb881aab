#include "osler/grade/candidate.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/normalise.h"
#include "osler/grade/refusal.h"

namespace osler::grade {
namespace {

/// Stands for a mention that was blotted out; no key contains it as a word.
constexpr char kBlot = '\x01';

/// A question shorter than this may well begin an answer by chance.
constexpr std::size_t kTellingQuestion = 8;

/// Letters, "Options:" and the like in a repeated list of options.
constexpr std::size_t kMarksRoundOptions = 100;

std::string_view one_line(std::string_view text, std::string& storage) {
  storage = plain(text);
  return trim(storage);
}

}  // namespace

std::size_t find_words(std::string_view text, std::string_view needle, std::size_t from) {
  if (needle.empty()) return std::string_view::npos;
  while (from < text.size()) {
    // memmem, unlike string_view::find, is linear for every pair of texts.
    const void* hit = memmem(text.data() + from, text.size() - from, needle.data(), needle.size());
    if (hit == nullptr) return std::string_view::npos;
    const auto at = static_cast<std::size_t>(static_cast<const char*>(hit) - text.data());
    const std::size_t end = at + needle.size();
    const bool runs_in = at > 0 && is_word(text[at - 1]) && is_word(needle.front());
    const bool runs_on = end < text.size() && is_word(text[end]) && is_word(needle.back());
    if (!runs_in && !runs_on) return at;
    // Inside a run of letters and digits no later start can do either.
    from = at + 1;
    while (is_word(needle.front()) && from < text.size() && is_word(text[from])) ++from;
  }
  return std::string_view::npos;
}

const std::string& Candidate::plain() {
  if (!plain_) plain_ = grade::plain(text_);
  return *plain_;
}

const std::string& Candidate::key() {
  if (!key_) key_ = grade::key(text_);
  return *key_;
}

const std::vector<std::string>& Candidate::option_keys() {
  if (!option_keys_) {
    option_keys_.emplace();
    option_keys_->reserve(item_.options.size());
    for (const auto& option : item_.options) option_keys_->push_back(grade::key(Normalised(option).text()));
  }
  return *option_keys_;
}

std::optional<std::size_t> Candidate::option_of_letter(char letter) const {
  if (!is_letter(letter)) return std::nullopt;
  const auto option = static_cast<std::size_t>(to_upper(letter) - 'A');
  if (option >= item_.options.size()) return std::nullopt;
  return option;
}

std::optional<std::size_t> Candidate::option_of_text(std::string_view text, const std::string& text_key) {
  if (text_key.empty()) return std::nullopt;
  std::vector<std::size_t> same;
  for (std::size_t option = 0; option < option_keys().size(); ++option) {
    if (option_keys()[option] == text_key) same.push_back(option);
  }
  if (same.size() < 2) return same.empty() ? std::nullopt : std::optional(same.front());
  std::string storage;
  const std::string wanted(one_line(text, storage));
  bool all_equal = true;
  const std::string first = grade::plain(normalise(item_.options[same.front()]));
  for (const auto option : same) {
    const std::string candidate = grade::plain(normalise(item_.options[option]));
    if (trim(candidate) == wanted) return option;
    all_equal = all_equal && candidate == first;
  }
  return all_equal ? std::optional(same.front()) : std::nullopt;
}

bool Candidate::asks_yes_or_no() {
  if (item_.options.size() != 2) return false;
  return option_of_word("yes").has_value() && option_of_word("no").has_value();
}

std::optional<std::size_t> Candidate::option_of_word(std::string_view word) {
  const auto& keys = option_keys();
  const auto found = std::ranges::find(keys, word);
  if (found == keys.end()) return std::nullopt;
  return static_cast<std::size_t>(found - keys.begin());
}

const Candidate::Mentions& Candidate::mentions() {
  if (mentions_) return *mentions_;
  mentions_.emplace();
  const auto& keys = option_keys();
  mentions_->option.assign(keys.size(), false);
  std::string& rest = mentions_->rest;
  rest = key();
  // Longest first: "pneumonia" inside "bacterial pneumonia" is no mention of its own.
  std::vector<std::size_t> order(keys.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return keys[a].size() > keys[b].size(); });
  for (const auto option : order) {
    const auto& wanted = keys[option];
    for (auto at = find_words(rest, wanted); at != std::string::npos; at = find_words(rest, wanted, at)) {
      mentions_->option[option] = true;
      rest.replace(at, wanted.size(), wanted.size(), kBlot);
    }
  }
  return *mentions_;
}

bool Candidate::repeats_question() {
  if (!repeats_question_) {
    const std::string question = grade::key(Normalised(item_.question).text());
    repeats_question_ =
        !question.empty() &&
        (key() == question || (code_points(question) >= kTellingQuestion && key().starts_with(question)));
  }
  return *repeats_question_;
}

bool Candidate::repeats_all_options() {
  if (item_.options.size() < 2 || asks_yes_or_no()) return false;
  const auto& keys = option_keys();
  // A text much longer than what it would repeat discusses the options.
  std::size_t longest = 2 * item_.question.size() + kMarksRoundOptions;
  for (const auto& option : keys) longest += 2 * option.size();
  if (key().size() > longest) return false;
  const auto& mentioned = mentions().option;
  for (std::size_t option = 0; option < keys.size(); ++option) {
    // Of options with equal texts the first takes all mentions.
    const auto first = static_cast<std::size_t>(std::ranges::find(keys, keys[option]) - keys.begin());
    if (!mentioned[first]) return false;
  }
  return std::ranges::count(mentioned, true) >= 2;
}

std::string_view Candidate::no_answer() {
  if (repeats_question()) return "question_echo";
  if (repeats_all_options()) return "options_echo";
  if (!refusal_) refusal_ = is_refusal(text_);
  return *refusal_ ? "refusal" : "";
}

}  // namespace osler::grade
