#include "osler/capability/labels.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

#include "osler/capability/evaluation_json.h"
#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/duckdb_columns.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::capability {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSchema = 1;
constexpr std::array<std::pair<LabelSource, std::string_view>, 3> kSources{
    {{LabelSource::gold, "gold"}, {LabelSource::human, "human"}, {LabelSource::classifier, "classifier"}}};

std::optional<LabelSource> source_from(std::string_view name) {
  for (const auto& [source, known] : kSources) {
    if (known == name) return source;
  }
  return std::nullopt;
}

fs::path companion_of(fs::path parquet) { return parquet.replace_extension(".json"); }

Json strata_json(const std::vector<stats::CheckedStratum>& strata) {
  Json list = Json::array();
  for (const auto& stratum : strata) {
    list.push_back(
        {{"predicted", name_of(stratum.labelled_positive ? Capability::reasoning : Capability::understanding)},
         {"items", stratum.items},
         {"checked", stratum.checked},
         {"reasoning", stratum.positive}});
  }
  return list;
}

Json quality_json(const LabelQuality& quality) {
  const auto& errors = quality.errors;
  return {{"measured_on", quality.measured_on},
          {"sensitivity", {{"value", errors.sensitivity}, {"trials", errors.sensitivity_trials}}},
          {"specificity", {{"value", errors.specificity}, {"trials", errors.specificity_trials}}},
          {"correlation", errors.correlation},
          {"checked", strata_json(errors.strata)},
          {"balanced_accuracy", measure_json(quality.balanced_accuracy)},
          {"auroc", quality.auroc ? measure_json(*quality.auroc) : Json(nullptr)},
          {"no_better_than_majority", quality.no_better_than_majority()}};
}

Result<std::vector<stats::CheckedStratum>> strata_from(const Json& json) {
  constexpr std::size_t kMostStrata = 1000;
  constexpr double kMostItems = 1e9;
  std::vector<stats::CheckedStratum> strata;
  if (!json.is_array() || json.size() > kMostStrata)
    return fail(ErrorCode::malformed, "'checked' is no list of strata");
  for (const auto& one : json) {
    const auto predicted = capability_from(one.at("predicted").get<std::string>());
    const stats::CheckedStratum stratum{predicted == Capability::reasoning, one.at("items").get<double>(),
                                        one.at("checked").get<double>(), one.at("reasoning").get<double>()};
    const bool sound = predicted && *predicted != Capability::unlabeled && stratum.checked > 0.0 &&
                       stratum.checked <= stratum.items && stratum.items <= kMostItems && stratum.positive >= 0.0 &&
                       stratum.positive <= stratum.checked;
    if (!sound) return fail(ErrorCode::malformed, "a stratum of 'checked' holds more than it can");
    strata.push_back(stratum);
  }
  return strata;
}

tl::unexpected<Error> not_labels(const fs::path& file, const std::string& why) {
  return fail(ErrorCode::malformed, fmt::format("is no file of capability labels ({})", why), {file.string()},
              "make it with 'osler capability label'");
}

Result<LabelQuality> quality_from(const Json& json) {
  LabelQuality quality;
  quality.measured_on = json.at("measured_on").get<std::string>();
  auto& errors = quality.errors;
  errors = {json.at("sensitivity").at("value").get<double>(),
            json.at("sensitivity").at("trials").get<double>(),
            json.at("specificity").at("value").get<double>(),
            json.at("specificity").at("trials").get<double>(),
            json.at("correlation").get<double>(),
            {}};
  auto strata = strata_from(json.at("checked"));
  if (!strata) return pass(strata);
  errors.strata = std::move(*strata);
  const auto is_share = [](double value) { return value >= 0.0 && value <= 1.0; };  // not NaN either
  constexpr double kMostTrials = 1e12;
  const bool sound = is_share(errors.sensitivity) && is_share(errors.specificity) && errors.correlation >= -1.0 &&
                     errors.correlation <= 1.0 && errors.sensitivity_trials >= 0.0 &&
                     errors.specificity_trials >= 0.0 && errors.sensitivity_trials <= kMostTrials &&
                     errors.specificity_trials <= kMostTrials;
  if (!sound) return fail(ErrorCode::malformed, "a share is outside of 0 to 1");
  const auto balanced = measure_from(json.at("balanced_accuracy"));
  if (!balanced) return pass(balanced);
  if (!is_share(balanced->value)) return fail(ErrorCode::malformed, "a share is outside of 0 to 1");
  quality.balanced_accuracy = *balanced;
  if (json.at("auroc").is_null()) return quality;
  const auto auroc = measure_from(json.at("auroc"));
  if (!auroc) return pass(auroc);
  if (!is_share(auroc->value)) return fail(ErrorCode::malformed, "a share is outside of 0 to 1");
  quality.auroc = *auroc;
  return quality;
}

