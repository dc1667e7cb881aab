#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "osler/core/error.h"

namespace osler {

/// manifest.json: all that is needed to say what was measured.
struct Manifest {
  std::string model;  ///< Short names, as they stand in tables.
  std::string benchmark;
  std::string row_set;  ///< "vqa-rad:test (hf)".
  std::string row_set_hash;
  std::string protocol;
  std::string engine;          ///< llama, openai or replay.
  std::uint64_t items = 0;     ///< Of the row set.
  std::uint64_t answered = 0;  ///< Of these, so far.
  /// What the responses depend on. A run goes on only if all of it is the same.
  std::map<std::string, std::string> identity;
  /// Circumstances: hardware, paths, threads, limits.
  std::map<std::string, std::string> details;
  std::string started;   ///< UTC, ISO 8601.
  std::string finished;  ///< Empty while items are missing.
  double seconds = 0.0;  ///< Spent answering, over all starts.
};

[[nodiscard]] Status write_manifest(const std::filesystem::path& folder, const Manifest& manifest);
[[nodiscard]] Result<Manifest> read_manifest(const std::filesystem::path& folder);

/// Fails with ErrorCode::mismatch, naming every field of the identity that differs, both values and the way out.
/// `noun` is what a folder with another identity holds.
[[nodiscard]] Status check_same_run(const Manifest& stored, const Manifest& now, const std::filesystem::path& folder,
                                    std::string_view noun = "run");

/// Now, in UTC, to the second.
[[nodiscard]] std::string timestamp();

}  // namespace osler
