// Grading a finished run from disk to disk: 100,000 made-up items of five options, and as many responses of 800
// characters, from items.jsonl and responses.jsonl to grades.parquet.
//   build/release/bin/pipeline_bench
//   build/release/bin/pipeline_bench --make FOLDER [OPEN_PERCENT]   writes the run there

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/hash.h"
#include "osler/prompt/protocol.h"
#include "osler/run/journal.h"
#include "osler/run/runner.h"
#include "osler/storage/response_json.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kItems = 100'000;
constexpr std::size_t kCharacters = 800;

constexpr std::array<std::string_view, 10> kFindings{"Acute appendicitis with a perforated tip",
                                                     "Small-bowel obstruction",
                                                     "Right lower lobe pneumonia",
                                                     "Pulmonary embolism",
                                                     "Mesenteric ischaemia",
                                                     "Ruptured aneurysm of the abdominal aorta",
                                                     "Pneumothorax on the left side",
                                                     "Metastatic adenocarcinoma",
                                                     "Pericardial effusion",
                                                     "Perforated diverticulitis"};

constexpr std::array<std::string_view, 8> kSentences{
    "The loops are dilated and show air\u2013fluid levels at different heights.\n",
    "There is no free air under the diaphragm, which makes a perforation less likely. ",
    "Option (A) would be seen as a \"crescent\" of gas; I do not see one here.\n\n",
    "The cardiac silhouette is 14.2 cm wide (\u2248 0.52 of the chest), so it is at most borderline.\n",
    "**Step 2.** Compare both sides: the left costophrenic angle is blunted. ",
    "The patient's age and the onset within 6\u00A0h speak for a vascular cause.\n",
    "- Density of the lesion: about \\(45\\,\\mathrm{HU}\\), without calcification.\n",
    "Taken together, the most conspicuous finding is the consolidation in the lower lobe. "};

/// The same numbers on every machine.
class Numbers {
 public:
  std::size_t below(std::size_t bound) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state_ >> 33U) % bound;
  }

 private:
  std::uint64_t state_ = 7;
};

osler::Item made_item(std::size_t number, bool open, Numbers& numbers) {
  osler::Item item;
  item.id = fmt::format("made_up_test_{:06}", number);
  item.images = {{fmt::format("images/study_{:05}/view_{}.png", number / 2, number % 2), {}, {}}};
  item.question = fmt::format(
      "A {}-year-old patient presents with pain for {} days and a temperature of {}.{} degrees. Which of the following "
      "is the most likely diagnosis, given the picture?",
      20 + numbers.below(70), 1 + numbers.below(9), 36 + numbers.below(4), numbers.below(10));
  const std::size_t first = numbers.below(kFindings.size());
  const std::size_t gold = numbers.below(5);
  for (std::size_t i = 0; i < 5; ++i) item.options.emplace_back(kFindings[(first + i) % kFindings.size()]);
  item.gold = item.options[gold];
  item.kind = open ? osler::Kind::open : osler::Kind::mcq;
  if (open) item.options.clear();
  if (!open) item.gold_option = gold;
  item.capability = number % 3 == 0 ? osler::Capability::understanding : osler::Capability::reasoning;
  item.strata = {{"modality", number % 2 == 0 ? "CT" : "X-ray"}, {"organ", "chest"}, {"body_system", "respiratory"}};
  return item;
}

/// Reasoning that ends in an answer: of ten responses eight in a box, one letter beside it, one that breaks off.
std::string made_text(const osler::Item& item, Numbers& numbers) {
  const std::size_t style = numbers.below(10);
  const std::string letter(1, osler::option_letter(numbers.below(5)));
  std::string answer = "The answer is " + letter + ".";
  if (style == 0) answer = "So it may well be the";
  if (style > 1) {
    const bool open = item.kind == osler::Kind::open;
    const std::string text(kFindings[numbers.below(kFindings.size())]);
    answer = "Final answer: \\boxed{" + (open ? text : style < 6 ? letter : letter + ". " + text) + "}";
  }
  std::string reasoning;
  while (reasoning.size() + answer.size() < kCharacters) reasoning += kSentences[numbers.below(kSentences.size())];
  reasoning.resize(kCharacters - answer.size());
  // A cut through a character would make every fourth response one that is not UTF-8.
  while (!reasoning.empty() && static_cast<unsigned char>(reasoning.back()) >= 0x80) reasoning.pop_back();
  return reasoning + answer;
}

