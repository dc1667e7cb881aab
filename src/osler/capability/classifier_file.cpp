#include "osler/capability/classifier_file.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "osler/core/hash.h"
#include "osler/storage/files.h"

namespace osler::capability {
namespace {

constexpr int kVersion = 1;
constexpr std::uint64_t kMostBytes = std::uint64_t{64} << 20U;
constexpr std::size_t kMostColumns = 1'000'000;
constexpr double kMostCounted = 1e9;

Json json_of(const Estimate& estimate) {
  return {{"value", estimate.value}, {"low", estimate.interval.low}, {"high", estimate.interval.high}};
}

/// Reads the fields of an object and remembers the first that is not as it must be.
class Fields {
 public:
  Fields(const Json& json, std::string file) : json_(json), file_(std::move(file)) {}

  double number(const char* name, double low, double high) {
    const auto found = json_.find(name);
    if (found != json_.end() && found->is_number()) {
      const auto value = found->get<double>();
      if (value >= low && value <= high) return value;
    }
    complain(name, fmt::format("a number from {:g} to {:g}", low, high));
    return low;
  }

  std::string text(const char* name) {
    const auto found = json_.find(name);
    if (found != json_.end() && found->is_string()) return found->get<std::string>();
    complain(name, "a text");
    return {};
  }

  bool flag(const char* name) {
    const auto found = json_.find(name);
    if (found != json_.end() && found->is_boolean()) return found->get<bool>();
    complain(name, "true or false");
    return false;
  }

  void complain(const char* name, const std::string& wanted) {
    if (!error_) {
      error_ = Error{ErrorCode::malformed,
                     fmt::format("'{}' is not {}", name, wanted),
                     {file_},
                     "make the file anew: osler capability train, osler capability label"};
    }
  }

