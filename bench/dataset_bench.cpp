// Loading and decoding of real files. The folder comes from $OSLER_TEST_DATA (as for the tests):
//   OSLER_TEST_DATA=../shared/data build/release/bin/dataset_bench

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "osler/dataset/catalog.h"
#include "osler/dataset/image_loader.h"
#include "osler/dataset/images/decode.h"
#include "osler/dataset/loader.h"
#include "osler/dataset/rows.h"

namespace {

namespace fs = std::filesystem;

fs::path data_folder(const std::string& form) {
  const char* root = std::getenv("OSLER_TEST_DATA");
  const fs::path base = root != nullptr ? fs::path(root) : fs::path(OSLER_SOURCE_DIR) / ".." / "shared" / "data";
  return base / "vqa_rad" / form;
}

/// All items of VQA-RAD; with images, the encoded bytes of every one are read as well.
void load_vqa_rad(benchmark::State& state, const std::string& form, bool with_images) {
  const auto card = osler::find_card("vqa-rad");
  std::size_t items = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto rows = osler::load_row_set(*card, {}, {data_folder(form)});
    if (!rows) {
      state.SkipWithError(rows.error().message().c_str());
      return;
    }
    items = rows->items.size();
    if (!with_images) continue;
    osler::ImageLoader loader;
    bytes = 0;
    for (const auto& item : rows->items) {
      for (const auto& image : item.images) bytes += loader.bytes(image).value_or(std::string()).size();
    }
  }
  state.counters["items"] = static_cast<double>(items);
  state.counters["image_bytes"] = static_cast<double>(bytes);
}

/// Every JPEG of VQA-RAD's folder from memory to RGB; bytes per second are of the pixels that come out.
void decode_jpegs(benchmark::State& state) {
  std::vector<std::string> encoded;
  const auto card = osler::find_card("vqa-rad");
  const auto rows = osler::load_row_set(*card, {}, {data_folder("osf")});
  if (!rows) {
    state.SkipWithError(rows.error().message().c_str());
    return;
  }
  osler::ImageLoader loader;
  std::size_t in = 0;
  for (const auto& item : rows->items) encoded.push_back(loader.bytes(item.images.front()).value_or(std::string()));
  std::int64_t out = 0;
  for (auto _ : state) {
    for (const auto& bytes : encoded) {
      const auto image = osler::decode_image(std::as_bytes(std::span(bytes)));
      out += static_cast<std::int64_t>(image ? image->rgb.size() : 0);
      in += bytes.size();
    }
  }
  state.SetBytesProcessed(out);
  state.counters["encoded_per_second"] =
      benchmark::Counter(static_cast<double>(in), benchmark::Counter::kIsRate, benchmark::Counter::kIs1024);
}

/// The highest resident memory since the last call, in bytes (Linux; 0 elsewhere).
double peak_memory() {
  std::ifstream status("/proc/self/status");
  double peak = 0;
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) peak = 1024 * std::stod(line.substr(6));
  }
  std::ofstream("/proc/self/clear_refs") << 5;
  return peak;
}

/// Rows of a made-up file of 57,000 questions with the fields of OmniMedVQA, 25 MB.
void read_rows(benchmark::State& state, const std::string& format) {
  constexpr int kRecords = 57'000;
  const fs::path file = fs::temp_directory_path() / ("osler_bench_rows." + format);
  const bool lines = format == "jsonl";
  {
    std::ofstream out(file);
    if (!lines) out << "[\n";
    for (int i = 0; i < kRecords; ++i) {
      osler::Json record{{"dataset", "Made-up OCT"},
                         {"question_id", "Made-up OCT_R" + std::to_string(i)},
                         {"question_type", "Modality Recognition"},
                         {"question", "What type of imaging technique would be employed to obtain this image?"},
                         {"gt_answer", "Optical coherence tomography"},
                         {"image_path", "Images/Made-up/test/NORMAL/" + std::to_string(i) + ".jpg"},
                         {"option_A", "Optical coherence tomography"},
                         {"option_B", "Electroencephalography"},
                         {"option_C", "Endoscopy"},
                         {"option_D", "Fluoroscopy"},
                         {"modality_type", "OCT"}};
      out << record.dump(lines ? -1 : 4) << (lines || i + 1 == kRecords ? "\n" : ",\n");
    }
    if (!lines) out << "]\n";
  }
  static_cast<void>(peak_memory());
  std::int64_t rows = 0;
  for (auto _ : state) {
    const auto status = osler::for_each_row(file, {format}, [&rows](osler::Row&& row) -> osler::Status {
      rows += row.fields.is_object() ? 1 : 0;
      return {};
    });
    if (!status) state.SkipWithError(status.error().message().c_str());
  }
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(static_cast<std::int64_t>(fs::file_size(file)) * state.iterations());
  state.counters["peak_memory"] = peak_memory();
  fs::remove(file);
}

BENCHMARK_CAPTURE(read_rows, json, "json")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(read_rows, jsonl, "jsonl")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_vqa_rad, parquet, "hf", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_vqa_rad, parquet_with_images, "hf", true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_vqa_rad, json, "osf", false)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_jpegs)->Unit(benchmark::kMillisecond);

}  // namespace
