// Whatever is in the files of the split by capability: what comes of them is sound, or a sentence says why nothing
// does. The first byte chooses: a classifier, the companion of labels, vectors in JSON Lines, a person's labels.
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "osler/capability/classifier.h"
#include "osler/capability/embedding_set.h"
#include "osler/capability/labels.h"
#include "osler/capability/sampling.h"
#include "osler/cli/capability_human.h"

namespace {

using namespace osler;
using namespace osler::capability;

void require(bool holds) {
  if (!holds) std::abort();
}

template <class T>
bool is_there(const Result<T>& result) {
  require(result || !result.error().message().empty());
  return result.has_value();
}

void check_classifier(const std::filesystem::path& file) {
  const auto classifier = read_classifier(file);
  if (!is_there(classifier)) return;
  (void)label_errors(classifier->evaluation);
  const auto& preprocessing = classifier->fitted.preprocessing;
  if (preprocessing.is_text()) return;
  Features features;
  features.identity = classifier->embedding;
  features.dimensions = classifier->dimensions;
  features.item_ids = {"a"};
  features.dense.assign(features.dimensions, 0.5F);
  require(check_features(*classifier, features).has_value());
  const auto predictions = classify(*classifier, features);
  if (!is_there(predictions)) return;
  for (const auto& prediction : *predictions) require(prediction.probability >= 0.0 && prediction.probability <= 1.0);
}

void check_errors(const stats::LabelErrors& errors) {
  std::vector<stats::LabelledScore> items;
  for (std::size_t i = 0; i < 12; ++i) items.push_back({i % 3 == 0 ? 1.0 : 0.0, i % 2 == 0, false, 0.5, i / 2});
  const auto means = stats::corrected_means(items, errors, {.replicates = 40});
  for (const auto* part : {&means.positive, &means.negative, &means.share}) {
    require(!part->value || (*part->value >= 0.0 && *part->value <= 1.0));
    require(part->interval.low >= 0.0 && part->interval.low <= part->interval.high && part->interval.high <= 1.0);
  }
}

void check_vectors(const std::filesystem::path& file) {
  const auto set = read_embeddings(file);
  if (!is_there(set)) return;
  require(set->dimensions > 0 && !set->item_ids.empty());
  require(set->values.size() == set->dimensions * set->item_ids.size());
}

/// Of a benchmark of which every item is called by two letters, and every second one is labelled reasoning.
void check_people(const std::filesystem::path& file) {
  const auto people = cli::read_human_labels(file);
  if (!is_there(people)) return;
  LabelSet labels;
  labels.benchmark = "fuzz";
  for (char a = 'a'; a <= 'e'; ++a) {
    const bool reasoning = a % 2 == 0;
    labels.items.push_back({std::string(1, a), reasoning ? Capability::reasoning : Capability::understanding,
                            LabelSource::classifier, 0.5, reasoning, ""});
  }
  const auto quality = quality_from_people(labels, *people);
  if (is_there(quality)) check_errors(quality->errors);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto folder = std::filesystem::path("/dev/shm") / ("osler-fuzz-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const char* const names[] = {"classifier.json", "labels.json", "vectors.jsonl", "people.csv"};
  const std::size_t which = data[0] % 4;
  const auto file = folder / names[which];
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data) + 1, static_cast<std::streamsize>(size) - 1);
  if (which == 0) check_classifier(file);
  if (which == 1) {
    const auto labels = read_label_facts(folder / "labels.parquet");
    if (is_there(labels)) check_errors(labels->quality.errors);
  }
  if (which == 2) check_vectors(file);
  if (which == 3) check_people(file);
  return 0;
}
