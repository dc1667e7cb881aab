#include "osler/published/table_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "osler/published/records.h"

namespace osler::published {
namespace {

constexpr std::size_t kMostCombinations = 1'000'000;
constexpr std::size_t kMostModels = 1'000;

/// A value on its way into the table.
struct Entry {
  std::size_t row = 0;
  std::string column = {};  ///< For messages.
  std::string benchmark = {};
  std::string stratum = {};
  PrintedNumber number = {};
  std::optional<std::uint64_t> n = {};
};

tl::unexpected<Error> wrong(const Records& records, const Record& row, std::string what, std::string way_out) {
  return fail(ErrorCode::malformed, std::move(what), {records.file, row.line}, std::move(way_out));
}

bool names_average(std::string_view name) {
  constexpr std::array<std::string_view, 8> kNames{"avg",       "avg.",          "average", "mean",
                                                   "macro avg", "macro average", "overall", "avg acc"};
  return std::ranges::find(kNames, lower_case(name)) != kNames.end();
}

/// Gathers the entries of a file in either form.
class Reader {
 public:
  Reader(const Records& records, const ReadingOptions& options) : records_(records), options_(options) {}

  Result<PublishedTable> read() {
    model_ = records_.find({"model", "models", "method", "methods"});
    if (model_ == none()) {
      return fail(ErrorCode::unsupported, "has no column 'model', so its rows are not results of models",
                  {records_.file, 1}, "name the column of models 'model'");
    }
    used_.insert(model_);
    accuracy_ = records_.find({"accuracy", "acc"});
    benchmark_ = records_.find({"benchmark", "dataset", "eval_dataset", "task"});
    const bool is_long = accuracy_ != none() && benchmark_ != none();
    auto status = is_long ? read_long() : read_wide();
    if (!status) return pass(status);
    name_rows();
    return make_table();
  }

 private:
  [[nodiscard]] std::size_t none() const { return records_.columns.size(); }

  [[nodiscard]] bool ignored(std::size_t column) const {
    return std::ranges::find(options_.ignored, records_.columns[column]) != options_.ignored.end();
  }

  Status read_long() {
    const auto stratum = records_.find({"stratum", "split", "subset", "capability"});
    const auto n = records_.find({"n", "items", "count"});
    used_.insert({accuracy_, benchmark_, stratum, n});
    for (std::size_t i = 0; i < records_.rows.size(); ++i) {
      const Record& row = records_.rows[i];
      Entry entry{.row = i, .column = records_.columns[accuracy_], .benchmark = row.cells[benchmark_].text};
      if (entry.benchmark.empty()) return wrong(records_, row, "names no benchmark", "fill in the cell");
      if (stratum != none()) entry.stratum = row.cells[stratum].text;
      const PrintedCell& value = row.cells[accuracy_];
      if (value.kind == CellKind::missing) continue;
      if (value.kind == CellKind::text) {
        return wrong(records_, row, fmt::format("'{}' is not an accuracy", value.text.substr(0, 40)),
                     "write a number or leave the cell empty");
      }
      entry.number = value.number;
      if (n != none() && row.cells[n].kind == CellKind::number) {
        const auto& items = row.cells[n].number;
        if (items.decimals > 0 || items.percent || items.digits < 1) {
          return wrong(records_, row, fmt::format("'{}' is not a number of items", row.cells[n].text),
                       "write a whole number from 1, or leave the cell empty");
        }
        entry.n = static_cast<std::uint64_t>(items.digits);
      }
      entries_.push_back(std::move(entry));
    }
    return {};
  }

  Status read_wide() {
    for (std::size_t column = 0; column < none(); ++column) {
      if (column == model_ || ignored(column)) continue;
      if (auto status = read_column(column); !status) return status;
    }
    return {};
  }

  /// A column of numbers, or of words; one with more numbers than words has a cell that is wrong.
  Status read_column(std::size_t column) {
    std::size_t numbers = 0;
    const Record* word = nullptr;
    std::size_t words = 0;
    for (const auto& row : records_.rows) {
      const auto kind = row.cells[column].kind;
      numbers += kind == CellKind::number ? 1U : 0U;
      if (kind != CellKind::text) continue;
      ++words;
      if (word == nullptr) word = &row;
    }
    if (numbers <= words) return {};
    const auto& name = records_.columns[column];
    if (word != nullptr) {
      return wrong(records_, *word,
                   fmt::format("'{}' in the column '{}' is not a number", word->cells[column].text.substr(0, 40), name),
                   "write a number with a point, leave the cell empty, or name the column with --ignore");
    }
    if (name.empty()) return wrong(records_, records_.rows.front(), "stands below a column without a name", "name it");
    used_.insert(column);
    for (std::size_t i = 0; i < records_.rows.size(); ++i) {
      const PrintedCell& cell = records_.rows[i].cells[column];
      if (cell.kind == CellKind::number) {
        entries_.push_back({.row = i, .column = name, .benchmark = name, .number = cell.number});
      }
    }
    return {};
  }

