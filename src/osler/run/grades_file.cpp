#include "osler/run/grades_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string_view>

#include "osler/run/run_labels.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/duckdb_columns.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// The columns are made of these.
using Rows = std::span<const GradedResponse>;

template <class ValueOf>
ParquetColumn column(std::string name, ColumnType type, Rows rows, ValueOf value_of) {
  return {std::move(name), type, [rows, value_of](ColumnCells& cells, std::size_t first, std::size_t count) {
            for (std::size_t i = 0; i < count; ++i) cells.set(i, value_of(rows[first + i]));
          }};
}

template <class ValueOf>
ParquetColumn text(std::string name, Rows rows, ValueOf value_of) {
  return column(std::move(name), ColumnType::text, rows,
                [value_of](const GradedResponse& row) -> std::string_view { return value_of(row); });
}

ParquetColumn same_text(std::string name, const std::string& value) {
  return {std::move(name), ColumnType::text,
          [&value](ColumnCells& cells, std::size_t, std::size_t) { cells.set_all(value); }};
}

template <class ValueOf>
ParquetColumn integer(std::string name, Rows rows, ValueOf value_of) {
  return column(std::move(name), ColumnType::integer, rows,
                [value_of](const GradedResponse& row) -> std::optional<std::int32_t> { return value_of(row); });
}

template <class ValueOf>
ParquetColumn big_integer(std::string name, Rows rows, ValueOf value_of) {
  return column(std::move(name), ColumnType::big_integer, rows,
                [value_of](const GradedResponse& row) -> std::optional<std::int64_t> { return value_of(row); });
}

template <class ValueOf>
ParquetColumn real(std::string name, Rows rows, ValueOf value_of) {
  return column(std::move(name), ColumnType::real, rows,
                [value_of](const GradedResponse& row) -> std::optional<double> { return value_of(row); });
}

template <class ValueOf>
ParquetColumn boolean(std::string name, Rows rows, ValueOf value_of) {
  return column(std::move(name), ColumnType::boolean, rows, value_of);
}

ParquetColumn score(std::string name, Rows rows, double grade::OpenScores::*member) {
  return real(std::move(name), rows, [member](const GradedResponse& row) {
    return row.scores ? std::optional((*row.scores).*member) : std::nullopt;
  });
}

std::optional<std::int32_t> option_number(const std::optional<std::size_t>& option) {
  if (!option) return std::nullopt;
  return static_cast<std::int32_t>(*option);
}

std::int64_t whole(std::uint64_t value) { return static_cast<std::int64_t>(value); }

bool is_parsed(Outcome outcome) { return outcome == Outcome::correct || outcome == Outcome::wrong; }

std::vector<ParquetColumn> item_columns(Rows rows, const CapabilityJoin& join) {
  using Row = const GradedResponse&;
  return {
      text("item_id", rows, [](Row row) { return std::string_view(row.item->id); }),
      text("image_cluster", rows, [](Row row) { return std::string_view(row.response->image_cluster); }),
      text("kind", rows, [](Row row) { return name_of(row.item->kind); }),
      column("capability", ColumnType::text, rows, [&join](Row row) { return name_of(join.of(*row.item).capability); }),
      column("capability_source", ColumnType::text, rows, [&join](Row row) { return join.of(*row.item).source; }),
      real("capability_probability", rows, [&join](Row row) { return join.of(*row.item).probability; }),
      column("capability_predicted", ColumnType::text, rows,
             [&join](Row row) -> std::optional<std::string_view> {
               const auto predicted = join.of(*row.item).predicted;
               if (!predicted) return std::nullopt;
               return name_of(*predicted ? Capability::reasoning : Capability::understanding);
             }),
      text("gold", rows, [](Row row) { return std::string_view(row.item->gold); }),
      integer("gold_option", rows, [](Row row) { return option_number(row.item->gold_option); }),
      integer("options", rows, [](Row row) { return option_number(row.item->options.size()); })};
}

std::vector<ParquetColumn> grade_columns(Rows rows) {
  using Row = const GradedResponse&;
  using Bytes = std::optional<std::int64_t>;
  return {text("answer", rows, [](Row row) { return std::string_view(row.grade.answer); }),
          integer("answer_option", rows, [](Row row) { return option_number(row.grade.answer_option); }),
          text("outcome", rows, [](Row row) { return name_of(row.grade.outcome); }),
          integer("correct", rows, [](Row row) { return row.grade.outcome == Outcome::correct ? 1 : 0; }),
          integer("parsed", rows, [](Row row) { return is_parsed(row.grade.outcome) ? 1 : 0; }),
          real("score", rows, [](Row row) { return row.grade.score; }),
          text("rule", rows, [](Row row) { return std::string_view(row.grade.rule); }),
          big_integer("span_begin", rows,
                      [](Row row) { return row.grade.span ? Bytes(whole(row.grade.span->begin)) : std::nullopt; }),
          big_integer("span_end", rows,
                      [](Row row) { return row.grade.span ? Bytes(whole(row.grade.span->end)) : std::nullopt; }),
          boolean("conflict", rows, [](Row row) { return row.grade.conflict; }),
          boolean("guessed", rows, [](Row row) { return row.grade.guessed; }),
          real("answer_probability", rows, [](Row row) { return row.grade.probability; })};
}

