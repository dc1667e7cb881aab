#include "osler/capability/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "osler/capability/evaluation_json.h"
#include "osler/capability/text_features.h"
#include "osler/core/hash.h"
#include "osler/core/parallel.h"
#include "osler/core/utf8.h"
#include "osler/core/version.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::capability {
namespace {

constexpr std::uint64_t kSchema = 1;
constexpr std::uint64_t kLargestFile = std::uint64_t{256} << 20;
constexpr std::size_t kMostDimensions = std::size_t{1} << 20;

Json fitted_json(const Fitted& fitted) {
  Json json{{"penalty", fitted.penalty},
            {"penalties", kPenalties},
            {"log_losses", fitted.log_losses},
            {"offset", fitted.model.offset},
            {"weights", fitted.model.weights},
            {"probability", {{"slope", fitted.scale.slope}, {"offset", fitted.scale.offset}}}};
  if (fitted.preprocessing.is_text()) {
    std::vector<std::uint32_t> columns;
    std::vector<float> idf;
    for (const auto& term : fitted.preprocessing.idf()) {
      columns.push_back(term.column);
      idf.push_back(term.value);
    }
    json["preprocessing"] = {{"kind", "terms"}, {"columns", columns}, {"idf", idf}};
  } else {
    json["preprocessing"] = {
        {"kind", "vectors"}, {"centre", fitted.preprocessing.centre()}, {"scale", fitted.preprocessing.scale()}};
  }
  return json;
}

/// Reads what a file of unknown origin holds; the first thing that is wrong throws, and is caught in read_classifier().
struct Wrong {
  std::string what;
};

template <class T>
std::vector<T> finite_numbers(const Json& json, const char* key) {
  auto numbers = json.at(key).get<std::vector<T>>();
  if (numbers.size() > kMostDimensions) throw Wrong{fmt::format("'{}' is too long", key)};
  if (!std::ranges::all_of(numbers, [](T value) { return std::isfinite(value); })) {
    throw Wrong{fmt::format("'{}' has a number that is none", key)};
  }
  return numbers;
}

double finite(const Json& json, const char* key) {
  const double value = json.at(key).get<double>();
  if (!std::isfinite(value)) throw Wrong{fmt::format("'{}' is no number", key)};
  return value;
}

Preprocessing preprocessing_from(const Json& json) {
  const auto kind = json.at("kind").get<std::string>();
  if (kind == "vectors") {
    auto centre = finite_numbers<float>(json, "centre");
    auto scale = finite_numbers<float>(json, "scale");
    if (centre.empty() || centre.size() != scale.size()) throw Wrong{"'centre' and 'scale' differ in length"};
    return Preprocessing::of_vectors(std::move(centre), std::move(scale));
  }
  if (kind != "terms") throw Wrong{"it has a preprocessing that is not known"};
  const auto idf = finite_numbers<float>(json, "idf");
  const Json& columns = json.at("columns");
  if (!columns.is_array() || columns.size() != idf.size()) throw Wrong{"'columns' and 'idf' differ in length"};
  std::vector<Term> terms;
  for (const auto& number : columns) {
    const auto column = number.is_number_unsigned() ? number.get<std::uint64_t>() : kTextColumns;
    if (column >= kTextColumns || (!terms.empty() && column <= terms.back().column)) {
      throw Wrong{"'columns' do not rise"};
    }
    terms.push_back({static_cast<std::uint32_t>(column), idf[terms.size()]});
  }
  return Preprocessing::of_terms(std::move(terms));
}

Fitted fitted_from(const Json& json) {
  Fitted fitted;
  fitted.preprocessing = preprocessing_from(json.at("preprocessing"));
  fitted.penalty = finite(json, "penalty");
  fitted.model.offset = finite(json, "offset");
  fitted.model.weights = finite_numbers<double>(json, "weights");
  if (fitted.model.weights.size() != fitted.preprocessing.columns()) throw Wrong{"it has too many or too few weights"};
  const auto losses = finite_numbers<double>(json, "log_losses");
  std::copy_n(losses.begin(), std::min(losses.size(), fitted.log_losses.size()), fitted.log_losses.begin());
  fitted.scale = {finite(json.at("probability"), "slope"), finite(json.at("probability"), "offset")};
  return fitted;
}

Json classifier_json(const Classifier& classifier) {
  return {{"schema", kSchema},
          {"what", "osler capability classifier"},
          {"osler", fmt::format("{} ({})", kVersion, kCommit)},
          {"embedding", classifier.embedding},
          {"dimensions", classifier.dimensions},
          {"folds", classifier.options.folds},
          {"grouped_by", classifier.options.group_by == GroupBy::image ? "image" : "image and question"},
          {"seed", classifier.options.seed},
          {"trained_on",
           {{"row_set", classifier.source.row_set},
            {"row_set_hash", classifier.source.row_set_hash},
            {"items", classifier.source.items},
            {"reasoning", classifier.source.reasoning},
            {"hash", classifier.source.hash},
            {"seen", classifier.source.seen}}},
          {"evaluation", evaluation_json(classifier.evaluation)},
          {"classifier", fitted_json(classifier.fitted)}};
}

Classifier classifier_from(const Json& json) {
  if (json.at("what").get<std::string>() != "osler capability classifier") throw Wrong{"it is something else"};
  if (count_at(json, "schema") != kSchema) throw Wrong{"another version of Osler made it"};
  Classifier classifier;
  classifier.embedding = json.at("embedding").get<std::string>();
  classifier.dimensions = count_at(json, "dimensions");
  classifier.options.folds = count_at(json, "folds");
  const bool by_image = json.at("grouped_by").get<std::string>() == "image";
  classifier.options.group_by = by_image ? GroupBy::image : GroupBy::image_and_question;
  classifier.options.seed = count_at(json, "seed");
  const Json& source = json.at("trained_on");
  classifier.source.row_set = source.at("row_set").get<std::string>();
  classifier.source.row_set_hash = source.at("row_set_hash").get<std::string>();
  classifier.source.items = count_at(source, "items");
  classifier.source.reasoning = count_at(source, "reasoning");
  classifier.source.hash = source.at("hash").get<std::string>();
  classifier.source.seen = source.at("seen").get<std::vector<std::string>>();
  if (!std::ranges::is_sorted(classifier.source.seen)) throw Wrong{"'seen' is out of order"};
  const auto evaluation = evaluation_from(json.at("evaluation"));
  if (!evaluation) throw Wrong{evaluation.error().what};
  classifier.evaluation = *evaluation;
  classifier.fitted = fitted_from(json.at("classifier"));
  const auto& preprocessing = classifier.fitted.preprocessing;
  const std::size_t taken = preprocessing.is_text() ? kTextColumns : preprocessing.columns();
  if (classifier.dimensions != taken) throw Wrong{"'dimensions' is not that of its preprocessing"};
  return classifier;
}

/// A share known with a standard error, as so many independent trials would have it.
double trials_of(const Measure& share, std::size_t items, std::size_t groups) {
  const double most = static_cast<double>(items);
  if (share.standard_error <= 0.0) return std::min(most, static_cast<double>(groups));
  return std::min(most, share.value * (1.0 - share.value) / (share.standard_error * share.standard_error));
}

}  // namespace

