#include "osler/grade/grader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "osler/grade/boxes.h"
#include "osler/grade/characters.h"
#include "osler/grade/key.h"
#include "osler/grade/lenient.h"
#include "osler/grade/likelihood.h"
#include "osler/grade/metrics.h"
#include "osler/grade/normalise.h"
#include "osler/grade/peers/evaluator.h"
#include "osler/grade/refusal.h"
#include "osler/grade/rules.h"
#include "osler/grade/unwrap.h"

namespace osler::grade {

/// A rule's name and what it read from which piece, or the step that stopped the extraction.
struct Extraction {
  std::string_view rule;
  Verdict verdict;
  std::string_view piece;

  [[nodiscard]] bool read() const { return verdict.read(); }
};

namespace {

/// The piece of text that the rules may read, or the step that left none.
struct Chosen {
  std::string_view text;
  std::string_view stopped_by;
};

Chosen choose(AnswerSource source, std::string_view visible) {
  if (trim(visible).empty()) return {{}, "empty_response"};
  if (source == AnswerSource::whole_text) {
    const auto text = unwrap(visible);
    if (text.empty()) return {{}, "empty_response"};
    return {text, {}};
  }
  const Boxes boxes = find_boxes(visible);
  if (!boxes.last) return {{}, boxes.unclosed ? "unclosed_box" : "no_box"};
  const auto text = unwrap(visible.substr(boxes.last->begin, boxes.last->end - boxes.last->begin));
  if (text.empty()) return {{}, "empty_box"};
  return {text, {}};
}

Extraction extract(const std::vector<const Rule*>& rules, Candidate& candidate) {
  for (const Rule* rule : rules) {
    const Verdict verdict = rule->read(candidate);
    if (!verdict.stopped_by.empty()) return {verdict.stopped_by, {}, {}};
    if (verdict.read()) return {rule->name, verdict, candidate.text()};
  }
  const auto step = candidate.no_answer();
  return {step.empty() ? "unmapped" : step, {}, {}};
}

/// Whether the visible part holds no box with anything in it, so that the lenient steps may look beside it.
bool has_no_box(std::string_view step) { return step == "no_box" || step == "unclosed_box" || step == "empty_box"; }

Grade failed() {
  Grade grade;
  grade.outcome = Outcome::error;
  grade.rule = "none";
  return grade;
}

void set_outcome(Grade& grade, bool correct) {
  grade.outcome = correct ? Outcome::correct : Outcome::wrong;
  grade.score = correct ? 1.0 : 0.0;
}

Grade grade_by_scores(const Item& item, const Response& response, DecidingScore choose) {
  if (response.finish == FinishReason::error) return failed();
  Grade grade;
  const auto chosen = choose_by_score(deciding_scores(item, response, choose), choose);
  grade.rule = chosen.rule;
  if (!chosen.option) return grade;
  set_outcome(grade, item.gold_option == chosen.option);
  grade.answer = option_name(item, *chosen.option);
  grade.answer_option = chosen.option;
  grade.probability = chosen.probability;
  return grade;
}

Grade grade_by_peer(const Evaluator& evaluator, const Item& item, const Response& response) {
  Grade grade = evaluator.grade(item, response);
  if (!grade.answer_option || !grade.span) return grade;
  const auto piece = std::string_view(response.text).substr(grade.span->begin, grade.span->end - grade.span->begin);
  if (is_lone_letter(piece)) grade.probability = letter_probability(response, *grade.span, *grade.answer_option);
  return grade;
}

std::vector<std::string> names_of(const auto& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) names.emplace_back(entry.name);
  return names;
}

}  // namespace

std::vector<std::string> known_rules() { return names_of(all_rules()); }

std::vector<std::string> known_steps() { return names_of(all_steps()); }

std::optional<OpenMatch> open_match_from(std::string_view name) {
  if (name == "words") return OpenMatch::words;
  if (name == "key") return OpenMatch::key;
  if (name == "squad") return OpenMatch::squad;
  return std::nullopt;
}

std::optional<AnswerSource> answer_source_from(std::string_view name) {
  if (name == "last_box") return AnswerSource::last_box;
  if (name == "whole_text") return AnswerSource::whole_text;
  if (name == "lenient") return AnswerSource::lenient;
  return std::nullopt;
}

