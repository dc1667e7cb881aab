// Lets every other tool's scoring loose on arbitrary bytes. The first byte chooses the item; the rest is the response.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "osler/grade/peers/evaluator.h"

namespace {

using osler::Item;
using osler::Kind;
using osler::Outcome;

Item item_of(Kind kind, std::vector<std::string> options, std::string gold) {
  Item item;
  item.kind = kind;
  item.question = "Which finding is shown?";
  item.options = std::move(options);
  item.gold = std::move(gold);
  if (!item.options.empty()) item.gold_option = 0;
  return item;
}

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<Item> items = {
      item_of(Kind::mcq, {"Renal cyst", "E. coli", "A and C", "Renal cyst", "5%"}, "Renal cyst"),
      item_of(Kind::yes_no, {"yes", "no"}, "yes"), item_of(Kind::mcq, {"", "\xC3", "Z"}, ""),
      item_of(Kind::open, {}, "3.5 cm"), item_of(Kind::mcq, std::vector<std::string>(40, "x"), "x")};
  if (size == 0) return 0;
  const Item& item = items[data[0] % items.size()];
  osler::Response response;
  response.text.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const auto& evaluator : osler::grade::all_evaluators()) {
    const auto grade = evaluator.grade(item, response);
    const bool answered = grade.outcome == Outcome::correct || grade.outcome == Outcome::wrong;
    require(!grade.rule.empty());
    require(grade.score >= 0.0 && grade.score <= 1.0);
    require(grade.guessed || (grade.score == 1.0) == (grade.outcome == Outcome::correct));
    require(!grade.guessed || !answered);
    require(!grade.answer_option || *grade.answer_option < item.options.size());
    require(!grade.span || (grade.span->begin <= grade.span->end && grade.span->end <= response.text.size()));
  }
  return 0;
}
