#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/import_flow.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

nlohmann::ordered_json to_json(const ImportTotals& totals) {
  const Matching& matching = totals.matching;
  return {{"model", totals.model},
          {"benchmark", totals.benchmark},
          {"row_set", totals.row_set},
          {"protocol", totals.protocol},
          {"format", name_of(totals.format)},
          {"folder", totals.folder.string()},
          {"own_items", totals.own_items},
          {"records", totals.records},
          {"matched_by_id", matching.count(MatchedBy::id)},
          {"matched_by_question", matching.count(MatchedBy::question)},
          {"matched_by_position", matching.count(MatchedBy::position)},
          {"repeated", matching.repeated},
          {"unmatched", matching.unmatched.size()},
          {"items", totals.items},
          {"answered", matching.matches.size()},
          {"unanswered", matching.unanswered.size()},
          {"reordered_options", matching.reordered}};
}

int import_all(ImportOptions& options, const std::string& benchmark, bool json) {
  auto name = parse_row_set_name(benchmark);
  if (!name) return complain(name.error());
  options.benchmark = std::move(*name);
  const auto totals = import_responses(options);
  if (!totals) return complain(totals.error());
  if (!json) return print_report({totals->folder}, report::Format::text, {});
  std::cout << to_json(*totals).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return kDone;
}

}  // namespace

void add_import_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("import", "Grade responses that another tool recorded, as a run like any other");
  auto options = std::make_shared<ImportOptions>();
  auto benchmark = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("file", options->paths, "Files of responses, or folders of them")->required();
  command
      ->add_option("-f,--format", *format,
                   fmt::format("Which tool wrote them: {}", fmt::join(record_format_names(), ", ")))
      ->check(CLI::IsMember(record_format_names()));
  command
      ->add_option("-b,--benchmark", *benchmark,
                   "The row set that was asked: BENCHMARK[:SPLIT][/SUBSET], or the path of a card")
      ->required();
  command
      ->add_option("--map", options->mapping,
                   "Columns of a table: id=COLUMN,response=COLUMN,gold=COLUMN,options=A+B+C, ...")
      ->delimiter(',');
  command->add_option("-m,--model", options->model, "What to call the model (default: what the files say)")
      ->check([](const std::string& text) { return text.empty() ? std::string("is empty") : std::string(); });
  command->add_option("-p,--protocol", options->protocol, "Rules to grade by (default: the tool's own)");
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("-o,--out", options->out, "Folder for results")->capture_default_str();
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_flag("--own-items", options->own_items,
                    "Take questions and gold answers from the records, not from the benchmark");
  command->add_flag("--json", *json, "Print counts as JSON in place of the table");
  command->footer(
      "A record finds its item by its id, else by its question, else by its place; none is guessed.\n"
      "Example:\n"
      "  osler import results.json --format medevalkit --benchmark vqa-rad --data ~/data/vqa-rad --model Lingshu-7B\n"
      "  osler import answers.csv --format table --map id=qid,response=pred --benchmark slake --data ~/data/slake");
  command->callback([&action, options, benchmark, format, json] {
    options->format = record_format_from(*format);
    action = [options, benchmark, json] { return import_all(*options, *benchmark, *json); };
  });
}

}  // namespace osler::cli
