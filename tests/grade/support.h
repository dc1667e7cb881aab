#pragma once

#include <string>
#include <utility>
#include <vector>

#include "osler/grade/grader.h"

namespace osler::grade::testing {

/// The strict rule's order, for the box and for the whole text alike.
inline std::vector<std::string> strict_rules() { return known_rules(); }

inline Grader strict_grader(AnswerSource source = AnswerSource::last_box) {
  return Grader::make({source, strict_rules()}).value();
}

/// The strict rules and all lenient steps, as protocols/lenient.yaml names them.
inline Grader lenient_grader() {
  auto rules = known_rules();
  for (auto& step : known_steps()) rules.push_back(std::move(step));
  return Grader::make({AnswerSource::lenient, rules}).value();
}

inline Grader grader_of(AnswerSource source) {
  return source == AnswerSource::lenient ? lenient_grader() : strict_grader(source);
}

inline Item mcq(std::vector<std::string> options, std::size_t gold, std::string question = "Which finding is shown?") {
  Item item;
  item.id = "test";
  item.kind = Kind::mcq;
  item.question = std::move(question);
  item.gold = options.at(gold);
  item.gold_option = gold;
  item.options = std::move(options);
  return item;
}

inline Item yes_no(bool gold, std::string question = "Is there a fracture?") {
  Item item = mcq({"yes", "no"}, gold ? 0 : 1, std::move(question));
  item.kind = Kind::yes_no;
  return item;
}

inline Item open(std::string gold, std::string question = "Which organ is shown?") {
  Item item;
  item.id = "test";
  item.question = std::move(question);
  item.gold = std::move(gold);
  return item;
}

inline Response says(std::string text, FinishReason finish = FinishReason::stop) {
  Response response;
  response.text = std::move(text);
  response.finish = finish;
  return response;
}

/// The bytes that a grade's span marks; "(none)" without one.
inline std::string marked(const Grade& grade, const std::string& response) {
  return grade.span ? response.substr(grade.span->begin, grade.span->end - grade.span->begin) : "(none)";
}

}  // namespace osler::grade::testing
