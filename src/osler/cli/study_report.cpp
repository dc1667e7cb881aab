#include "osler/cli/study_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "osler/cli/common.h"
#include "osler/core/utf8.h"
#include "osler/model/model_card.h"
#include "osler/published/policy_file.h"
#include "osler/published/table_file.h"
#include "osler/published/table_reader.h"
#include "osler/report/study/study_tables.h"
#include "osler/run/recorded_run.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::pair<StudyFormat, const char*>, 5> kFormats = {{{StudyFormat::text, "text"},
                                                                          {StudyFormat::markdown, "markdown"},
                                                                          {StudyFormat::latex, "latex"},
                                                                          {StudyFormat::csv, "csv"},
                                                                          {StudyFormat::json, "json"}}};

/// Wide enough for a table of seven benchmarks.
constexpr std::size_t kTextWidth = 120;

/// `cards`: those that may tell the group.
report::ModelName name_of(const StudyModel& model, const std::vector<ModelCard>& cards) {
  report::ModelName name{model.name, model.group, model.size, model.published_as};
  if (const auto card = name.group.empty() ? card_for(model.name, cards) : std::nullopt) {
    name.group = osler::name_of(card->model_class);
  }
  return name;
}

Status add_run(report::StudyGrid& grid, std::size_t model, const fs::path& folder) {
  auto run = load_run_grades(folder);
  if (!run) return pass(run);
  const auto control = report::control_of(run->benchmark);
  run->benchmark = control.benchmark;
  grid.add(model, control.control, std::move(*run));
  return {};
}

Result<report::PublishedTable> published_table(const std::string& name) {
  report::PublishedTable found;
  if (name.empty()) return found;
  auto file = published::find_table(name);
  if (!file) return pass(file);
  found.name = name;
  found.source = file->source.citation;
  const auto read = published::read_table(std::move(file->text), file->file);
  if (!read) return pass(read);
  const audit::Table& table = read->table;
  for (const auto& cell : table.cells) {
    const auto& stratum = table.strata[cell.stratum];
    found.figures.push_back({table.models[cell.model], table.benchmarks[cell.benchmark],
                             audit::names_all_items(stratum) ? "overall" : stratum, audit::value_of(cell.value)});
  }
  return found;
}

Result<stats::Policy> policy_named(const std::string& name) {
  if (name.empty()) return stats::Policy{};
  return published::find_policy(name);
}

/// A run without control comes before its controls, wherever their folders stand.
struct NamedRun {
  std::size_t model = 0;
  report::ControlName name;
  fs::path folder;
};

}  // namespace

Result<StudyFormat> study_format_from(const std::string& name) {
  std::string known;
  for (const auto& [format, word] : kFormats) {
    if (name == word) return format;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  return fail(ErrorCode::usage, fmt::format("unknown report format '{}'", printable_line(name)), {},
              fmt::format("use one of {}", known));
}

Result<report::StudyReport> report_study(const Study& study, const StudyProgress& progress,
                                         const std::string& protocol) {
  const auto cards = model_cards();
  std::vector<report::ModelName> models;
  for (const auto& model : study.models) models.push_back(name_of(model, cards));
  report::StudyGrid grid(std::move(models));
  for (const auto& run : progress.runs) {
    if (run.protocol != protocol) continue;
    if (auto status = add_run(grid, run.model, run.folder); !status) {
      note("osler: " + printable_line(status.error().message()));
    }
  }
  const auto published = published_table(study.published);
  if (!published) return pass(published);
  const auto policy = policy_named(study.policy);
  if (!policy) return pass(policy);
  const report::StudyFacts facts{study.name, study.title, study.citation, {study.margins.match, study.margins.spread}};
  return report::make_study_report(facts, grid, *published, *policy);
}

Result<report::StudyReport> report_folders(const std::vector<fs::path>& folders, const std::string& policy_name) {
  const auto policy = policy_named(policy_name);
  if (!policy) return pass(policy);
  const auto cards = model_cards();
  std::vector<report::ModelName> models;
  std::vector<NamedRun> runs;
  for (const auto& folder : folders) {
    const auto manifest = read_manifest(folder);
    if (!manifest) return pass(manifest);
    const auto known = std::ranges::find(models, manifest->model, &report::ModelName::name);
    const auto index = static_cast<std::size_t>(known - models.begin());
    if (known == models.end()) models.push_back(name_of({.name = manifest->model}, cards));
    runs.push_back({index, report::control_of(manifest->benchmark), folder});
  }
  std::ranges::stable_sort(runs, [](const NamedRun& a, const NamedRun& b) {
    return (a.name.control == report::Control::none) > (b.name.control == report::Control::none);
  });
  report::StudyGrid grid(std::move(models));
  for (const auto& run : runs) {
    if (auto status = add_run(grid, run.model, run.folder); !status) return pass(status);
  }
  return report::make_study_report({"", fmt::format("{} runs", folders.size()), "", {}}, grid, {}, *policy);
}

std::string render_document(const report::Document& document, StudyFormat format) {
  switch (format) {
    case StudyFormat::latex:
      return report::latex_document(document);
    case StudyFormat::markdown:
      return report::markdown_document(document);
    case StudyFormat::csv:
      return report::csv_document(document);
    case StudyFormat::text:
    case StudyFormat::json:
      break;
  }
  return report::text_document(document, kTextWidth);
}

std::string render_study(const report::StudyReport& report, StudyFormat format) {
  if (format == StudyFormat::json) return report::study_json(report);
  if (format == StudyFormat::csv) return report::study_csv(report);
  return render_document(report::study_document(report), format);
}

Status write_study_reports(const report::StudyReport& report, const fs::path& stem) {
  constexpr std::array<std::pair<StudyFormat, const char*>, 4> kFiles = {{{StudyFormat::markdown, ".md"},
                                                                          {StudyFormat::latex, ".tex"},
                                                                          {StudyFormat::csv, ".csv"},
                                                                          {StudyFormat::json, ".json"}}};
  for (const auto& [format, ending] : kFiles) {
    if (auto status = write_file_atomically(stem.string() + ending, render_study(report, format)); !status) {
      return status;
    }
  }
  return {};
}

}  // namespace osler::cli
