#include "osler/cli/option_scores_view.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <string_view>

#include "osler/core/deciding_score.h"
#include "osler/report/escape.h"
#include "osler/report/text_table.h"

namespace osler::cli {
namespace {

constexpr std::array kScores{DecidingScore::letter, DecidingScore::text, DecidingScore::text_per_byte,
                             DecidingScore::text_given_question};

/// A journal from elsewhere may score more options than the item has.
std::string_view text_of(const Item& item, std::size_t option) {
  return option < item.options.size() ? std::string_view(item.options[option]) : std::string_view();
}

std::string name_of_option(std::size_t option) {
  return option < kLetters ? std::string(1, option_letter(option)) : fmt::format("{}", option + 1);
}

}  // namespace

std::string option_scores_text(const Item& item, const Response& response, const Grade& grade) {
  if (response.option_scores.empty()) return "";
  report::TextTable table({"", "option", "tokens", "letter", "text", "per byte", "given question", ""},
                          {false, false, true, true, true, true, true, false});
  for (std::size_t i = 0; i < response.option_scores.size(); ++i) {
    const OptionScore& score = response.option_scores[i];
    const auto text = text_of(item, i);
    std::vector<std::string> cells{name_of_option(i), report::printable_beginning(text, 32),
                                   fmt::format("{}", score.text_tokens)};
    for (const auto kind : kScores) {
      const double value = value_of(kind, score, text);
      cells.push_back(std::isfinite(value) ? fmt::format("{:.3f}", value) : "-");
    }
    cells.emplace_back(grade.answer_option == i ? "<- chosen" : "");
    table.add(std::move(cells));
  }
  return table.text();
}

nlohmann::ordered_json option_scores_json(const Item& item, const Response& response, const Grade& grade) {
  auto list = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < response.option_scores.size(); ++i) {
    const OptionScore& score = response.option_scores[i];
    const auto text = text_of(item, i);
    nlohmann::ordered_json object{{"option", name_of_option(i)}, {"text", text}, {"text_tokens", score.text_tokens}};
    auto& scores = object["scores"] = nlohmann::ordered_json::object();
    for (const auto kind : kScores) scores[std::string(name_of(kind))] = value_of(kind, score, text);
    object["unconditional"] = score.unconditional_logprob;
    object["chosen"] = grade.answer_option == i;
    list.push_back(std::move(object));
  }
  return list;
}

}  // namespace osler::cli
