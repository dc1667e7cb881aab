#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <unordered_map>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/option_scores_view.h"
#include "osler/cli/response_view.h"
#include "osler/grade/rule_texts.h"
#include "osler/report/escape.h"
#include "osler/report/rule_sets.h"
#include "osler/report/text_table.h"
#include "osler/run/grades_file.h"
#include "osler/run/recorded_run.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

using report::printable;
using report::printable_beginning;

struct WhyOptions {
  std::string run;
  std::vector<std::string> items;
  std::vector<std::string> protocols{"all"};
  bool json = false;
  bool full = false;
};

/// One item with its response, and what every rule set makes of it; the run's own first.
struct Explanation {
  const RecordedRun& run;
  const Item& item;
  const Response& response;
  const std::vector<RuleSet>& sets;
  std::vector<Grade> grades;
  const GradeRow* stored = nullptr;  ///< What grades.parquet says; none where it does not know the item.

  [[nodiscard]] const Grade& own() const { return grades.front(); }
};

std::string_view piece_of(const std::string& text, const std::optional<Span>& span) {
  if (!span || span->begin > text.size()) return {};
  return std::string_view(text).substr(span->begin, span->end - span->begin);
}

std::string question_text(const Item& item) {
  std::string text = "question:\n" + response_view(item.question, {}, {}, 0);
  if (!item.options.empty()) text += "options:\n";
  for (std::size_t i = 0; i < item.options.size(); ++i) {
    const std::string letter = i < kLetters ? std::string(1, option_letter(i)) : fmt::format("{}", i + 1);
    text += fmt::format("  {}. {}{}\n", letter, printable(item.options[i]), item.gold_option == i ? "   <- gold" : "");
  }
  if (item.options.empty()) text += fmt::format("gold answer:\n  {}\n", printable(item.gold));
  for (const auto& synonym : item.synonyms) text += fmt::format("  or {}\n", printable(synonym));
  return text;
}

/// "wrong: read D by the rule single_letter (one character, the letter of an option)".
std::string verdict_text(const Grade& grade) {
  const auto meaning = grade::describe_rule(grade.rule);
  const std::string rule = fmt::format("{}{}", grade.rule, meaning.empty() ? "" : fmt::format(" ({})", meaning));
  if (grade.guessed) return fmt::format("{}, counted as {:.3f}: {}", name_of(grade.outcome), grade.score, rule);
  if (grade.answer.empty()) return fmt::format("{}: {}", name_of(grade.outcome), rule);
  const bool by_scores = grade.probability && !grade.span;
  std::string text = fmt::format("{}: the answer {} was {} by {}", name_of(grade.outcome),
                                 printable_beginning(grade.answer, 60), by_scores ? "chosen" : "read", rule);
  if (grade.span) text += fmt::format(", bytes {} to {}", grade.span->begin, grade.span->end);
  if (grade.probability) text += fmt::format(", with a probability of {:.3f}", *grade.probability);
  if (grade.conflict) text += "; the letter and the text beside it name two different options";
  return text;
}

std::string others_text(const Explanation& seen) {
  if (seen.sets.size() < 2) return "";
  report::TextTable table({"rule set", "answer", "outcome", "score", "rule", "read from"});
  for (std::size_t i = 0; i < seen.sets.size(); ++i) {
    const Grade& grade = seen.grades[i];
    table.add({seen.sets[i].name(), grade.answer.empty() ? "-" : printable_beginning(grade.answer, 24),
               std::string(name_of(grade.outcome)), fmt::format("{:.2f}", grade.score), grade.rule,
               grade.span ? printable_beginning(piece_of(seen.response.text, grade.span), 32) : "-"});
  }
  return "\nunder every rule set:\n\n" + table.text();
}

std::string explanation_text(const Explanation& seen, const WhyOptions& options) {
  constexpr std::size_t kMost = 4000;
  const bool colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  const auto& response = seen.response;
  std::string text = fmt::format("item {} of {}, answered by {}\n\n", printable(seen.item.id),
                                 printable(seen.run.manifest.row_set), printable(seen.run.manifest.model));
  text += question_text(seen.item);
  if (!response.first_reply.empty()) {
    text += "\nreply to the first turn:\n" + response_view(response.first_reply, {}, {}, options.full ? 0 : kMost);
  }
  if (!response.reasoning.empty()) {
    text += "\nthoughts, which the server keeps apart:\n" +
            response_view(response.reasoning, {}, {}, options.full ? 0 : kMost);
  }
  if (response.finish == FinishReason::error) {
    text += fmt::format("\nno response: {}\n", printable(response.error));
  } else if (response.text.empty() && !response.option_scores.empty()) {
    text += "\nnothing was written, the options were scored (natural logarithms):\n\n" +
            option_scores_text(seen.item, response, seen.own());
  } else {
    text += fmt::format("\nresponse, {} bytes{}:\n", response.text.size(),
                        response.finish == FinishReason::length ? ", cut off at the token limit" : "");
    text += response.text.empty()
                ? "  (empty)\n"
                : response_view(response.text, seen.own().span, span_marks(colour), options.full ? 0 : kMost);
  }
  text += fmt::format("\n{}: {}\n", seen.sets.front().name(), verdict_text(seen.own()));
  if (seen.stored && (seen.stored->outcome != seen.own().outcome || seen.stored->rule != seen.own().rule)) {
    text += fmt::format("grades.parquet says: {} by {}, as graded by {}\n", name_of(seen.stored->outcome),
                        printable(seen.stored->rule), printable(seen.stored->graded_by));
  }
  return text + others_text(seen);
}