std::vector<ParquetColumn> response_columns(Rows rows) {
  using Row = const GradedResponse&;
  return {text("finish", rows, [](Row row) { return name_of(row.response->finish); }),
          text("error", rows, [](Row row) { return std::string_view(row.response->error); }),
          text("prompt_hash", rows, [](Row row) { return std::string_view(row.response->prompt_hash); }),
          big_integer("prompt_tokens", rows, [](Row row) { return whole(row.response->prompt_tokens); }),
          big_integer("image_tokens", rows, [](Row row) { return whole(row.response->image_tokens); }),
          big_integer("completion_tokens", rows, [](Row row) { return whole(row.response->completion_tokens); }),
          real("prefill_ms", rows, [](Row row) { return row.response->prefill_ms; }),
          real("decode_ms", rows, [](Row row) { return row.response->decode_ms; }),
          column("strata", ColumnType::text_map, rows,
                 [](Row row) -> const std::map<std::string, std::string>& { return row.item->strata; }),
          score("token_f1", rows, &grade::OpenScores::token_f1),
          score("token_recall", rows, &grade::OpenScores::token_recall),
          score("bleu_1", rows, &grade::OpenScores::bleu_1),
          score("rouge_l", rows, &grade::OpenScores::rouge_l)};
}

/// All columns in their order; docs/results.md says what they mean.
std::vector<ParquetColumn> columns_of(const Manifest& manifest, const std::string& graded_by, Rows rows,
                                      const CapabilityJoin& join) {
  std::vector<ParquetColumn> columns = {
      same_text("model", manifest.model),     same_text("benchmark", manifest.benchmark),
      same_text("row_set", manifest.row_set), same_text("protocol", manifest.protocol),
      same_text("graded_by", graded_by),      same_text("engine", manifest.engine)};
  for (auto& part : {item_columns(rows, join), grade_columns(rows), response_columns(rows)}) {
    columns.insert(columns.end(), part.begin(), part.end());
  }
  return columns;
}

std::string text_at(const std::vector<SqlValue>& row, std::size_t column) {
  const auto* text = std::get_if<std::string>(&row.at(column));
  return text == nullptr ? std::string() : *text;
}

std::optional<double> number_at(const std::vector<SqlValue>& row, std::size_t column) {
  const auto* number = std::get_if<double>(&row.at(column));
  return number == nullptr ? std::nullopt : std::optional(*number);
}

std::optional<std::size_t> place_at(const std::vector<SqlValue>& row, std::size_t column) {
  const auto* number = std::get_if<std::int64_t>(&row.at(column));
  if (number == nullptr || *number < 0) return std::nullopt;
  return static_cast<std::size_t>(*number);
}

tl::unexpected<Error> grades_failure(const fs::path& path, Error error) {
  error.what = "is not a readable grades file (" + error.what + ")";
  error.where.file = path.string();
  error.way_out = "make it anew with 'osler grade'";
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

Status write_grades(const fs::path& folder, const Manifest& manifest, const std::string& graded_by, Rows rows) {
  const fs::path path = folder / "grades.parquet";
  // Of this process alone: a run and 'osler grade' may write grades at the same time.
  const fs::path temporary = folder / fmt::format("grades.parquet.{}.tmp", ::getpid());
  const auto labels = recorded_labels(folder);
  if (!labels) return pass(labels);
  const CapabilityJoin join(*labels);
  const auto copied = write_parquet(temporary, columns_of(manifest, graded_by, rows, join), rows.size());
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

/// A file from elsewhere may hold anything; a mean of it would mean nothing.
bool are_shares(const GradeRow& row) {
  const auto is_share = [](double value) { return value >= 0.0 && value <= 1.0; };  // not NaN either
  return is_share(row.score) && is_share(row.token_f1.value_or(0.0)) && is_share(row.token_recall.value_or(0.0)) &&
         is_share(row.probability.value_or(0.0)) && is_share(row.capability_probability.value_or(0.0));
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
  // The union with no rows gives a file from before there were these columns NULL in them.
  auto rows = database->query(
      "SELECT item_id, image_cluster, kind, capability, capability_source, outcome, rule, graded_by, "
      "to_json(strata)::VARCHAR, token_f1::DOUBLE, token_recall::DOUBLE, score::DOUBLE, guessed, answer, conflict, "
      "answer_option::INTEGER, options::INTEGER, answer_probability::DOUBLE, capability_probability::DOUBLE, "
      "capability_predicted FROM "
      "(FROM read_parquet(?, hive_partitioning = false) UNION ALL BY NAME "
      "SELECT NULL::DOUBLE AS token_f1, NULL::DOUBLE AS token_recall, NULL::BOOLEAN AS guessed, NULL::INTEGER AS "
      "options, "
      "NULL::DOUBLE AS answer_probability, NULL::DOUBLE AS capability_probability, "
      "NULL::VARCHAR AS capability_predicted WHERE false)",
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
    grade.score = number_at(*row, 11).value_or(0.0);
    const auto* guessed = std::get_if<bool>(&row->at(12));
    grade.guessed = guessed != nullptr && *guessed;
    const auto* conflict = std::get_if<bool>(&row->at(14));
    grade.conflict = conflict != nullptr && *conflict;
    grade.answer = text_at(*row, 13);
    grade.answer_option = place_at(*row, 15);
    grade.options = place_at(*row, 16);
    grade.probability = number_at(*row, 17);
    grade.capability_probability = number_at(*row, 18);
    if (const auto predicted = capability_from(text_at(*row, 19))) {
      grade.capability_predicted = *predicted == Capability::reasoning;
    }
    if (!are_shares(grade)) {
      return grades_failure(
          path, {ErrorCode::malformed, fmt::format("item '{}' has a score outside of 0 to 1", grade.item_id), {}, {}});
    }
    grades.push_back(std::move(grade));
  }
}

}  // namespace osler
