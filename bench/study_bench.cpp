// The tables of a whole study: 10 models on 7 benchmarks of their true sizes, made-up grades.
//   study_bench
// Every cell has its clustered error and a cluster bootstrap of 10,000 replicates, overall and by capability; all pairs
// of models are tested on every benchmark (315 overall, and as many again for each capability), with macro averages and
// findings; then the same pairs, overall, by sign flips. The grades are made and put into the grid before the clock
// starts; what putting them there takes is told too.

#include <fmt/format.h>
#include <sys/resource.h>

#include <array>
#include <chrono>
#include <random>

#include "osler/report/study/study_tables.h"
#include "osler/stats/permutation.h"

namespace {

using Clock = std::chrono::steady_clock;
using namespace osler;

struct Shape {
  const char* name;
  std::size_t items;
  std::size_t images;
  std::size_t options;
};

/// Items of the test sets as tools count them, and about as many images as they have.
constexpr std::array<Shape, 7> kShapes = {{{"medxpertqa-mm", 2'000, 2'000, 5},
                                           {"omnimedvqa", 88'996, 82'059, 4},
                                           {"pmc-vqa", 33'430, 29'021, 4},
                                           {"pathvqa", 6'719, 858, 2},
                                           {"mmmu-medical", 150, 150, 4},
                                           {"slake", 1'061, 96, 2},
                                           {"vqa-rad", 451, 203, 2}}};
constexpr std::size_t kModels = 10;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

report::RunGrades made_up(const Shape& shape, std::size_t model) {
  std::mt19937_64 random(1'000 * model + shape.items);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  report::RunGrades run;
  run.benchmark = shape.name;
  run.protocol = "paper";
  run.engine = "made up";
  run.row_set = fmt::format("{}:test", shape.name);
  run.row_set_hash = shape.name;
  run.capability_source = "gold";
  run.complete = true;
  run.planned = shape.items;
  std::vector<double> ease(shape.images);
  std::mt19937_64 of_images(shape.items);
  for (double& one : ease) one = 0.4 * unit(of_images) - 0.2;
  for (std::size_t i = 0; i < shape.items; ++i) {
    const std::size_t image = i % shape.images;
    report::GradedItem item;
    item.item_id = fmt::format("{}-{}", shape.name, i);
    item.image_cluster = fmt::format("image {}", image);
    item.kind = Kind::mcq;
    item.capability = i % 3 == 0 ? Capability::reasoning : Capability::understanding;
    item.options = shape.options;
    const bool right = unit(random) < 0.55 + 0.01 * static_cast<double>(model) + ease[image];
    item.outcome = right ? Outcome::correct : Outcome::wrong;
    item.answer_option = random() % shape.options;
    run.items.push_back(std::move(item));
  }
  return run;
}

/// Every pair of models on every benchmark, by sign flips of the images. Returns how many pairs.
std::size_t flip_signs(const report::StudyGrid& grid) {
  std::size_t pairs = 0;
  for (std::size_t b = 0; b < grid.benchmarks().size(); ++b) {
    std::vector<double> differences(grid.benchmarks()[b].ids.size());
    for (std::size_t first = 0; first < kModels; ++first) {
      for (std::size_t second = first + 1; second < kModels; ++second) {
        const auto& one = grid.cell(first, b)->answers.scores;
        const auto& other = grid.cell(second, b)->answers.scores;
        for (std::size_t i = 0; i < differences.size(); ++i) differences[i] = double{one[i]} - double{other[i]};
        const double p = stats::sign_flip_p(differences, grid.benchmarks()[b].cluster_of, {});
        pairs += p >= 0.0 && p <= 1.0 ? 1U : 0U;
      }
    }
  }
  return pairs;
}

}  // namespace

int main() {
  std::vector<report::ModelName> models;
  for (std::size_t m = 0; m < kModels; ++m) {
    models.push_back({fmt::format("model {}", m), m % 2 == 0 ? "general" : "medical", "7B", ""});
  }
  report::StudyGrid grid(models);
  double adding = 0.0;
  for (std::size_t m = 0; m < kModels; ++m) {
    for (const Shape& shape : kShapes) {
      auto run = made_up(shape, m);
      const auto start = Clock::now();
      grid.add(m, report::Control::none, std::move(run));
      adding += seconds_since(start);
    }
  }
  const auto start = Clock::now();
  const auto report = report::make_study_report({"bench", "bench", "", {}}, grid, {}, {});
  const double making = seconds_since(start);
  const auto text = report::latex_document(report::study_document(report));
  const auto json = report::study_json(report);
  std::size_t pairs = 0;
  for (const auto& table : report.strata) {
    for (const auto& column : table.pairs) pairs += column.size();
  }
  fmt::print("items {} x {} models\n", grid.benchmarks().size() == kShapes.size() ? 132'807 : 0, kModels);
  fmt::print("grades into the grid      {:6.2f} s\n", adding);
  fmt::print("statistics ({} pairs)     {:6.2f} s\n", pairs, making);
  fmt::print("LaTeX {} kB and JSON {} kB {:6.2f} s\n", text.size() / 1024, json.size() / 1024,
             seconds_since(start) - making);
  const auto flipping = Clock::now();
  const std::size_t flipped = flip_signs(grid);
  fmt::print("sign flips ({} pairs)     {:6.2f} s\n", flipped, seconds_since(flipping));
  fmt::print("peak memory               {} MB\n", peak_megabytes());
}