Json span_json(const std::optional<Span>& span) {
  return span ? Json{{"begin", span->begin}, {"end", span->end}} : Json(nullptr);
}

nlohmann::ordered_json grade_json(const Grade& grade) {
  return {{"span", span_json(grade.span)},
          {"rule", grade.rule},
          {"answer", grade.answer.empty() ? Json(nullptr) : Json(grade.answer)},
          {"outcome", name_of(grade.outcome)},
          {"score", grade.score},
          {"probability", grade.probability ? Json(*grade.probability) : Json(nullptr)},
          {"guessed", grade.guessed},
          {"conflict", grade.conflict}};
}

nlohmann::ordered_json explanation_json(const Explanation& seen) {
  nlohmann::ordered_json object{{"item", seen.item.id}, {"response", seen.response.text}};
  object.update(grade_json(seen.own()));
  object["gold"] = report::gold_answer(seen.item);
  object["protocol"] = seen.sets.front().name();
  object["question"] = seen.item.question;
  object["options"] = seen.item.options;
  object["kind"] = name_of(seen.item.kind);
  object["finish"] = name_of(seen.response.finish);
  object["error"] = seen.response.error;
  object["first_reply"] = seen.response.first_reply;
  object["reasoning"] = seen.response.reasoning;
  object["option_scores"] = option_scores_json(seen.item, seen.response, seen.own());
  if (seen.stored) {
    object["stored"] = {
        {"outcome", name_of(seen.stored->outcome)}, {"rule", seen.stored->rule}, {"graded_by", seen.stored->graded_by}};
  }
  object["rule_sets"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < seen.sets.size(); ++i) {
    nlohmann::ordered_json other{{"rule_set", seen.sets[i].name()}};
    other.update(grade_json(seen.grades[i]));
    object["rule_sets"].push_back(std::move(other));
  }
  return object;
}

tl::unexpected<Error> no_such_item(const RecordedRun& run, const std::string& id) {
  std::vector<std::string> near;
  for (const auto& item : run.items) {
    if (near.size() < 3 && item.id.find(id) != std::string::npos) near.push_back(item.id);
  }
  for (std::size_t i = 0; i < run.items.size() && near.size() < 3; ++i) near.push_back(run.items[i].id);
  return fail(ErrorCode::not_found, fmt::format("has no item '{}'", id), {run.folder.string()},
              fmt::format("its ids read like {}", fmt::join(near, ", ")));
}

using StoredGrades = std::unordered_map<std::string, GradeRow>;

/// The grades may be missing or from another Osler: what the rules say now does not depend on them.
StoredGrades stored_grades(const std::filesystem::path& folder) {
  StoredGrades stored;
  auto rows = read_grades(folder);
  if (!rows) return stored;
  for (auto& row : *rows) {
    std::string id = row.item_id;
    stored.insert_or_assign(std::move(id), std::move(row));
  }
  return stored;
}

Result<Explanation> explain(const RecordedRun& run, const std::vector<RuleSet>& sets, const StoredGrades& stored,
                            const std::string& id) {
  const Item* item = run.find(id);
  if (item == nullptr) return no_such_item(run, id);
  const Response* response = run.response_to(*item);
  if (response == nullptr) {
    return fail(ErrorCode::not_found, fmt::format("has no response to the item '{}' yet", id), {run.folder.string()},
                "finish the run first");
  }
  Explanation seen{run, *item, *response, sets, {}, nullptr};
  for (const auto& set : sets) seen.grades.push_back(set.grader.grade(*item, *response));
  if (const auto row = stored.find(id); row != stored.end()) seen.stored = &row->second;
  return seen;
}

Status why_run(const WhyOptions& options, std::string& out) {
  const auto folders = find_runs({options.run});
  if (!folders) return pass(folders);
  if (folders->size() > 1) {
    return fail(ErrorCode::usage, fmt::format("holds {} runs", folders->size()), {options.run},
                fmt::format("name one of them, as {}", folders->front().string()));
  }
  const auto run = read_recorded_run(folders->front());
  if (!run) return pass(run);
  const auto sets = rule_sets_for(*run, options.protocols);
  if (!sets) return pass(sets);
  const auto stored = stored_grades(run->folder);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const auto& id : options.items) {
    const auto seen = explain(*run, *sets, stored, id);
    if (!seen) return pass(seen);
    if (options.json) {
      list.push_back(explanation_json(*seen));
    } else {
      out += (out.empty() ? "" : "\n\n") + explanation_text(*seen, options);
    }
  }
  if (!options.json) return {};
  const auto& value = list.size() == 1 ? list.front() : list;
  out = value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return {};
}

int why(const WhyOptions& options) {
  std::string out;
  if (auto status = why_run(options, out); !status) return complain(status.error());
  std::cout << out;
  return kDone;
}

}  // namespace

void add_why_command(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("why", "Show what a model said to an item, what was read from it and by which rule");
  auto options = std::make_shared<WhyOptions>();
  command->add_option("run", options->run, "Folder of a run")->required();
  command->add_option("item", options->items, "Items, by their ids")->required();
  command->add_option("--protocols", options->protocols, "Rule sets to show beside the run's own: all, or names as a,b")
      ->delimiter(',')
      ->capture_default_str();
  command->add_flag("--full", options->full, "All of a long response, not only what is around the answer");
  command->add_flag("--json", options->json, "One object, or a list of them for several items");
  command->footer("Example:\n  osler why runs/Qwen2.5-VL-7B-Q4_K_M/vqa-rad/paper 'synpic42202 0'");
  command->callback([&action, options] { action = [options] { return why(*options); }; });
}

}  // namespace osler::cli