  [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
  const Json& json_;
  std::string file_;
  std::optional<Error> error_;
};

/// "columns": [[column, weight, idf], ...]; columns that are not there have no weight.
bool read_columns(const Json& json, std::size_t dimensions, double other_idf, Classifier& classifier) {
  const auto found = json.find("columns");
  if (found == json.end() || !found->is_array()) return false;
  classifier.weights.weight.assign(dimensions, 0.0);
  if (classifier.counts) classifier.idf.assign(dimensions, static_cast<float>(other_idf));
  const std::size_t width = classifier.counts ? 3 : 2;
  for (const auto& entry : *found) {
    if (!entry.is_array() || entry.size() != width || !entry[0].is_number_unsigned() || !entry[1].is_number()) {
      return false;
    }
    const auto column = entry[0].get<std::uint64_t>();
    if (column >= dimensions || !std::isfinite(entry[1].get<double>())) return false;
    classifier.weights.weight[column] = entry[1].get<double>();
    if (!classifier.counts) continue;
    if (!entry[2].is_number() || !(entry[2].get<double>() >= 0.0) || entry[2].get<double>() > 1e3) return false;
    classifier.idf[column] = entry[2].get<float>();
  }
  return true;
}

}  // namespace

Json evaluation_json(const Evaluation& evaluation) {
  Json curve = Json::array();
  for (const auto& point : evaluation.curve) {
    curve.push_back({{"share", point.share},
                     {"items", point.items},
                     {"balanced_accuracy", point.balanced_accuracy},
                     {"auroc", point.auroc}});
  }
  return {{"items", evaluation.items},
          {"groups", evaluation.groups},
          {"majority_accuracy", evaluation.majority},
          {"accuracy", json_of(evaluation.accuracy)},
          {"balanced_accuracy", json_of(evaluation.balanced_accuracy)},
          {"auroc", json_of(evaluation.auroc)},
          {"brier", json_of(evaluation.brier)},
          {"calibration_slope", json_of(evaluation.calibration_slope)},
          {"ece", evaluation.ece},
          {"confusion", confusion_json(evaluation.confusion)},
          {"no_better_than_majority", evaluation.no_better_than_majority()},
          {"learning_curve", std::move(curve)}};
}

Json confusion_json(const stats::Confusion& confusion) {
  return {{"true_positives", confusion.true_positives},
          {"false_positives", confusion.false_positives},
          {"false_negatives", confusion.false_negatives},
          {"true_negatives", confusion.true_negatives}};
}

Result<stats::Confusion> confusion_from(const Json& json, const std::string& file) {
  Fields fields(json, file);
  const auto count = [&](const char* name) { return static_cast<std::size_t>(fields.number(name, 0.0, kMostCounted)); };
  stats::Confusion confusion;
  confusion.true_positives = count("true_positives");
  confusion.false_positives = count("false_positives");
  confusion.false_negatives = count("false_negatives");
  confusion.true_negatives = count("true_negatives");
  if (fields.error()) return tl::unexpected<Error>(*fields.error());
  return confusion;
}

Status write_classifier(const std::filesystem::path& file, const StoredClassifier& stored) {
  const Classifier& classifier = stored.classifier;
  // A column that no item of the training had has the largest idf, and no weight.
  float other_idf = 0.0F;
  for (const float idf : classifier.idf) other_idf = std::max(other_idf, idf);
  Json columns = Json::array();
  for (std::size_t c = 0; c < classifier.weights.weight.size(); ++c) {
    const double weight = classifier.weights.weight[c];
    if (!classifier.counts) {
      columns.push_back({c, weight});
    } else if (weight != 0.0 || classifier.idf[c] != other_idf) {
      columns.push_back({c, weight, classifier.idf[c]});
    }
  }
  const Json json = {{"format", "osler capability classifier"},
                     {"version", kVersion},
                     {"embedding", classifier.identity},
                     {"counts", classifier.counts},
                     {"dimensions", classifier.weights.weight.size()},
                     {"other_idf", other_idf},
                     {"intercept", classifier.weights.intercept},
                     {"calibration_slope", classifier.calibration.slope},
                     {"calibration_intercept", classifier.calibration.intercept},
                     {"threshold", classifier.threshold},
                     {"cost", classifier.cost},
                     {"trained_on", stored.trained_on},
                     {"training_hash", stored.training_hash},
                     {"seed", stored.seed},
                     {"confusion", confusion_json(stored.confusion)},
                     {"no_better_than_majority", stored.no_better_than_majority},
                     {"metrics", stored.metrics},
                     {"columns", std::move(columns)}};
  return write_file_atomically(file, dump_json(json) + "\n");
}

Result<StoredClassifier> read_classifier(const std::filesystem::path& file) {
  const auto text = read_file(file, kMostBytes);
  if (!text) return pass(text);
  const auto json = parse_json(*text, {file.string()});
  if (!json) return pass(json);
  if (!json->is_object() || json->value("format", Json()) != "osler capability classifier") {
    return fail(ErrorCode::malformed, "not a classifier", {file.string()}, "osler capability train makes one");
  }
  if (json->value("version", Json()) != kVersion) {
    return fail(ErrorCode::unsupported, fmt::format("not of version {}", kVersion), {file.string()}, "train it anew");
  }
  constexpr double kLarge = 1e12;
  Fields fields(*json, file.string());
  StoredClassifier stored;
  Classifier& classifier = stored.classifier;
  classifier.identity = fields.text("embedding");
  classifier.counts = fields.flag("counts");
  const auto dimensions = static_cast<std::size_t>(fields.number("dimensions", 1.0, double{kMostColumns}));
  const double other_idf = fields.number("other_idf", 0.0, 1e3);
  classifier.weights.intercept = fields.number("intercept", -kLarge, kLarge);
  classifier.calibration.slope = fields.number("calibration_slope", -kLarge, kLarge);
  classifier.calibration.intercept = fields.number("calibration_intercept", -kLarge, kLarge);
  classifier.threshold = fields.number("threshold", 0.0, 1.0);
  classifier.cost = fields.number("cost", 0.0, kLarge);
  stored.trained_on = fields.text("trained_on");
  stored.training_hash = fields.text("training_hash");
  stored.seed = static_cast<std::uint64_t>(fields.number("seed", 0.0, 0x1p53));
  stored.no_better_than_majority = fields.flag("no_better_than_majority");
  if (!fields.error() && !read_columns(*json, dimensions, other_idf, classifier)) {
    fields.complain("columns", "a list of columns with their weights");
  }
  if (fields.error()) return tl::unexpected<Error>(*fields.error());
  const auto confusion = confusion_from(json->value("confusion", Json::object()), file.string());
  if (!confusion) return pass(confusion);
  stored.confusion = *confusion;
  stored.metrics = json->value("metrics", Json::object());
  stored.hash = sha256_hex(*text);
  return stored;
}

}  // namespace osler::capability
