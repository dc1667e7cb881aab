#pragma once

#include <cstddef>
#include <filesystem>

#include "osler/core/error.h"

namespace osler::engine_bench {

/// Writes a benchmark of SLAKE's proportions into `folder`: `images` drawn pictures of 448 x 448 pixels (images/*.png),
/// `questions` open ones on each (items.csv, in the images' order), a card (bench.yaml) and two protocols that ask the
/// question alone: short.yaml (4 tokens) and reasoning.yaml (200 tokens). With the template's words after the picture
/// a question has about 30 tokens.
[[nodiscard]] Status write_questions(std::size_t images, std::size_t questions, const std::filesystem::path& folder);

}  // namespace osler::engine_bench
