#include "osler/grade/lenient.h"

#include <algorithm>

#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/normalise.h"
#include "osler/grade/patterns.h"
#include "osler/grade/refusal.h"
#include "osler/grade/running_text.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {
namespace {

constexpr LenientStep kSteps[] = {
    {"answer_tag", answer_tag, false},
    {"bare_answer", bare_answer, false},
    {"answer_phrase", answer_phrase, false},
    {"leading_yes_no", leading_yes_no},
    {"first_line_letter", first_line_letter},
    {"last_line_letter", last_line_letter},
    {"concluding_line", concluding_line},
    {"bracketed_letter", bracketed_letter},
    {"lone_yes_no", lone_yes_no},
    {"mentioned_option", mentioned_option},
};

/// A question shorter than this may well begin an answer by chance.
constexpr std::size_t kTellingQuestion = 16;

std::string_view without_question(std::string_view text, const Item& item) {
  const std::string question = normalise(item.question);
  const auto wanted = trim(question);
  const auto rest = trim(text);
  if (wanted.size() < kTellingQuestion || !rest.starts_with(wanted)) return text;
  return rest.substr(wanted.size());
}

/// Where the text stops taking back what it said; 0 if it takes nothing back.
std::size_t end_of_retraction(std::string_view text) {
  static const RE2 pattern(
      "(?i)\\b(?:wait(?:[,.!:]|\xE2\x80\xA6|\xE2\x80\x94| *-| no\\b| that\\b| actually\\b)|no, wait\\b|hold on[,.!]|"
      "scratch that\\b|on second thought\\b|I take (?:that|it) back\\b|my mistake\\b|I made an? (?:mistake|error)\\b|"
      "I (?:was|am) (?:wrong|mistaken)\\b|actually, no\\b|correction:|that(?:'s| is| was) (?:wrong|incorrect)[.!])"
      "|等等[,.!]|等一下|更正[,:]|我错了|不对[,.!]",
      bytewise());
  re2::StringPiece rest(text);
  std::size_t end = 0;
  while (RE2::FindAndConsume(&rest, pattern)) end = text.size() - rest.size();
  return end;
}

struct Tag {
  std::string_view opening, closing;  ///< Lower case.
};

constexpr Tag kTags[] = {{"<answer>", "</answer>"}, {"<|begin_of_box|>", "<|end_of_box|>"}};

/// What stands in the last complete tag; an empty view without data if there is none. One pass.
std::string_view last_tagged(std::string_view text) {
  std::string_view last;
  std::size_t open = std::string_view::npos;
  for (std::size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at + 1)) {
    const auto rest = text.substr(at);
    for (const auto& tag : kTags) {
      if (starts_with_lower(rest, tag.opening)) {
        open = at + tag.opening.size();
      } else if (open != std::string_view::npos && starts_with_lower(rest, tag.closing)) {
        last = text.substr(open, at - open);
        open = std::string_view::npos;
      }
    }
  }
  return last;
}

/// Whether the response is the question and nothing else.
bool is_question(FreeText& text) {
  if (!text.whole().repeats_question()) return false;
  return text.whole().key().size() <= key(normalise(text.item().question)).size() + 2;
}

/// Whether nothing after this step may be read: a refusal is no answer, whatever letters it holds.
std::string_view barred(FreeText& text) {
  if (trim(text.text()).empty()) return text.starts_late() ? "unmapped" : "question_echo";
  if (is_question(text)) return "question_echo";
  return is_refusal(text.text()) ? "refusal" : "";
}

/// Whether a line begins with another option's letter, or has it in brackets: "B. Pneumonia", where A is pneumonia.
bool another_letter_stands(std::string_view text, std::size_t option, const Candidate& candidate) {
  if (brackets_another(text, option, candidate)) return true;
  for (auto line = next_line(text, 0); !line.empty(); line = next_line(text, end_of(line, text))) {
    const auto letter = listed_letter(line, candidate);
    if (letter && letter->option != option) return true;
  }
  return false;
}

}  // namespace

FreeText::FreeText(std::string_view visible, const Item& item, std::span<const Rule* const> rules)
    : item_(item), rules_(rules) {
  narrow(without_question(visible, item));
}

void FreeText::narrow(std::string_view part) {
  const auto taken_back = end_of_retraction(part);
  starts_late_ = taken_back > 0;
  text_ = part.substr(taken_back);
  whole_.emplace(text_, item_);
}

std::span<const LenientStep> all_steps() { return kSteps; }

LenientExtraction extract_leniently(std::span<const LenientStep* const> steps, FreeText& text) {
  bool looked_for_refusal = false;
  for (const LenientStep* step : steps) {
    if (step->after_refusals && !looked_for_refusal) {
      looked_for_refusal = true;
      if (const auto why = barred(text); !why.empty()) return {why, {}};
    }
    const Reading reading = step->read(text);
    if (!reading.verdict.stopped_by.empty()) return {reading.verdict.stopped_by, {}};
    if (reading.read()) return {step->name, reading};
  }
  const auto why = text.whole().no_answer();
  return {why.empty() ? "unmapped" : why, {}};
}

Reading answer_tag(FreeText& text) {
  const auto tagged = last_tagged(text.text());
  const auto piece = unwrap(tagged);
  if (piece.empty()) return {};
  Candidate candidate(piece, text.item());
  for (const Rule* rule : text.rules()) {
    const Verdict verdict = rule->read(candidate);
    if (!verdict.stopped_by.empty() || verdict.read()) return {verdict, piece};
  }
  text.narrow(tagged);
  return {};
}

Reading bare_answer(FreeText& text) {
  if (text.starts_late()) return {};
  const auto piece = unwrap(text.text());
  if (piece.empty()) return {};
  Candidate candidate(piece, text.item());
  if (text.item().kind == Kind::open) {
    // A model that reasons aloud has not yet given an answer.
    constexpr std::size_t kLongest = 160;
    if (piece.size() > kLongest || piece.find('\n') != std::string_view::npos) return {};
    return {open_text(candidate), piece};
  }
  for (const auto rule : {single_letter, letter_phrase, option_text}) {
    if (const Verdict verdict = rule(candidate); verdict.option) return {verdict, piece};
  }
  if (!candidate.asks_yes_or_no()) return {};
  Verdict verdict;
  if (const auto word = yes_or_no(candidate.key()); !word.empty()) verdict.option = candidate.option_of_word(word);
  return {verdict, piece};
}

Reading mentioned_option(FreeText& text) {
  constexpr std::size_t kShortestText = 4;
  Candidate& whole = text.whole();
  std::size_t all = 0;
  for (const auto& key : whole.option_keys()) all += code_points(key);
  const auto piece = trim(text.text());
  if (code_points(piece) > 2 * all || piece.ends_with('?')) return {};
  const auto& mentions = whole.mentions();
  if (std::ranges::count(mentions.option, true) != 1) return {};
  const auto option = static_cast<std::size_t>(std::ranges::find(mentions.option, true) - mentions.option.begin());
  const auto& key = whole.option_keys()[option];
  if (code_points(key) < kShortestText || whole.option_of_text({}, key) != option) return {};
  if (denies(mentions.rest) || !whole.no_answer().empty() || another_letter_stands(piece, option, whole)) return {};
  Verdict verdict;
  verdict.option = option;
  return {verdict, piece};
}

}  // namespace osler::grade
