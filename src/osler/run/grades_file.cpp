#include "osler/run/grades_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>

#include "osler/grade/metrics.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTable = R"sql(
CREATE TABLE grades (
  model VARCHAR, benchmark VARCHAR, row_set VARCHAR, protocol VARCHAR, graded_by VARCHAR, engine VARCHAR,
  item_id VARCHAR, image_cluster VARCHAR, kind VARCHAR, capability VARCHAR, capability_source VARCHAR,
  gold VARCHAR, gold_option INTEGER, answer VARCHAR, answer_option INTEGER,
  outcome VARCHAR, correct INTEGER, parsed INTEGER, score DOUBLE,
  rule VARCHAR, span_begin BIGINT, span_end BIGINT, conflict BOOLEAN,
  finish VARCHAR, error VARCHAR, prompt_hash VARCHAR,
  prompt_tokens BIGINT, image_tokens BIGINT, completion_tokens BIGINT, prefill_ms DOUBLE, decode_ms DOUBLE,
  strata VARCHAR,
  token_f1 DOUBLE, token_recall DOUBLE, bleu_1 DOUBLE, rouge_l DOUBLE)
)sql";

/// DuckDB checks that text is UTF-8; what a model writes need not be.
std::string utf8(const std::string& text) {
  const std::string quoted = dump_json(Json(text));
  return Json::parse(quoted).get<std::string>();
}

SqlValue optional_index(const std::optional<std::size_t>& index) {
  if (!index) return std::monostate{};
  return static_cast<std::int64_t>(*index);
}

SqlValue whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

bool is_parsed(Outcome outcome) { return outcome == Outcome::correct || outcome == Outcome::wrong; }

/// token_f1, token_recall, bleu_1, rouge_l: of open items, NULL for others.
std::array<SqlValue, 4> open_columns(const Item& item, const Grade& grade) {
  if (item.kind != Kind::open) return {};
  const auto scores = grade::open_scores(grade.answer, item.gold);
  return {scores.token_f1, scores.token_recall, scores.bleu_1, scores.rouge_l};
}

std::vector<SqlValue> row_of(const Manifest& manifest, const std::string& graded_by, const GradedResponse& graded) {
  const auto& [item, response, grade] = graded;
  const bool labeled = item.capability != Capability::unlabeled;
  auto [token_f1, token_recall, bleu_1, rouge_l] = open_columns(item, grade);
  return {utf8(manifest.model),
          manifest.benchmark,
          manifest.row_set,
          manifest.protocol,
          graded_by,
          manifest.engine,
          utf8(item.id),
          response.image_cluster,
          std::string(name_of(item.kind)),
          std::string(name_of(item.capability)),
          std::string(labeled ? "gold" : "none"),
          utf8(item.gold),
          optional_index(item.gold_option),
          utf8(grade.answer),
          optional_index(grade.answer_option),
          std::string(name_of(grade.outcome)),
          std::int64_t{grade.outcome == Outcome::correct ? 1 : 0},
          std::int64_t{is_parsed(grade.outcome) ? 1 : 0},
          grade.score,
          grade.rule,
          grade.span ? whole(grade.span->begin) : SqlValue{},
          grade.span ? whole(grade.span->end) : SqlValue{},
          grade.conflict,
          std::string(name_of(response.finish)),
          utf8(response.error),
          response.prompt_hash,
          whole(response.prompt_tokens),
          whole(response.image_tokens),
          whole(response.completion_tokens),
          response.prefill_ms,
          response.decode_ms,
          dump_json(Json(item.strata)),
          std::move(token_f1),
          std::move(token_recall),
          std::move(bleu_1),
          std::move(rouge_l)};
}

std::string text_at(const std::vector<SqlValue>& row, std::size_t column) {
  const auto* text = std::get_if<std::string>(&row.at(column));
  return text == nullptr ? std::string() : *text;
}

