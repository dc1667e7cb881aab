// Nested evaluation and training on 2,000 vectors of 1,536 numbers, and labelling of 100,000.
#include <fmt/format.h>

#include <chrono>
#include <numeric>
#include <string>

#include "osler/capability/evaluation.h"
#include "osler/stats/random.h"

namespace {

using namespace osler::capability;

constexpr std::size_t kDimensions = 1'536;

TrainingSet vectors(std::size_t n) {
  osler::stats::Random random(1);
  EmbeddingSet set{"bench", kDimensions, {}, {}};
  TrainingSet made;
  for (std::size_t i = 0; i < n; ++i) {
    set.item_ids.push_back(std::to_string(i));
    made.labels.push_back(random.uniform() < 0.7);
    made.groups.push_back(i);
    const double shift = made.labels.back() ? 0.05 : 0.0;
    for (std::size_t d = 0; d < kDimensions; ++d) {
      set.values.push_back(static_cast<float>(random.uniform() - 0.5 + (d < 100 ? shift : 0.0)));
    }
  }
  made.features = features_of(set);
  return made;
}

template <class Work>
void timed(const char* what, const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  fmt::print("{}: {:.2f} s\n", what, seconds.count());
}

}  // namespace

int main() {
  const auto set = vectors(2'000);
  std::vector<std::size_t> all(set.labels.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  timed("nested evaluation, without a learning curve", [&] {
    EvaluationOptions options;
    options.shares.clear();
    if (const auto done = evaluate_classifier(set, options)) fmt::print("AUROC {:.3f}\n", done->auroc.value);
  });
  Classifier classifier;
  timed("training", [&] {
    if (auto trained = train_classifier(set, all, {})) classifier = *trained;
  });
  const auto many = vectors(100'000);
  timed("labelling 100,000", [&] {
    if (const auto done = probabilities(classifier, many.features)) fmt::print("{} labels\n", done->size());
  });
  return 0;
}
