#include "tiny_vlm/tiny_vlm.h"

#include <system_error>
#include <utility>

#include "tiny_vlm/boxed_voice.h"
#include "tiny_vlm/gguf_file.h"
#include "tiny_vlm/language_model.h"
#include "tiny_vlm/vision_tower.h"
#include "tiny_vlm/vocabulary.h"
#include "tiny_vlm/weights.h"

namespace osler::tiny_vlm {

std::string_view name_of(Architecture architecture) {
  switch (architecture) {
    case Architecture::qwen25vl:
      return "qwen2.5vl";
    case Architecture::llava:
      return "llava";
    case Architecture::gemma3:
      return "gemma3";
    case Architecture::lfm2vl:
      return "lfm2vl";
  }
  return "";
}

std::string_view name_of(Voice voice) { return voice == Voice::boxed ? "boxed" : "random"; }

std::optional<Architecture> architecture_of(std::string_view name) {
  for (const auto architecture : kArchitectures) {
    if (name == name_of(architecture)) return architecture;
  }
  return std::nullopt;
}

std::optional<Voice> voice_of(std::string_view name) {
  for (const auto voice : {Voice::random, Voice::boxed}) {
    if (name == name_of(voice)) return voice;
  }
  return std::nullopt;
}

bool has_voice(Architecture architecture, Voice voice) {
  // The boxed voice is wired for layers that add their output as it is; Gemma normalises it first, and LFM2's first
  // layer has no attention.
  return voice == Voice::random || architecture == Architecture::qwen25vl || architecture == Architecture::llava;
}

std::string name_of(const TinyVlmOptions& options) {
  return "tiny-" + std::string(name_of(options.architecture)) + "-" + std::string(name_of(options.voice)) + "-" +
         std::to_string(options.seed);
}

Result<TinyVlmFiles> write_tiny_vlm(const TinyVlmOptions& options, const std::filesystem::path& folder) {
  if (!has_voice(options.architecture, options.voice)) {
    return fail(ErrorCode::unsupported,
                std::string(name_of(options.architecture)) + " has no voice " + std::string(name_of(options.voice)), {},
                "choose the voice random");
  }
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem) return fail(ErrorCode::io, "cannot be made: " + problem.message(), {folder.string()});

  const Weights weights(options.seed);
  const Vocabulary vocabulary(0, Vocabulary::more_controls(options.architecture));
  auto model = random_language_model(weights, vocabulary);
  if (options.voice == Voice::boxed) wire_boxed_voice(model, weights, vocabulary);

  GgufFile text;
  describe(text, std::move(model), weights, options);
  vocabulary.describe(text, options.architecture);
  GgufFile vision;
  describe_vision_tower(vision, weights, options);

  const std::string name = name_of(options) + ".gguf";
  TinyVlmFiles files{folder / name, folder / ("mmproj-" + name)};
  if (const auto status = text.write(files.model); !status) return pass(status);
  if (const auto status = vision.write(files.mmproj); !status) return pass(status);
  return files;
}

}  // namespace osler::tiny_vlm