Result<LabelSet> read_companion(const fs::path& file) {
  const auto json = read_json(file);
  if (!json) return pass(json);
  try {
    if (count_at(*json, "schema") != kSchema) return not_labels(file, "another version of Osler made it");
    LabelSet labels;
    labels.benchmark = json->at("benchmark").get<std::string>();
    labels.row_set = json->at("row_set").get<std::string>();
    labels.row_set_hash = json->at("row_set_hash").get<std::string>();
    labels.classifier = json->at("classifier").get<std::string>();
    labels.embedding = json->at("embedding").get<std::string>();
    labels.trained_on = json->at("trained_on").get<std::string>();
    auto quality = quality_from(json->at("quality"));
    if (!quality) return not_labels(file, quality.error().what);
    labels.quality = std::move(*quality);
    return labels;
  } catch (const Json::exception&) {
    return not_labels(file, "a key is missing or of another type");
  }
}

std::vector<ParquetColumn> columns_of(const LabelSet& labels) {
  const auto& items = labels.items;
  const auto column = [&items](std::string name, ColumnType type, auto value_of) -> ParquetColumn {
    return {std::move(name), type, [&items, value_of](ColumnCells& cells, std::size_t first, std::size_t count) {
              for (std::size_t i = 0; i < count; ++i) cells.set(i, value_of(items[first + i]));
            }};
  };
  const auto same = [](std::string name, const std::string& value) -> ParquetColumn {
    return {std::move(name), ColumnType::text,
            [&value](ColumnCells& cells, std::size_t, std::size_t) { cells.set_all(value); }};
  };
  return {column("item_id", ColumnType::text, [](const ItemLabel& item) { return std::string_view(item.id); }),
          column("capability", ColumnType::text, [](const ItemLabel& item) { return name_of(item.capability); }),
          column("source", ColumnType::text, [](const ItemLabel& item) { return name_of(item.source); }),
          column("probability", ColumnType::real, [](const ItemLabel& item) { return item.probability; }),
          column("predicted", ColumnType::text,
                 [](const ItemLabel& item) -> std::optional<std::string_view> {
                   if (!item.predicted) return std::nullopt;
                   return name_of(*item.predicted ? Capability::reasoning : Capability::understanding);
                 }),
          column("text_hash", ColumnType::text, [](const ItemLabel& item) { return std::string_view(item.text_hash); }),
          same("classifier", labels.classifier),
          same("row_set_hash", labels.row_set_hash)};
}

const std::string& text_at(const std::vector<SqlValue>& row, std::size_t column) {
  static const std::string none;
  const auto* text = std::get_if<std::string>(&row.at(column));
  return text == nullptr ? none : *text;
}

std::optional<ItemLabel> label_from(const std::vector<SqlValue>& row) {
  const auto capability = capability_from(text_at(row, 1));
  const auto source = source_from(text_at(row, 2));
  const auto* probability = std::get_if<double>(&row.at(3));
  if (!capability || !source) return std::nullopt;
  if (probability != nullptr && !(*probability >= 0.0 && *probability <= 1.0)) return std::nullopt;
  ItemLabel label{text_at(row, 0), *capability, *source, {}, {}, text_at(row, 5)};
  if (probability != nullptr) label.probability = *probability;
  if (const auto predicted = capability_from(text_at(row, 4))) label.predicted = *predicted == Capability::reasoning;
  return label;
}

Status read_rows(const fs::path& file, LabelSet& labels) {
  auto database = Database::open();
  if (!database) return pass(database);
  const std::vector<SqlValue> parameters{plain_path(file)};
  auto rows = database->query(
      "SELECT item_id::VARCHAR, capability::VARCHAR, source::VARCHAR, probability::DOUBLE, predicted::VARCHAR, "
      "text_hash::VARCHAR, classifier::VARCHAR FROM read_parquet(?, hive_partitioning = false)",
      parameters);
  if (!rows) return not_labels(file, rows.error().what);
  std::unordered_set<std::string> seen;
  while (true) {
    const auto row = rows->next();
    if (!row) return not_labels(file, row.error().what);
    if (row->empty()) return {};
    auto label = label_from(*row);
    if (!label) return not_labels(file, fmt::format("its row {} holds no label", labels.items.size()));
    if (text_at(*row, 6) != labels.classifier) return not_labels(file, "the .json beside it is of other labels");
    if (!seen.insert(label->id).second) {
      return not_labels(file, fmt::format("the item '{}' stands twice", printable_line(label->id)));
    }
    labels.items.push_back(std::move(*label));
  }
}