std::string training_hash(const TrainingData& data) {
  static_assert(std::endian::native == std::endian::little, "vectors are hashed as they lie in memory");
  Sha256 hash;
  const Features& features = *data.features;
  hash.update_field(features.identity);
  for (std::size_t i = 0; i < features.rows(); ++i) {
    hash.update_field(features.item_ids[i]);
    hash.update_field(fmt::format("{} {}", data.truth[i], data.groups.group_of[i]));
    hash.update(features.is_text() ? std::as_bytes(features.terms_of(i)) : std::as_bytes(features.vector_of(i)));
  }
  return hash.hex();
}

std::string identity_of(const Item& item, GroupBy group_by) {
  constexpr std::size_t kDigits = 16;
  Sha256 hash;
  if (group_by == GroupBy::image_and_question) {
    hash.update_field(plain_question(item.question));
  } else {
    for (const auto* field : {&item.id, &item.question, &item.gold}) hash.update_field(*field);
    for (const auto& option : item.options) hash.update_field(option);
  }
  return hash.hex().substr(0, kDigits);
}

bool has_seen(const Classifier& classifier, const Item& item) {
  return std::ranges::binary_search(classifier.source.seen, identity_of(item, classifier.options.group_by));
}

Status write_classifier(const std::filesystem::path& file, Classifier& classifier) {
  const std::string text = dump_json(classifier_json(classifier)) + "\n";
  if (auto status = write_file_atomically(file, text); !status) return status;
  classifier.hash = sha256_hex(text);
  return {};
}

Result<Classifier> read_classifier(const std::filesystem::path& file) {
  const auto text = read_file(file, kLargestFile);
  if (!text) return pass(text);
  const auto json = parse_json(*text, {file.string()});
  if (!json) return pass(json);
  std::string reason;
  try {
    auto classifier = classifier_from(*json);
    classifier.hash = sha256_hex(*text);
    return classifier;
  } catch (const Wrong& wrong) {
    reason = wrong.what;
  } catch (const Json::exception&) {
    reason = "a key is missing or of another type";
  }
  return fail(ErrorCode::malformed, fmt::format("is no classifier of capabilities ({})", reason), {file.string()},
              "make one with 'osler capability train'");
}

Status check_features(const Classifier& classifier, const Features& features) {
  const bool same = classifier.embedding == features.identity && classifier.dimensions == features.dimensions &&
                    classifier.fitted.preprocessing.is_text() == features.is_text();
  if (same) return {};
  return fail(ErrorCode::mismatch,
              fmt::format("the classifier was trained on '{}' ({} numbers), and these are '{}' ({} numbers)",
                          classifier.embedding, classifier.dimensions, features.identity, features.dimensions),
              {}, "give --embedding as it was in training, or train on this one");
}

Result<std::vector<Prediction>> classify(const Classifier& classifier, const Features& features) {
  constexpr std::size_t kAtOnce = 256;
  std::vector<Prediction> predictions(features.rows());
  for_each_index((features.rows() + kAtOnce - 1) / kAtOnce, [&](std::size_t block) {
    std::vector<Term> scratch;
    const std::size_t end = std::min(features.rows(), (block + 1) * kAtOnce);
    for (std::size_t i = block * kAtOnce; i < end; ++i) {
      predictions[i] = classifier.fitted.predict(features, i, scratch);
    }
  });
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    if (std::isfinite(predictions[i].decision) && std::isfinite(predictions[i].probability)) continue;
    return fail(ErrorCode::malformed,
                fmt::format("the classifier gives no number for the item '{}'",
                            printable_line(utf8_beginning(features.item_ids[i], 60))),
                {}, "make the vectors and the classifier anew: they hold numbers that are too large");
  }
  return predictions;
}

stats::LabelErrors label_errors(const Evaluation& evaluation) {
  const auto& table = evaluation.confusion;
  return {evaluation.sensitivity.value,
          trials_of(evaluation.sensitivity, table.positives(), evaluation.groups_of_class[1]),
          evaluation.specificity.value,
          trials_of(evaluation.specificity, table.negatives(), evaluation.groups_of_class[0]),
          0.0,
          {}};
}

}  // namespace osler::capability
