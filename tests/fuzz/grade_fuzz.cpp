// Grades arbitrary bytes. The first byte chooses item, source and finish reason; the rest is the response.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "osler/grade/grader.h"

namespace {

using osler::Item;
using osler::Kind;
using osler::Outcome;

Item choice(std::vector<std::string> options) {
  Item item;
  item.kind = Kind::mcq;
  item.question = "Which finding is shown?";
  item.options = std::move(options);
  item.gold = item.options.front();
  item.gold_option = 0;
  return item;
}

std::vector<Item> make_items() {
  std::vector<Item> items = {choice({"Renal cyst", "E. coli", "A and C", "Renal cyst", "5%"}), choice({"yes", "no"}),
                             choice({"B", "", ".5", "5", "no cyst"}), Item{}};
  items[1].kind = Kind::yes_no;
  items[3].question = "Which organ?";
  items[3].gold = "spleen";
  return items;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Item> items = make_items();
  static const auto boxed =
      osler::grade::Grader::make({osler::grade::AnswerSource::last_box, osler::grade::known_rules()});
  static const auto whole =
      osler::grade::Grader::make({osler::grade::AnswerSource::whole_text, osler::grade::known_rules()});
  static const auto lenient = [] {
    auto rules = osler::grade::known_rules();
    for (auto& step : osler::grade::known_steps()) rules.push_back(std::move(step));
    return osler::grade::Grader::make({osler::grade::AnswerSource::lenient, rules});
  }();
  if (size == 0) return 0;
  const unsigned choices = data[0];
  const Item& item = items[choices % 4];
  osler::Response response;
  response.text.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  response.finish = (choices & 8U) != 0 ? osler::FinishReason::length : osler::FinishReason::stop;

  const osler::Grade grade = ((choices & 16U) != 0  ? lenient
                              : (choices & 4U) != 0 ? whole
                                                    : boxed)
                                 ->grade(item, response);
  const bool answered = grade.outcome == Outcome::correct || grade.outcome == Outcome::wrong;
  require(grade.span.has_value() == answered);
  require(!grade.span || (grade.span->begin <= grade.span->end && grade.span->end <= response.text.size()));
  require(!grade.rule.empty());
  require((grade.score == 1.0) == (grade.outcome == Outcome::correct));
  require(!grade.answer_option || *grade.answer_option < item.options.size());
  require(answered || grade.answer.empty());
  return 0;
}
