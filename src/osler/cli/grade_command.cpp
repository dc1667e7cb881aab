#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <unordered_map>

#include "osler/cli/capability_labels.h"
#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/rule_set_view.h"
#include "osler/report/rule_sets.h"
#include "osler/run/grades_file.h"
#include "osler/run/grading.h"
#include "osler/run/recorded_run.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct GradeOptions {
  std::vector<std::string> paths;
  std::string protocol;
  std::string labels;
  std::vector<std::string> protocols;
  bool explain_changes = false;
  bool json = false;
  std::size_t most = 20;
};

Status grade_folder(const fs::path& folder, const std::string& protocol, const std::string& labels) {
  const auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  const auto rules = rule_set_for(folder, *manifest, protocol);
  if (!rules) return pass(rules);
  if (!labels.empty()) {
    if (auto status = label_run(folder, *manifest, labels); !status) return status;
  }
  const auto graded = grade_run(folder, rules->protocol, rules->grader);
  if (!graded) return pass(graded);
  note(fmt::format("{}: {} responses graded by the protocol {}", folder.string(), *graded, rules->name()));
  return {};
}

int grade_all(const std::vector<fs::path>& folders, const std::string& protocol, const std::string& labels) {
  for (const auto& folder : folders) {
    if (auto status = grade_folder(folder, protocol, labels); !status) return complain(status.error());
  }
  return print_report(folders, report::Format::text, {});
}

/// What one run's responses come to under several rule sets. Nothing is written.
Result<std::string> compare_rule_sets(const fs::path& folder, const GradeOptions& options) {
  const auto run = read_recorded_run(folder);
  if (!run) return pass(run);
  const auto sets = rule_sets_for(*run, options.protocols);
  if (!sets) return pass(sets);
  const auto view = view_of(*run, *sets);
  return options.json ? report::rule_sets_json(view) : report::rule_sets_text(view, options.most);
}

/// What would change in grades.parquet. Nothing is written.
Result<std::string> explain_changes(const fs::path& folder, const GradeOptions& options) {
  const auto run = read_recorded_run(folder);
  if (!run) return pass(run);
  const auto rules = rule_set_for(folder, run->manifest, options.protocol);
  if (!rules) return pass(rules);
  const auto stored = read_grades(folder);
  if (!stored) return pass(stored);
  std::unordered_map<std::string, const GradeRow*> before;
  for (const auto& row : *stored) before.emplace(row.item_id, &row);
  std::vector<report::Change> changes;
  std::size_t items = 0;
  for (const auto& item : run->items) {
    const auto row = before.find(item.id);
    const auto* response = run->response_to(item);
    if (row == before.end() || response == nullptr) continue;
    ++items;
    Grade was;
    was.outcome = row->second->outcome;
    was.answer = row->second->answer;
    was.rule = row->second->rule;
    was.score = row->second->score;
    was.guessed = row->second->guessed;
    auto is = rules->grader.grade(item, *response);
    if (report::differ(was, is)) changes.push_back({seen_item(item, *response), std::move(was), std::move(is)});
  }
  if (options.json) return report::changes_json(changes);
  const std::string now = stored->empty() ? "grades.parquet" : stored->front().graded_by;
  return report::changes_text(changes, items, "now (" + now + ")", rules->name());
}

int show(const std::vector<fs::path>& folders, const GradeOptions& options) {
  if (options.json && folders.size() > 1) {
    return complain({ErrorCode::usage,
                     fmt::format("--json is of one run, and there are {}", folders.size()),
                     {},
                     fmt::format("name one of them, as {}", folders.front().string())});
  }
  for (std::size_t i = 0; i < folders.size(); ++i) {
    const auto text =
        options.explain_changes ? explain_changes(folders[i], options) : compare_rule_sets(folders[i], options);
    if (!text) return complain(text.error());
    if (folders.size() > 1 && !options.json) std::cout << (i > 0 ? "\n" : "") << folders[i].string() << ":\n\n";
    std::cout << *text;
  }
  if (options.explain_changes) note("nothing was written; without --explain-changes the grades are replaced");
  return kDone;
}

int grade(const GradeOptions& options) {
  const auto folders = find_runs(options.paths);
  if (!folders) return complain(folders.error());
  if (!options.protocols.empty() || options.explain_changes) return show(*folders, options);
  return grade_all(*folders, options.protocol, options.labels);
}

}  // namespace

void add_grade_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("grade", "Grade recorded responses again, without asking the model");
  auto options = std::make_shared<GradeOptions>();
  command->add_option("run", options->paths, "Folders of runs, or folders above them")->required();
  auto* protocol =
      command->add_option("-p,--protocol", options->protocol, "Rules to grade by (default: the protocol of the run)");
  auto* protocols = command
                        ->add_option("--protocols", options->protocols,
                                     "Only show what several rule sets make of the responses: all, or names as a,b")
                        ->delimiter(',');
  auto* explain = command->add_flag("--explain-changes", options->explain_changes,
                                    "Only show the items that --protocol would grade otherwise than now");
  protocols->excludes(protocol)->excludes(explain);
  command
      ->add_option(
          "--labels", options->labels,
          "Capability labels as 'osler capability label' wrote them, to be kept with the run: a folder or a file")
      ->excludes(protocols)
      ->excludes(explain);
  command->add_option("--most", options->most, "With --protocols: how many discordant items to show")
      ->capture_default_str();
  command->add_flag("--json", options->json, "With --protocols or --explain-changes: JSON, all items");
  command->footer(
      "Examples:\n"
      "  osler grade runs/ --protocol direct\n"
      "  osler grade runs/llava/mmmu-medical/paper --protocols all\n"
      "  osler grade runs/llava/mmmu-medical/paper --protocol lenient --explain-changes");
  command->callback([&action, options] { action = [options] { return grade(*options); }; });
}

}  // namespace osler::cli
