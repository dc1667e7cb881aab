// The response cache with many entries: how fast they are written and found, what they take on disk and in memory.
//   cache_bench [ENTRIES] [BYTES OF TEXT]      (default: 1,000,000 of 200)
// Texts are made of words as models use them, so that they deflate as answers do.

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <random>

#include "osler/core/hash.h"
#include "osler/engine/cache/cache_upkeep.h"
#include "osler/engine/cache/response_store.h"

namespace {

using Clock = std::chrono::steady_clock;

std::string key_of(std::uint64_t number) {
  osler::Sha256 hash;
  hash.update(std::to_string(number));
  return hash.bytes();
}

/// The same for the same number.
osler::Response response_of(std::uint64_t number, std::size_t bytes) {
  static const std::vector<std::string> words = {
      "the",    "image",   "shows",    "a",        "lesion",   "in",         "right",     "upper",
      "lobe",   "with",    "margins",  "no",       "evidence", "of",         "effusion",  "left",
      "lower",  "opacity", "heart",    "enlarged", "because",  "tissue",     "cells",     "staining",
      "option", "answer",  "is",       "most",     "likely",   "consistent", "density",   "contrast",
      "liver",  "kidney",  "fracture", "normal",   "bone",     "and",        "therefore", "benign"};
  std::mt19937_64 random(number);
  osler::Response response;
  while (response.text.size() < bytes) response.text += words[random() % words.size()] + ' ';
  response.text += fmt::format("\\boxed{{{}}}", static_cast<char>('A' + random() % 4));
  response.prompt_hash = osler::sha256_hex(std::to_string(number));
  response.prompt_tokens = 300 + random() % 100;
  response.image_tokens = 256;
  response.completion_tokens = bytes / 5;
  response.prefill_ms = static_cast<double>(random() % 1'000'000) / 1000.0;
  response.decode_ms = static_cast<double>(random() % 10'000'000) / 1000.0;
  return response;
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

std::unique_ptr<osler::ResponseStore> open(const std::filesystem::path& file) {
  auto store = osler::ResponseStore::open(file, [](const osler::Error& error) {
    fmt::print(stderr, "{}\n", error.message());
    std::exit(1);
  });
  if (!store) std::exit(1);
  (*store)->belongs_to({"llama", "bench", {{"model_sha256", "0"}}, {}});
  return std::move(*store);
}

void fill(const std::filesystem::path& file, std::uint64_t entries, std::size_t bytes) {
  const auto start = Clock::now();
  {
    const auto store = open(file);
    for (std::uint64_t i = 0; i < entries; ++i) {
      store->put(key_of(i), response_of(i, bytes));
      // What waits is bounded, and what comes beyond is dropped: engines are slower than this.
      if (i % 1'000 == 999) store->flush();
    }
  }
  fmt::print("written: {} entries of {} bytes of text in {:.1f} s, {:.1f} us of CPU each (making them included)\n",
             entries, bytes, seconds_since(start), 1e6 * cpu_seconds() / static_cast<double>(entries));
}

void look_up(const std::filesystem::path& file, std::uint64_t entries, const char* what, std::uint64_t first) {
  constexpr std::uint64_t kTimes = 200'000;
  const auto store = open(file);
  std::mt19937_64 random(9);
  std::vector<std::string> keys;
  for (std::uint64_t i = 0; i < kTimes; ++i) keys.push_back(key_of(first + random() % entries));
  std::uint64_t found = 0;
  const double busy_before = cpu_seconds();
  const auto start = Clock::now();
  for (const auto& key : keys) found += store->find(key) ? 1U : 0U;
  const double seconds = seconds_since(start);
  const double busy = cpu_seconds() - busy_before;
  fmt::print("{}: {:.0f} look-ups/s, {:.1f} us of CPU each ({} of {} found)\n", what,
             static_cast<double>(kTimes) / seconds, 1e6 * busy / static_cast<double>(kTimes), found, kTimes);
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t entries = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  const std::size_t bytes = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 200;
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("osler-cache-bench-{}", ::getpid());
  const auto file = folder / "cache.sqlite";
  fill(file, entries, bytes);
  fmt::print("peak memory after writing: {} MB\n", peak_megabytes());
  look_up(file, entries, "what is there", 0);
  look_up(file, entries, "what is not", entries);
  const auto stats = osler::cache_stats(file);
  if (!stats) return 1;
  fmt::print("on disk: {:.1f} MB for {} entries, their values {:.1f} MB\npeak memory: {} MB\n",
             static_cast<double>(stats->file_bytes) / 1e6, stats->models.at(0).entries,
             static_cast<double>(stats->models.at(0).bytes) / 1e6, peak_megabytes());
  std::filesystem::remove_all(folder);
  return 0;
}
