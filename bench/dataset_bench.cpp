// Loading and decoding of real files, and decoding ahead of an engine. The folder of real files comes from
// $OSLER_TEST_DATA (as for the tests); the pictures for the engine are made here:
//   OSLER_TEST_DATA=../shared/data build/release/bin/dataset_bench

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <jpeglib.h>

#include "osler/core/hash.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/image_ahead.h"
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

constexpr int kWidth = 1600;
constexpr int kHeight = 1200;

/// A JPEG of 1600 x 1200 with some texture, of about 0.4 MB; another one for every `seed`.
std::string made_jpeg(unsigned seed) {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* out = nullptr;
  unsigned long size = 0;  // NOLINT(google-runtime-int): libjpeg's type.
  jpeg_mem_dest(&jpeg, &out, &size);
  jpeg.image_width = kWidth;
  jpeg.image_height = kHeight;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  std::vector<unsigned char> row(std::size_t{3} * kWidth);
  while (jpeg.next_scanline < jpeg.image_height) {
    for (std::size_t x = 0; x < row.size(); ++x) {
      seed = seed * 1664525U + 1013904223U;
      row[x] = static_cast<unsigned char>((x / 24 + jpeg.next_scanline / 6 + (seed >> 28U)) % 256);
    }
    JSAMPROW pointer = row.data();
    jpeg_write_scanlines(&jpeg, &pointer, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owned(out, &std::free);
  return {reinterpret_cast<const char*>(out), size};
}

/// Questions, each on a JPEG of its own, in a folder that is there as long as this.
class MadeItems {
 public:
  explicit MadeItems(std::size_t count)
      : folder_(fs::temp_directory_path() / ("osler_bench_" + std::to_string(getpid()))) {
    fs::create_directories(folder_);
    items_.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string name = std::to_string(i) + ".jpg";
      std::ofstream(folder_ / name, std::ios::binary) << made_jpeg(static_cast<unsigned>(i));
      items_[i].images = {{name, folder_ / name, {}}};
      pointers_.push_back(&items_[i]);
    }
  }
  ~MadeItems() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  MadeItems(const MadeItems&) = delete;
  MadeItems& operator=(const MadeItems&) = delete;

  [[nodiscard]] const std::vector<const osler::Item*>& items() const { return pointers_; }

 private:
  fs::path folder_;
  std::vector<osler::Item> items_;
  std::vector<const osler::Item*> pointers_;
};

/// What answers an item in the given time: with another device's work (this thread sleeps) or with this processor's.
void answer(std::chrono::milliseconds time, bool busy) {
  const auto end = std::chrono::steady_clock::now() + time;
  if (!busy) std::this_thread::sleep_until(end);
  while (std::chrono::steady_clock::now() < end) {
  }
}

/// 48 items through an engine; arguments: milliseconds per answer, and threads that decode ahead (0: none, in line).
void engine(benchmark::State& state, bool busy) {
  static const MadeItems made(48);
  const std::chrono::milliseconds time(state.range(0));
  const auto threads = static_cast<unsigned>(state.range(1));
  for (auto _ : state) {
    if (threads > 0) {
      osler::ImageAhead ahead(made.items(), {}, {.threads = threads});
      for (std::size_t i = 0; i < made.items().size(); ++i) {
        benchmark::DoNotOptimize(ahead.next());
        answer(time, busy);
      }
      continue;
    }
    osler::ImageLoader loader;
    for (const auto* item : made.items()) {
      const auto image = loader.load(item->images.front());
      benchmark::DoNotOptimize(osler::pixel_hash(**image));
      answer(time, busy);
    }
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(made.items().size()));
}

BENCHMARK_CAPTURE(engine, waits_for_a_device, false)
    ->ArgNames({"ms", "ahead"})
    ->ArgsProduct({{0, 20}, {0, 1, 2, 4}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(engine, on_one_core, true)
    ->ArgNames({"ms", "ahead"})
    ->ArgsProduct({{20}, {0, 1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(load_vqa_rad, parquet, "hf", false)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_vqa_rad, parquet_with_images, "hf", true)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(load_vqa_rad, json, "osf", false)->Unit(benchmark::kMillisecond);
BENCHMARK(decode_jpegs)->Unit(benchmark::kMillisecond);

}  // namespace
