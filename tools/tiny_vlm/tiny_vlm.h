#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/error.h"

/// Tiny vision-language models with made-up weights: a GGUF pair of less than 1 MB that llama.cpp loads and runs
/// like any other. They know nothing of medicine; they exist to run every line of code that a real model runs.
namespace osler::tiny_vlm {

enum class Architecture {
  qwen25vl,  ///< `qwen2vl` language model with M-RoPE, windowed vision tower, one token per 28x28 pixels.
  llava,     ///< `llama` language model, CLIP vision tower with an MLP, always 16 tokens an image.
  gemma3,    ///< Every second layer sees a short window; an image's 16 tokens see each other. Voice `random` only.
  lfm2vl,    ///< Convolutions whose state cannot be cut back, then attention. Voice `random` only.
};
inline constexpr auto kArchitectures = {Architecture::qwen25vl, Architecture::llava, Architecture::gemma3,
                                        Architecture::lfm2vl};

enum class Voice {
  random,  ///< Every weight is random: babble, often not even UTF-8, that hardly ever ends by itself.
  boxed,   ///< Answers in the form "... \boxed{C}" and ends; which letter depends on image and question.
};

struct TinyVlmOptions {
  Architecture architecture = Architecture::qwen25vl;
  Voice voice = Voice::boxed;
  std::uint64_t seed = 1;
  std::uint32_t context_length = 4096;  ///< What the model says it was trained for.
};

struct TinyVlmFiles {
  std::filesystem::path model;
  std::filesystem::path mmproj;
};

/// "qwen2.5vl", "llava", "gemma3" or "lfm2vl"; "random" or "boxed".
[[nodiscard]] std::string_view name_of(Architecture architecture);
[[nodiscard]] std::string_view name_of(Voice voice);
[[nodiscard]] std::optional<Architecture> architecture_of(std::string_view name);
[[nodiscard]] std::optional<Voice> voice_of(std::string_view name);
[[nodiscard]] bool has_voice(Architecture architecture, Voice voice);

/// Such as "tiny-llava-boxed-1": the file name without ".gguf" and the model's general.name.
[[nodiscard]] std::string name_of(const TinyVlmOptions& options);

/// Writes `<name>.gguf` and `mmproj-<name>.gguf` into `folder`, which is made if it is not there.
/// Equal options give equal bytes, on every machine. Fails with ErrorCode::unsupported for a voice that the
/// architecture does not have.
[[nodiscard]] Result<TinyVlmFiles> write_tiny_vlm(const TinyVlmOptions& options, const std::filesystem::path& folder);

}  // namespace osler::tiny_vlm
