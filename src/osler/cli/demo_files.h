#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "osler/core/error.h"

namespace osler::cli {

/// What can be run without anybody's data or model.
struct DemoFiles {
  std::filesystem::path card;                           ///< The phantom's.
  std::filesystem::path data;                           ///< Its pictures and questions.
  std::map<std::string, std::filesystem::path> models;  ///< Those that travel in the binary, by name.
};

/// Where write_demo_files() puts them below `folder`.
[[nodiscard]] DemoFiles demo_files(const std::filesystem::path& folder);

/// Unpacks the models and draws the phantom, so that a demo goes the way of any other run. Shows how far it is.
[[nodiscard]] Status write_demo_files(const std::filesystem::path& folder, std::uint64_t seed, std::uint64_t images);

}  // namespace osler::cli