  /// Rows that the model alone does not tell apart are called by all their words.
  void name_rows() {
    std::set<std::tuple<std::string, std::string, std::string>> seen;
    bool alone = true;
    for (const auto& entry : entries_) {
      const auto& model = records_.rows[entry.row].cells[model_].text;
      alone = seen.emplace(model, entry.benchmark, entry.stratum).second && alone;
    }
    std::vector<std::string> joined;
    for (const auto& row : records_.rows) {
      std::string name = row.cells[model_].text;
      for (std::size_t column = 0; !alone && column < none(); ++column) {
        const auto& cell = row.cells[column];
        if (used_.contains(column) || ignored(column) || cell.kind != CellKind::text) continue;
        name += " / " + cell.text;
        if (row.line == records_.rows.front().line) joined.push_back(records_.columns[column]);
      }
      names_.push_back(std::move(name));
    }
    if (!joined.empty()) {
      result_.notes.push_back(
          fmt::format("several rows have one model, so its name goes on with: {}", fmt::join(joined, ", ")));
    }
  }

  Result<PublishedTable> make_table() {
    result_.percent = options_.percent.value_or(std::ranges::any_of(entries_, [](const Entry& entry) {
      return entry.number.percent || entry.number.digits > audit::power_of_ten(entry.number.decimals);
    }));
    for (const auto& entry : entries_) {
      if (auto status = add(entry); !status) return pass(status);
    }
    const audit::Table& table = result_.table;
    if (table.cells.empty()) {
      return fail(ErrorCode::unsupported, "has no column of accuracies", {records_.file},
                  "write model,benchmark,accuracy, or model and a column for each benchmark");
    }
    const bool many = table.models.size() > kMostModels ||
                      table.models.size() * table.benchmarks.size() * table.strata.size() > kMostCombinations;
    if (many) {
      return fail(ErrorCode::limit,
                  fmt::format("has more than {} models or {} combinations with benchmarks and strata", kMostModels,
                              kMostCombinations),
                  {records_.file}, "audit a part of the table");
    }
    for (auto& average : result_.table.averages) average.values.resize(table.models.size());
    return std::move(result_);
  }

  [[nodiscard]] Result<audit::Printed> proportion(const Entry& entry) const {
    audit::Printed printed{entry.number.digits, entry.number.decimals + (result_.percent ? 2 : 0)};
    while (printed.decimals > audit::kMaxDecimals) {  // of per cent with eight decimals or more
      printed.units = (printed.units + 5) / 10;
      --printed.decimals;
    }
    if (printed.units > audit::power_of_ten(printed.decimals)) {
      return wrong(records_, records_.rows[entry.row],
                   fmt::format("the value in the column '{}' is more than {}", entry.column,
                               result_.percent ? "100 per cent" : "1"),
                   "name a column that holds no accuracies with --ignore, or say --scale percent or fraction");
    }
    return printed;
  }

  Status add(const Entry& entry) {
    const auto printed = proportion(entry);
    if (!printed) return pass(printed);
    const auto model = index(names_[entry.row], models_, result_.table.models);
    if (names_average(entry.benchmark)) return add_average(entry, model, *printed);
    const std::string stratum = audit::names_all_items(lower_case(entry.stratum)) ? "overall" : entry.stratum;
    audit::Cell cell{.model = model,
                     .benchmark = index(entry.benchmark, benchmarks_, result_.table.benchmarks),
                     .stratum = index(stratum, strata_, result_.table.strata),
                     .value = *printed,
                     .n = entry.n};
    if (!filled_.emplace(cell.model, cell.benchmark, cell.stratum).second) return twice(entry);
    result_.table.cells.push_back(cell);
    return {};
  }

  Status add_average(const Entry& entry, std::size_t model, audit::Printed printed) {
    auto& averages = result_.table.averages;
    auto found = std::ranges::find(averages, entry.benchmark, &audit::AverageColumn::name);
    if (found == averages.end()) found = averages.insert(averages.end(), {.name = entry.benchmark});
    if (found->values.size() <= model) found->values.resize(model + 1);
    if (found->values[model]) return twice(entry);
    found->values[model] = printed;
    return {};
  }

  [[nodiscard]] Status twice(const Entry& entry) const {
    return wrong(records_, records_.rows[entry.row],
                 fmt::format("'{}' has a second value for '{}'", names_[entry.row], entry.benchmark),
                 "leave one of the rows out, or tell them apart in a column of words");
  }

  static std::size_t index(const std::string& name, std::map<std::string, std::size_t>& known,
                           std::vector<std::string>& names) {
    const auto [at, added] = known.emplace(name, names.size());
    if (added) names.push_back(name);
    return at->second;
  }

  const Records& records_;
  const ReadingOptions& options_;
  std::size_t model_ = 0;
  std::size_t accuracy_ = 0;
  std::size_t benchmark_ = 0;
  std::set<std::size_t> used_;
  std::vector<Entry> entries_;
  std::vector<std::string> names_;  ///< Of the rows.
  std::map<std::string, std::size_t> models_;
  std::map<std::string, std::size_t> benchmarks_;
  std::map<std::string, std::size_t> strata_;
  std::set<std::tuple<std::size_t, std::size_t, std::size_t>> filled_;
  PublishedTable result_;
};

}  // namespace

Result<PublishedTable> read_table(std::string text, const std::string& file, const ReadingOptions& options) {
  const auto records = read_records(std::move(text), file);
  if (!records) return pass(records);
  return Reader(*records, options).read();
}

}  // namespace osler::published
