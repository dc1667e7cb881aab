#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "osler/core/error.h"

namespace osler {

/// What the head of a GGUF file says.
struct GgufFacts {
  std::string architecture;             ///< general.architecture: qwen2vl, llama, clip, ...
  std::string name;                     ///< general.name, may be empty.
  std::uint64_t embedding_length = 0;   ///< Of a text model; 0 if the file does not say.
  std::uint64_t kv_heads = 0;           ///< Of all layers together, where these differ; 0 where they do not.
  std::uint64_t projection_length = 0;  ///< Of a vision projector; 0 if the file does not say.
  bool has_vision_encoder = false;
  std::uint64_t bytes = 0;
};

/// Reads the head of a GGUF file and checks that every tensor it announces lies inside of the file, which
/// llama.cpp does not do for projectors. Errors name the file.
[[nodiscard]] Result<GgufFacts> inspect_gguf(const std::filesystem::path& path);

/// A text model and its vision projector.
struct ModelFiles {
  std::filesystem::path model;
  std::filesystem::path projector;  ///< Empty: the model sees no images.
  GgufFacts model_facts;
  GgufFacts projector_facts;
};

/// Checks both files and that they belong together. With an empty `projector` it is looked for beside the model:
/// mmproj-<model's name>.gguf first, else the only mmproj*.gguf in the folder.
/// With `text_only_too`, a model that has none beside it comes without one: `projector` is then empty.
[[nodiscard]] Result<ModelFiles> find_model_files(const std::filesystem::path& model,
                                                  const std::filesystem::path& projector, bool text_only_too = false);

}  // namespace osler