Result<Grader> Grader::make(const ExtractionSpec& spec) {
  if (!spec.evaluator.empty()) {
    Grader peer(spec.source, spec.open_match);
    peer.evaluator_ = find_evaluator(spec.evaluator);
    if (peer.evaluator_ != nullptr) return peer;
    return fail(ErrorCode::usage, fmt::format("unknown evaluator \"{}\"", spec.evaluator), {},
                fmt::format("known: {}", fmt::join(names_of(all_evaluators()), ", ")));
  }
  if (spec.rules.empty()) {
    return fail(ErrorCode::usage, "the extraction names no rule", {},
                fmt::format("known rules: {}", fmt::join(known_rules(), ", ")));
  }
  Grader grader(spec.source, spec.open_match);
  grader.choose_ = spec.choose;
  grader.reasoning_ = to_look_for(spec.reasoning);
  const auto add = [](auto known, auto& list, std::string_view name) {
    const auto found = std::ranges::find(known, name, [](const auto& entry) { return entry.name; });
    if (found == known.end()) return false;
    list.push_back(&*found);
    return true;
  };
  for (auto name = spec.rules.begin(); name != spec.rules.end(); ++name) {
    if (std::find(spec.rules.begin(), name, *name) != name) {
      return fail(ErrorCode::usage, fmt::format("extraction rule \"{}\" is listed twice", *name), {}, "list it once");
    }
    if (add(all_rules(), grader.rules_, *name)) continue;
    if (!add(all_steps(), grader.steps_, *name)) {
      return fail(ErrorCode::usage, fmt::format("unknown extraction rule \"{}\"", *name), {},
                  fmt::format("known rules: {}; with the source lenient also: {}", fmt::join(known_rules(), ", "),
                              fmt::join(known_steps(), ", ")));
    }
    if (spec.source != AnswerSource::lenient) {
      return fail(ErrorCode::usage, fmt::format("extraction rule \"{}\" reads beside the place of the answer", *name),
                  {}, "use the source lenient, or leave it out");
    }
  }
  return grader;
}

bool Grader::same_text(std::string_view answer, std::string_view gold) const {
  switch (open_match_) {
    case OpenMatch::words:
      return words_match(plain(answer), plain(gold));
    case OpenMatch::key:
      return key_match(answer, gold);
    case OpenMatch::squad:
      return squad_match(plain(answer), plain(gold));
  }
  return false;
}

void Grader::settle(Grade& grade, const Item& item, const Extraction& extraction) const {
  const Verdict& verdict = extraction.verdict;
  grade.rule = extraction.rule;
  bool correct = false;
  if (verdict.option) {
    correct = item.gold_option == verdict.option;
  } else if (same_text(*verdict.text, item.gold)) {
    correct = true;
  } else if (std::ranges::any_of(item.synonyms, [&](const auto& text) { return same_text(*verdict.text, text); })) {
    correct = true;
    grade.rule = "open_synonym";
  }
  set_outcome(grade, correct);
  grade.answer = verdict.option ? option_name(item, *verdict.option) : *verdict.text;
  grade.answer_option = verdict.option;
  grade.conflict = verdict.conflict;
}

Extraction Grader::read(const Item& item, std::string_view visible, bool unclosed) const {
  const Chosen chosen = choose(source_, visible);
  if (chosen.stopped_by.empty()) {
    Candidate candidate(chosen.text, item);
    return extract(rules_, candidate);
  }
  if (source_ != AnswerSource::lenient || unclosed || !has_no_box(chosen.stopped_by)) {
    return {chosen.stopped_by, {}, {}};
  }
  FreeText text(visible, item, rules_);
  const auto [rule, reading] = extract_leniently(steps_, text);
  return {rule, reading.verdict, reading.piece};
}

Grade Grader::grade(const Item& item, const Response& response) const {
  if (evaluator_ != nullptr) return grade_by_peer(*evaluator_, item, response);
  if (choose_ && item.kind != Kind::open) return grade_by_scores(item, response, *choose_);
  return grade_text(item, response);
}

Grade Grader::grade_text(const Item& item, const Response& response) const {
  if (response.finish == FinishReason::error) return failed();
  Grade grade;
  if (response.text.empty() && !response.option_scores.empty()) {
    grade.rule = "only_option_scores";
    return grade;
  }
  const Normalised normalised(response.text);
  const Visible shown = visible_part(normalised.text(), reasoning_);
  const auto visible = normalised.text().substr(shown.span.begin, shown.span.end - shown.span.begin);

  const Extraction extraction = read(item, visible, shown.unclosed);
  if (extraction.read()) {
    settle(grade, item, extraction);
    const auto begin = static_cast<std::size_t>(extraction.piece.data() - normalised.text().data());
    grade.span = normalised.original({begin, begin + extraction.piece.size()});
    if (extraction.verdict.by_letter) {
      grade.probability = letter_probability(response, *grade.span, *grade.answer_option);
    }
    return grade;
  }
  std::string_view step = extraction.rule;
  const bool whole = source_ == AnswerSource::whole_text;  // then the rules have looked for a refusal already
  if (shown.unclosed) {
    step = "unclosed_thinking";
  } else if (step != "refusal" && step != "question_echo" && !(whole && step == "unmapped") && is_refusal(visible)) {
    step = "refusal";
  }
  grade.rule = step;
  if (response.finish == FinishReason::length) {
    grade.outcome = Outcome::truncated;
  } else {
    grade.outcome = step == "refusal" ? Outcome::refused : Outcome::unparsed;
  }
  return grade;
}

}  // namespace osler::grade
