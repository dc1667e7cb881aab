#include "osler/report/parity.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "osler/report/escape.h"
#include "osler/report/text_table.h"

namespace osler::report {
namespace {

using Json = nlohmann::ordered_json;

bool is_read(const ParityAnswer& answer) {
  return answer.outcome == Outcome::correct || answer.outcome == Outcome::wrong;
}

bool same_score(const ParityItem& item) {
  return (item.a.outcome == Outcome::correct) == (item.b.outcome == Outcome::correct);
}

ParityAccuracy accuracy_of(const RunGrades& run) {
  const SummaryRow all = summarise(run, {}).front();
  return {all.accuracy.value_or(0.0), all.clustered.value_or(all.wilson.value_or(stats::Interval{0.0, 1.0}))};
}

double share(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string share_text(std::size_t part, std::size_t whole) {
  const auto interval = stats::wilson_interval(part, whole, kConfidence);
  return fmt::format("{} of {} ({:.1f}%, 95% [{:.1f}, {:.1f}])", part, whole, 100 * share(part, whole),
                     100 * interval.low, 100 * interval.high);
}

std::string answer_text(const ParityAnswer& answer) {
  constexpr std::size_t kLongest = 32;
  if (answer.answer.empty()) return fmt::format("({})", name_of(answer.outcome));
  return printable_beginning(answer.answer, kLongest) + (answer.outcome == Outcome::correct ? " +" : "");
}

std::string outcome_table(const Parity& parity) {
  const Comparison& found = parity.comparison;
  auto table = TextTable::of_numbers({"", "b right", "b not right"});
  table.add({"a right", fmt::format("{}", found.both), fmt::format("{}", found.only_first)});
  table.add({"a not right", fmt::format("{}", found.only_second), fmt::format("{}", parity.neither())});
  return table.text();
}

std::string discordant_table(const Parity& parity, std::size_t most) {
  const auto items = discordant(parity);
  if (items.empty() || most == 0) return "";
  TextTable table({"item", "gold", "a", "b"});
  const std::size_t shown = std::min(most, items.size());
  for (std::size_t i = 0; i < shown; ++i) {
    table.add({printable(items[i]->id), printable(items[i]->gold), answer_text(items[i]->a), answer_text(items[i]->b)});
  }
  std::string text =
      fmt::format("\nAnswered differently (+ is right), {} of {}:\n\n{}", shown, items.size(), table.text());
  if (shown < items.size()) text += fmt::format("\n--list {} shows all of them.\n", items.size());
  return text;
}

std::string accuracy_text(const ParityAccuracy& accuracy) {
  return fmt::format("{:.1f}% [{:.1f}, {:.1f}]", 100 * accuracy.value, 100 * accuracy.interval.low,
                     100 * accuracy.interval.high);
}

std::string dump(const Json& value) { return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

Json accuracy_object(const ParityAccuracy& accuracy) {
  return {{"accuracy", accuracy.value}, {"ci_low", accuracy.interval.low}, {"ci_high", accuracy.interval.high}};
}

Json answer_object(const ParityAnswer& answer) {
  return {
      {"answer", valid_utf8(answer.answer)}, {"outcome", name_of(answer.outcome)}, {"text", valid_utf8(answer.text)}};
}

}  // namespace

bool ParityItem::same_answer() const {
  if (a.outcome == Outcome::error || b.outcome == Outcome::error) return false;
  return is_read(a) == is_read(b) && (!is_read(a) || a.answer == b.answer);
}

Result<Parity> make_parity(const RunGrades& a, const RunGrades& b, std::vector<ParityItem> items) {
  auto comparison = compare(a, b);
  if (!comparison) return pass(comparison);
  Parity parity;
  parity.comparison = std::move(*comparison);
  parity.benchmark = a.benchmark;
  parity.row_set = a.row_set;
  parity.items = std::move(items);
  const auto count = [&parity](auto is) { return static_cast<std::size_t>(std::ranges::count_if(parity.items, is)); };
  parity.same_answers = count([](const ParityItem& item) { return item.same_answer(); });
  parity.same_texts = count([](const ParityItem& item) { return item.same_text(); });
  parity.exact_p = stats::mcnemar_exact(parity.comparison.only_first, parity.comparison.only_second);
  parity.accuracy_a = accuracy_of(a);
  parity.accuracy_b = accuracy_of(b);
  return parity;
}

std::vector<const ParityItem*> discordant(const Parity& parity) {
  std::vector<const ParityItem*> items;
  for (const auto& item : parity.items) {
    if (!item.same_answer() || !same_score(item)) items.push_back(&item);
  }
  std::stable_partition(items.begin(), items.end(), [](const ParityItem* item) { return !same_score(*item); });
  return items;
}

std::string parity_warning(const Parity& parity) {
  const std::size_t n = parity.comparison.n;
  if (n >= kFewItems) return "";
  const std::size_t different = parity.comparison.only_first + parity.comparison.only_second;
  return fmt::format(
      "{} items are few: a difference of accuracy below about {:.1f} points would be missed more often than once in "
      "five",
      n, 100 * stats::detectable_difference(different, n));
}

std::string parity_text(const Parity& parity, std::size_t most) {
  const Comparison& found = parity.comparison;
  std::string text =
      fmt::format("a: {}, {}\nb: {}, {}\n{} ({}), {} of {} items\n\n", printable(found.first),
                  printable(parity.source_a), printable(found.second), printable(parity.source_b),
                  printable(parity.benchmark), printable(parity.row_set), found.n, std::max(parity.planned, found.n));
  text += fmt::format("equal answers: {}\nequal texts:   {}\naccuracy of a: {}\naccuracy of b: {}\n",
                      share_text(parity.same_answers, found.n), share_text(parity.same_texts, found.n),
                      accuracy_text(parity.accuracy_a), accuracy_text(parity.accuracy_b));
  if (found.difference) {
    text += fmt::format("a - b:         {:+.1f} points [{:+.1f}, {:+.1f}] (95%, t over {} images)\n",
                        100 * found.difference->difference, 100 * found.difference->interval.low,
                        100 * found.difference->interval.high, found.difference->clusters);
  }
  text += fmt::format("McNemar:       exact p = {:.4f}, mid-p = {:.4f} (items taken as independent)\n\n",
                      parity.exact_p, found.mcnemar_p);
  text += outcome_table(parity);
  if (const auto warning = parity_warning(parity); !warning.empty()) text += "\nCaution: " + warning + ".\n";
  return text + discordant_table(parity, most);
}

std::string parity_json(const Parity& parity) {
  const Comparison& found = parity.comparison;
  Json items = Json::array();
  for (const auto* item : discordant(parity)) {
    items.push_back({{"id", valid_utf8(item->id)},
                     {"gold", valid_utf8(item->gold)},
                     {"a", answer_object(item->a)},
                     {"b", answer_object(item->b)}});
  }
  const auto warning = parity_warning(parity);
  return dump({{"a", valid_utf8(found.first)},
               {"b", valid_utf8(found.second)},
               {"source_a", valid_utf8(parity.source_a)},
               {"source_b", valid_utf8(parity.source_b)},
               {"benchmark", valid_utf8(parity.benchmark)},
               {"row_set", valid_utf8(parity.row_set)},
               {"n", found.n},
               {"equal_answers", parity.same_answers},
               {"equal_texts", parity.same_texts},
               {"both_right", found.both},
               {"only_a_right", found.only_first},
               {"only_b_right", found.only_second},
               {"neither_right", parity.neither()},
               {"accuracy_a", accuracy_object(parity.accuracy_a)},
               {"accuracy_b", accuracy_object(parity.accuracy_b)},
               {"difference", found.difference ? Json(found.difference->difference) : Json(nullptr)},
               {"ci_low", found.difference ? Json(found.difference->interval.low) : Json(nullptr)},
               {"ci_high", found.difference ? Json(found.difference->interval.high) : Json(nullptr)},
               {"p_exact", parity.exact_p},
               {"p_mid", found.mcnemar_p},
               {"warning", warning.empty() ? Json(nullptr) : Json(warning)},
               {"discordant", std::move(items)}});
}

}  // namespace osler::report
