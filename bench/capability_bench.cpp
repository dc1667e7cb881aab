// How long do training with nested evaluation and labelling take?

#include <benchmark/benchmark.h>

#include <unistd.h>
#include <cstdint>
#include <filesystem>
#include <string>

#include "osler/capability/classifier.h"
#include "osler/capability/embedding_set.h"
#include "osler/capability/labels.h"
#include "osler/stats/random.h"
#include "osler/storage/duckdb_columns.h"

namespace {

using namespace osler;
using namespace osler::capability;

constexpr std::size_t kDimensions = 1536;

/// Vectors of length 1 whose first numbers say a little about the class, as embeddings do.
TrainingData make_data(std::size_t items, Features& features) {
  stats::Random random(7);
  TrainingData data;
  features.identity = "bench";
  features.dimensions = kDimensions;
  for (std::size_t i = 0; i < items; ++i) {
    features.item_ids.push_back("item-" + std::to_string(i));
    const bool reasoning = random.uniform() < 0.72;
    data.truth.push_back(reasoning ? 1 : 0);
    data.groups.group_of.push_back(i);
    for (std::size_t d = 0; d < kDimensions; ++d) {
      const double noise = random.uniform() + random.uniform() + random.uniform() - 1.5;
      const double signal = d < 64 && reasoning ? 0.1 : 0.0;
      features.dense.push_back(static_cast<float>((noise + signal + (d == 100 ? 10.0 : 0.0)) / 25.0));
    }
  }
  data.groups.groups = items;
  data.features = &features;
  return data;
}

void BM_TrainAndEvaluate(benchmark::State& state) {
  Features features;
  const auto data = make_data(static_cast<std::size_t>(state.range(0)), features);
  double auroc = 0.0;
  for (auto _ : state) {
    const auto done = cross_validate(data, {});
    const auto evaluation = evaluate(done->predictions, data.truth, data.groups.group_of, 1);
    auroc = evaluation.auroc.value;
  }
  state.counters["auroc"] = auroc;
}
BENCHMARK(BM_TrainAndEvaluate)->Arg(500)->Arg(2000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

void BM_LearningCurve(benchmark::State& state) {
  Features features;
  const auto data = make_data(2000, features);
  const auto done = cross_validate(data, {});
  constexpr std::array<double, 3> kShares{0.1, 0.25, 0.5};
  for (auto _ : state) benchmark::DoNotOptimize(learning_curve(data, *done, kShares, {}));
}
BENCHMARK(BM_LearningCurve)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

/// From vectors in memory to the labels' files.
void BM_Label(benchmark::State& state) {
  Features few;
  const auto data = make_data(400, few);
  Classifier classifier;
  classifier.embedding = few.identity;
  classifier.dimensions = kDimensions;
  auto done = cross_validate(data, {.folds = 2, .seed = 1});
  classifier.fitted = std::move(done->whole);
  Features features;
  make_data(static_cast<std::size_t>(state.range(0)), features);
  const auto folder = std::filesystem::temp_directory_path() / ("osler-bench-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  for (auto _ : state) {
    const auto predictions = classify(classifier, features).value();
    LabelSet labels;
    labels.benchmark = "bench";
    for (std::size_t i = 0; i < predictions.size(); ++i) {
      const bool reasoning = predictions[i].decision > 0.0;
      labels.items.push_back({features.item_ids[i], reasoning ? Capability::reasoning : Capability::understanding,
                              LabelSource::classifier, predictions[i].probability, reasoning, "0123456789abcdef"});
    }
    if (!write_labels(folder / "bench.parquet", labels)) state.SkipWithError("cannot write");
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(BM_Label)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime();

/// From a file of vectors, as `osler embed` writes it, into memory.
void BM_ReadVectors(benchmark::State& state) {
  Features features;
  make_data(static_cast<std::size_t>(state.range(0)), features);
  std::vector<ParquetColumn> columns;
  columns.push_back({"id", ColumnType::text, [&](ColumnCells& cells, std::size_t first, std::size_t count) {
                       for (std::size_t i = 0; i < count; ++i) cells.set(i, features.item_ids[first + i]);
                     }});
  for (std::size_t d = 0; d < kDimensions; ++d) {
    columns.push_back(
        {"d" + std::to_string(d), ColumnType::single, [&, d](ColumnCells& cells, std::size_t first, std::size_t count) {
           for (std::size_t i = 0; i < count; ++i) {
             cells.set(i, features.dense[(first + i) * kDimensions + d]);
           }
         }});
  }
  const auto file = std::filesystem::temp_directory_path() / ("osler-bench-" + std::to_string(::getpid()) + ".parquet");
  if (!write_parquet(file, columns, features.rows())) return state.SkipWithError("cannot write");
  for (auto _ : state) {
    const auto set = read_embeddings(file);
    if (!set || set->item_ids.size() != features.rows()) state.SkipWithError("cannot read");
  }
  std::filesystem::remove(file);
}
BENCHMARK(BM_ReadVectors)->Arg(100'000)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