std::optional<double> number_at(const std::vector<SqlValue>& row, std::size_t column) {
  const auto* number = std::get_if<double>(&row.at(column));
  return number == nullptr ? std::nullopt : std::optional(*number);
}

tl::unexpected<Error> grades_failure(const fs::path& path, Error error) {
  error.what = "is not a readable grades file (" + error.what + ")";
  error.where.file = path.string();
  error.way_out = "make it anew with 'osler grade'";
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Status write_grades(const fs::path& folder, const Manifest& manifest, const std::string& graded_by,
                    const std::vector<GradedResponse>& rows) {
  auto database = Database::open();
  if (!database) return pass(database);
  if (auto made = database->query(kTable); !made) return pass(made);
  std::vector<std::vector<SqlValue>> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(row_of(manifest, graded_by, row));
  if (auto status = database->append("grades", values); !status) return status;
  const fs::path path = folder / "grades.parquet";
  // Of this process alone: a run and 'osler grade' may write grades at the same time.
  const fs::path temporary = folder / fmt::format("grades.parquet.{}.tmp", ::getpid());
  const auto copied = database->query(
      fmt::format("COPY (SELECT * REPLACE (strata::JSON::MAP(VARCHAR, VARCHAR) AS strata) FROM grades) TO {} "
                  "(FORMAT parquet, COMPRESSION zstd)",
                  sql_quote(temporary.string())));
  std::error_code problem;
  if (copied) fs::rename(temporary, path, problem);
  if (!copied || problem) {
    const std::string reason = copied ? problem.message() : copied.error().what;
    fs::remove(temporary, problem);
    return fail(ErrorCode::io, "cannot be written (" + reason + ")", {path.string()},
                "free some space or mend the permissions, then run 'osler grade' on this folder");
  }
  return {};
}

Result<std::vector<GradeRow>> read_grades(const fs::path& folder) {
  const fs::path path = folder / "grades.parquet";
  std::error_code problem;
  if (!fs::exists(path, problem)) {
    return fail(ErrorCode::not_found, "is not there", {path.string()}, "make it with 'osler grade'");
  }
  auto database = Database::open();
  if (!database) return pass(database);
  // A folder may be called "r*" or "outcome=wrong": neither a wildcard nor a column.
  const std::vector<SqlValue> parameters{plain_path(path)};
  // The union with no rows gives a file from before there were metrics their columns, as NULL.
  auto rows = database->query(
      "SELECT item_id, image_cluster, kind, capability, capability_source, outcome, rule, graded_by, "
      "to_json(strata)::VARCHAR, token_f1, token_recall FROM (FROM read_parquet(?, hive_partitioning = false) "
      "UNION ALL BY NAME SELECT NULL::DOUBLE AS token_f1, NULL::DOUBLE AS token_recall WHERE false)",
      parameters);
  if (!rows) return grades_failure(path, rows.error());
  std::vector<GradeRow> grades;
  while (true) {
    auto row = rows->next();
    if (!row) return grades_failure(path, row.error());
    if (row->empty()) return grades;
    GradeRow grade;
    grade.item_id = text_at(*row, 0);
    grade.image_cluster = text_at(*row, 1);
    grade.kind = kind_from(text_at(*row, 2)).value_or(Kind::open);
    grade.capability = capability_from(text_at(*row, 3)).value_or(Capability::unlabeled);
    grade.capability_source = text_at(*row, 4);
    grade.outcome = outcome_from(text_at(*row, 5)).value_or(Outcome::error);
    grade.rule = text_at(*row, 6);
    grade.graded_by = text_at(*row, 7);
    const auto strata = parse_json(text_at(*row, 8), {path.string()});
    if (strata && strata->is_object()) grade.strata = strata->get<std::map<std::string, std::string>>();
    grade.token_f1 = number_at(*row, 9);
    grade.token_recall = number_at(*row, 10);
    grades.push_back(std::move(grade));
  }
}

}  // namespace osler
