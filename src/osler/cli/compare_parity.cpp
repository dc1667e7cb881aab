#include "osler/cli/compare_parity.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <unordered_map>
#include <vector>

#include "osler/cli/common.h"
#include "osler/core/utf8.h"
#include "osler/report/rule_sets.h"
#include "osler/run/grades_file.h"
#include "osler/run/parity_file.h"
#include "osler/run/recorded_run.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// A run with the grades that stand in its table.
struct GradedRun {
  RecordedRun recorded;
  std::unordered_map<std::string, GradeRow> rows;  ///< By item.
  report::RunGrades grades;
  std::string graded_by;
};

Result<GradedRun> load(const fs::path& folder) {
  auto recorded = read_recorded_run(folder);
  if (!recorded) return pass(recorded);
  auto rows = read_grades(folder);
  if (!rows) return pass(rows);
  auto grades = load_run_grades(folder);
  if (!grades) return pass(grades);
  GradedRun run{std::move(*recorded), {}, std::move(*grades), {}};
  for (auto& row : *rows) {
    run.graded_by = row.graded_by;
    std::string id = row.item_id;
    run.rows.emplace(std::move(id), std::move(row));
  }
  return run;
}

std::string identity_of(const Manifest& manifest, const std::string& name) {
  const auto found = manifest.identity.find(name);
  return found == manifest.identity.end() ? "(none)" : found->second;
}

/// Whether both were asked the same: every difference, in words.
std::vector<std::string> differences(const GradedRun& a, const GradedRun& b) {
  const Manifest& first = a.recorded.manifest;
  const Manifest& second = b.recorded.manifest;
  std::vector<std::string> found;
  const auto compare = [&found](const char* what, const std::string& one, const std::string& other) {
    constexpr std::size_t kEnough = 40;
    if (one != other)
      found.push_back(fmt::format("{} {} and {}", what, one.substr(0, kEnough), other.substr(0, kEnough)));
  };
  compare("benchmarks", first.benchmark, second.benchmark);
  compare("row sets", first.row_set_hash, second.row_set_hash);
  compare("protocols", first.protocol, second.protocol);
  // An import says nothing of how its model was asked.
  if (first.engine != "import" && second.engine != "import") {
    constexpr std::array<const char*, 6> kAsked = {"protocol_sha256", "max_new_tokens", "temperature", "seed",
                                                   "image_policy",    "reasoning"};
    for (const char* name : kAsked) compare(name, identity_of(first, name), identity_of(second, name));
  }
  if (!a.rows.empty() && !b.rows.empty()) compare("rules", a.graded_by, b.graded_by);
  return found;
}

Status check_comparable(const GradedRun& a, const GradedRun& b) {
  const auto found = differences(a, b);
  if (!found.empty()) {
    return fail(ErrorCode::mismatch, fmt::format("the runs cannot be compared: {}", fmt::join(found, "; ")),
                {b.recorded.folder.string()},
                "ask the same row set under the same protocol with both engines, or leave out --parity");
  }
  return {};
}

report::ParityAnswer answer_of(const GradedRun& run, const std::string& id) {
  report::ParityAnswer answer;
  if (const auto row = run.rows.find(id); row != run.rows.end()) {
    answer.answer = row->second.answer;
    answer.outcome = row->second.outcome;
  }
  if (const auto response = run.recorded.responses.find(id); response != run.recorded.responses.end()) {
    const Response& said = response->second;
    answer.text = said.finish == FinishReason::error ? said.error : said.text;
  }
  return answer;
}

Status record(const GradedRun& a, const GradedRun& b, const report::Parity& parity) {
  ParityRecord made;
  made.engine = b.grades.engine_id;
  made.other_engine = a.grades.engine_id;
  made.other_model = a.recorded.manifest.model;
  made.other_run = a.recorded.folder.string();
  made.benchmark = b.recorded.manifest.benchmark;
  made.n = parity.comparison.n;
  made.equal_answers = parity.same_answers;
  made.difference = parity.accuracy_a.value - parity.accuracy_b.value;
  made.p_exact = parity.exact_p;
  made.made = timestamp();
  return add_parity(b.recorded.folder, made);
}

}  // namespace

void name_apart(report::RunGrades& a, report::RunGrades& b) {
  if (a.model != b.model) return;
  a.model += " (a)";
  b.model += " (b)";
}

Result<report::Parity> compare_parity(const fs::path& folder_a, const fs::path& folder_b) {
  auto a = load(folder_a);
  if (!a) return pass(a);
  auto b = load(folder_b);
  if (!b) return pass(b);
  if (auto status = check_comparable(*a, *b); !status) return pass(status);
  std::vector<report::ParityItem> items;
  items.reserve(a->recorded.items.size());
  for (const auto& item : a->recorded.items) {
    if (!a->rows.contains(item.id)) continue;
    items.push_back({item.id, report::gold_answer(item), answer_of(*a, item.id), answer_of(*b, item.id)});
  }
  name_apart(a->grades, b->grades);
  auto parity = report::make_parity(a->grades, b->grades, std::move(items));
  if (!parity) return parity;
  parity->planned = a->recorded.items.size();
  parity->source_a = fmt::format("{}, {}", a->recorded.manifest.engine, folder_a.string());
  parity->source_b = fmt::format("{}, {}", b->recorded.manifest.engine, folder_b.string());
  if (auto status = record(*a, *b, *parity); !status) {
    note("osler: " + printable_line(status.error().message()) + "; reports will not know of this comparison");
  }
  return parity;
}

}  // namespace osler::cli
