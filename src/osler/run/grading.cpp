#include "osler/run/grading.h"

#include <fmt/format.h>

#include "osler/run/journal.h"
#include "osler/run/manifest.h"

namespace osler {

namespace fs = std::filesystem;

Result<grade::Grader> make_grader(const Protocol& protocol) {
  const ExtractionRules& wanted = protocol.extraction;
  grade::ExtractionSpec spec;
  spec.evaluator = wanted.evaluator;
  if (!spec.evaluator.empty()) return grade::Grader::make(spec);
  spec.rules = wanted.rules;
  const auto source = grade::answer_source_from(wanted.source);
  if (!source) {
    return fail(ErrorCode::usage,
                fmt::format("the protocol '{}' looks for answers in '{}'", protocol.name, wanted.source), {},
                "known sources: last_box, whole_text, lenient");
  }
  const auto open_match = grade::open_match_from(wanted.open_match);
  if (!open_match) {
    return fail(ErrorCode::usage,
                fmt::format("the protocol '{}' compares open answers by '{}'", protocol.name, wanted.open_match), {},
                "known: words, key, squad");
  }
  spec.source = *source;
  spec.open_match = *open_match;
  return grade::Grader::make(spec);
}

std::vector<GradedResponse> grade_all(const std::vector<Item>& items,
                                      const std::unordered_map<std::string, Response>& responses,
                                      const grade::Grader& grader) {
  std::vector<GradedResponse> rows;
  for (const auto& item : items) {
    const auto response = responses.find(item.id);
    if (response == responses.end()) continue;
    GradedResponse row{&item, &response->second, grader.grade(item, response->second), {}};
    if (item.kind == Kind::open) row.scores = grade::open_scores(row.grade.answer, item.gold);
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::uint64_t> grade_run(const fs::path& folder, const Protocol& rules, const grade::Grader& grader) {
  const auto manifest = read_manifest(folder);
  if (!manifest) return pass(manifest);
  const auto items = read_items(folder);
  if (!items) return pass(items);
  const auto responses = read_responses(folder);
  if (!responses) return pass(responses);
  const auto rows = grade_all(*items, *responses, grader);
  if (auto status = write_grades(folder, *manifest, rules.name, rows); !status) return pass(status);
  return static_cast<std::uint64_t>(rows.size());
}

}  // namespace osler