Json companion_json(const LabelSet& labels) {
  std::size_t reasoning = 0;
  std::size_t understanding = 0;
  Json sources = Json::object();
  for (const auto& [source, name] : kSources) sources[std::string(name)] = 0;
  for (const auto& item : labels.items) {
    reasoning += item.capability == Capability::reasoning ? 1U : 0U;
    understanding += item.capability == Capability::understanding ? 1U : 0U;
    auto& count = sources[std::string(name_of(item.source))];
    count = count.get<std::size_t>() + 1;
  }
  return {{"schema", kSchema},
          {"benchmark", labels.benchmark},
          {"row_set", labels.row_set},
          {"row_set_hash", labels.row_set_hash},
          {"classifier", labels.classifier},
          {"embedding", labels.embedding},
          {"trained_on", labels.trained_on},
          {"items", labels.items.size()},
          {"reasoning", reasoning},
          {"understanding", understanding},
          {"sources", sources},
          {"quality", quality_json(labels.quality)}};
}

}  // namespace

std::string_view name_of(LabelSource source) {
  for (const auto& [known, name] : kSources) {
    if (known == source) return name;
  }
  return "";
}

bool LabelQuality::no_better_than_majority() const {
  return capability::no_better_than_majority(balanced_accuracy, auroc.value_or(balanced_accuracy));
}

LabelsById by_id(const LabelSet& labels) {
  LabelsById found;
  found.reserve(labels.items.size());
  for (const auto& item : labels.items) found.emplace(item.id, &item);
  return found;
}

std::string text_hash(const Item& item) {
  constexpr std::size_t kDigits = 16;
  Sha256 hash;
  hash.update_field(item.question);
  for (const auto& option : item.options) hash.update_field(option);
  return hash.hex().substr(0, kDigits);
}

std::string source_text(LabelSource source, const LabelSet& labels) {
  if (source != LabelSource::classifier) return std::string(name_of(source));
  return "classifier " + labels.classifier.substr(0, 8);
}

std::string labels_file_name(std::string_view benchmark) {
  std::string name(benchmark);
  std::ranges::replace_if(
      name, [](char c) { return c == ':' || c == '/'; }, '.');
  return name + ".parquet";
}

Status write_labels(const fs::path& parquet, const LabelSet& labels) {
  fs::path temporary = parquet;
  temporary += fmt::format(".{}.tmp", ::getpid());
  const auto written = write_parquet(temporary, columns_of(labels), labels.items.size());
  std::error_code problem;
  if (written) fs::rename(temporary, parquet, problem);
  if (!written || problem) {
    const std::string reason = written ? problem.message() : written.error().what;
    fs::remove(temporary, problem);
    return fail(ErrorCode::io, "cannot be written (" + reason + ")", {parquet.string()},
                "free some space, mend the permissions, or choose another folder");
  }
  return write_file_atomically(companion_of(parquet), dump_json(companion_json(labels), 2) + "\n");
}

Result<LabelSet> read_labels(const fs::path& parquet) {
  std::error_code problem;
  if (!fs::exists(parquet, problem)) {
    return fail(ErrorCode::not_found, "is not there", {parquet.string()}, "make it with 'osler capability label'");
  }
  auto labels = read_companion(companion_of(parquet));
  if (!labels) return pass(labels);
  if (auto status = read_rows(parquet, *labels); !status) return pass(status);
  return labels;
}

Result<LabelSet> read_label_facts(const fs::path& parquet) { return read_companion(companion_of(parquet)); }

Status check_texts(const LabelSet& labels, std::span<const Item> items) {
  const auto known = by_id(labels);
  for (const auto& item : items) {
    const auto found = known.find(item.id);
    if (found == known.end() || found->second->text_hash == text_hash(item)) continue;
    return fail(
        ErrorCode::mismatch,
        fmt::format("the labels of {} are of another text of the item '{}'", labels.row_set, printable_line(item.id)),
        {}, "make them anew with 'osler capability label'");
  }
  return {};
}

}  // namespace osler::capability