osler::Response made_response(const osler::Item& item, Numbers& numbers) {
  osler::Response response;
  response.item_id = item.id;
  response.text = made_text(item, numbers);
  response.prompt_hash = osler::sha256_hex(item.id);
  response.image_cluster = osler::sha256_hex(item.images.front().key);
  response.prompt_tokens = 700 + numbers.below(200);
  response.image_tokens = 576;
  response.completion_tokens = 180 + numbers.below(40);
  response.prefill_ms = 80.0 + static_cast<double>(numbers.below(20'000)) / 1000.0;
  response.decode_ms = 900.0 + static_cast<double>(numbers.below(200'000)) / 1000.0;
  return response;
}

/// Writes a finished run in which so many of a hundred items are open ones.
void make_run(const fs::path& folder, std::size_t open_percent) {
  fs::create_directories(folder);
  Numbers numbers;
  std::vector<osler::Item> items;
  std::ofstream journal(folder / "responses.jsonl", std::ios::binary);
  for (std::size_t i = 0; i < kItems; ++i) {
    items.push_back(made_item(i, numbers.below(100) < open_percent, numbers));
    journal << osler::dump_json(osler::response_to_json(made_response(items.back(), numbers))) << '\n';
  }
  osler::Manifest manifest;
  manifest.model = "made-up-model-4b";
  manifest.benchmark = "made-up";
  manifest.row_set = "made-up:test (memory)";
  manifest.protocol = "paper";
  manifest.engine = "replay";
  manifest.items = manifest.answered = kItems;
  if (!osler::write_items(folder, items) || !osler::write_manifest(folder, manifest)) {
    std::cerr << folder << ": cannot be written\n";
  }
}

/// Runs that are there as long as this.
class MadeRuns {
 public:
  MadeRuns() : root_(fs::temp_directory_path() / fmt::format("osler_pipeline_{}", ::getpid())) {}
  ~MadeRuns() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  MadeRuns(const MadeRuns&) = delete;
  MadeRuns& operator=(const MadeRuns&) = delete;

  [[nodiscard]] fs::path folder(std::size_t open_percent) const {
    fs::path folder = root_ / std::to_string(open_percent);
    if (!fs::exists(folder)) make_run(folder, open_percent);
    return folder;
  }

 private:
  fs::path root_;
};

/// The highest resident memory since it was last set back, in MB (Linux; 0 elsewhere).
double peak_memory(bool set_back) {
  std::ifstream status("/proc/self/status");
  double peak = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak = std::stod(line.substr(6)) * 1024 / 1e6;
  }
  if (set_back) std::ofstream("/proc/self/clear_refs") << 5;
  return peak;
}

/// Arguments: the protocol, and how many of a hundred items are open ones.
void grade_from_disk_to_disk(benchmark::State& state, const std::string& name) {
  static const MadeRuns runs;
  const auto folder = runs.folder(static_cast<std::size_t>(state.range(0)));
  const auto protocol = osler::find_protocol(name);
  const auto grader = osler::make_grader(*protocol);
  peak_memory(true);
  for (auto _ : state) {
    const auto graded = osler::grade_run(folder, *protocol, *grader);
    if (!graded || *graded != kItems) {
      state.SkipWithError(graded ? "items are missing" : graded.error().message().c_str());
      return;
    }
  }
  state.counters["peak_MB"] = peak_memory(false);
}

double least(const std::vector<double>& values) { return *std::min_element(values.begin(), values.end()); }

void several_times(benchmark::internal::Benchmark* bench) {
  bench->ArgName("open_percent")->Arg(0)->Arg(30)->Iterations(1)->Repetitions(9);
  bench->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();
  bench->ComputeStatistics("min", least)->ReportAggregatesOnly();
}
BENCHMARK_CAPTURE(grade_from_disk_to_disk, paper, "paper")->Apply(several_times);
BENCHMARK_CAPTURE(grade_from_disk_to_disk, lenient, "lenient")->Apply(several_times);
BENCHMARK_CAPTURE(grade_from_disk_to_disk, direct, "direct")->Apply(several_times);

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 3 && std::string_view(argv[1]) == "--make") {
    make_run(argv[2], argc > 3 ? std::stoul(argv[3]) : 0);
    return 0;
  }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
