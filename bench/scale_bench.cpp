// Loading a benchmark of the size of OmniMedVQA with open access: 88,996 made-up questions in 42 files, 82,059 images
// (of one byte each: they are found, not decoded), as a folder and as a zip that is read in place.
//   build/release/bin/scale_bench

#include <benchmark/benchmark.h>
#include <unistd.h>
#include <zip.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "osler/dataset/catalog.h"
#include "osler/dataset/loader.h"
#include "osler/storage/json.h"

namespace {

namespace fs = std::filesystem;

constexpr int kItems = 88'996;
constexpr int kImages = 82'059;
constexpr int kFiles = 42;

std::string image_name(int item) {
  const int image = item % kImages;
  return "Images/Collection " + std::to_string(image % kFiles) + "/test/picture (" + std::to_string(image) + ").png";
}

/// RadImageNet alone has 64 of 100 questions.
std::vector<int> items_per_file() {
  std::vector<int> counts(kFiles, (kItems - 56'697) / (kFiles - 1));
  counts[30] = 56'697;
  int total = 0;
  for (const int count : counts) total += count;
  counts.back() += kItems - total;
  return counts;
}

osler::Json question(int item, int file) {
  return {{"dataset", "Collection " + std::to_string(file)},
          {"question_id", "Collection_R" + std::to_string(item)},
          {"question_type", "Disease Diagnosis"},
          {"question", "What is the term for the anomaly that is depicted in this picture of the chest?"},
          {"gt_answer", "Airspace opacity"},
          {"image_path", image_name(item)},
          {"option_A", "Pulmonary embolism"},
          {"option_B", "Airspace opacity"},
          {"option_C", "Lung consolidation"},
          {"option_D", "Atelectasis"},
          {"modality_type", "CT(Computed Tomography)"}};
}

/// The folder and, beside it, the zip of it; there as long as this.
class MadeBenchmark {
 public:
  MadeBenchmark() : root_(fs::temp_directory_path() / ("osler_scale_" + std::to_string(getpid()))) {
    const fs::path folder = root_ / "folder" / "OmniMedVQA";
    fs::create_directories(folder / "QA_information/Open-access");
    int item = 0;
    const auto counts = items_per_file();
    for (int file = 0; file < kFiles; ++file) {
      osler::Json rows = osler::Json::array();
      for (int i = 0; i < counts[static_cast<std::size_t>(file)]; ++i) rows.push_back(question(item++, file));
      const std::string name = "QA_information/Open-access/Collection " + std::to_string(file) + ".json";
      std::ofstream(folder / name) << rows.dump(4);
      names_.push_back(name);
    }
    for (int image = 0; image < kImages; ++image) {
      const std::string name = image_name(image);
      fs::create_directories((folder / name).parent_path());
      std::ofstream(folder / name) << 'x';
      names_.push_back(name);
    }
    write_zip(folder);
  }
  ~MadeBenchmark() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  MadeBenchmark(const MadeBenchmark&) = delete;
  MadeBenchmark& operator=(const MadeBenchmark&) = delete;

  [[nodiscard]] fs::path folder(bool zipped) const { return root_ / (zipped ? "zip" : "folder"); }

 private:
  void write_zip(const fs::path& folder) {
    fs::create_directories(root_ / "zip");
    int error = 0;
    zip_t* archive = zip_open((root_ / "zip/OmniMedVQA.zip").c_str(), ZIP_CREATE, &error);
    for (const auto& name : names_) {
      zip_source_t* source = zip_source_file(archive, (folder / name).c_str(), 0, -1);
      zip_file_add(archive, ("OmniMedVQA/" + name).c_str(), source, ZIP_FL_ENC_UTF_8);
    }
    zip_close(archive);
  }

  fs::path root_;
  std::vector<std::string> names_;
};

const MadeBenchmark& made() {
  static const MadeBenchmark benchmark;
  return benchmark;
}

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

void all_items(benchmark::State& state, bool zipped) {
  const auto folder = made().folder(zipped);
  const auto card = osler::find_card("omnimedvqa");
  std::size_t items = 0;
  peak_memory(true);
  for (auto _ : state) {
    const auto rows = osler::load_row_set(*card, {}, {folder});
    if (!rows || !rows->problems.empty()) {
      state.SkipWithError(rows ? rows->problems.front().what.c_str() : rows.error().message().c_str());
      return;
    }
    items = rows->items.size();
  }
  state.counters["items"] = static_cast<double>(items);
  state.counters["peak_MB"] = peak_memory(false);
}

void first_item(benchmark::State& state, bool zipped) {
  const auto folder = made().folder(zipped);
  const auto card = osler::find_card("omnimedvqa");
  for (auto _ : state) {
    std::size_t items = 0;
    const auto rows = osler::stream_row_set(*card, {}, {folder}, [&items](osler::Item&&) { return ++items < 1; });
    if (!rows || items != 1) state.SkipWithError("no item");
  }
}

BENCHMARK_CAPTURE(all_items, folder, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(all_items, zip, true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(first_item, folder, false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(first_item, zip, true)->Unit(benchmark::kMillisecond);

}  // namespace
