#include "osler/engine/llama/model_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "osler/engine/llama/gguf_head.h"
#include "osler/engine/llama/model_parts.h"
#include "osler/engine/llama/model_shape.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxHeads = 1 << 16;  ///< More than any model has; keeps damaged files from overflowing.

Result<fs::path> find_projector(const fs::path& model) {
  const fs::path folder = model.has_parent_path() ? model.parent_path() : fs::path(".");
  const fs::path named = folder / ("mmproj-" + model.filename().string());
  std::error_code problem;
  if (fs::is_regular_file(named, problem)) return named;
  std::vector<fs::path> candidates;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    const bool fits = name.find("mmproj") != std::string::npos && name.ends_with(".gguf");
    if (fits && entry.is_regular_file(problem)) candidates.push_back(entry.path());
  }
  std::sort(candidates.begin(), candidates.end());
  if (candidates.size() == 1) return candidates.front();
  if (candidates.empty()) {
    return fail(ErrorCode::not_found, "has no vision projector (mmproj*.gguf) beside it", {model.string()},
                "give it with --mmproj FILE; without it a model cannot see images");
  }
  return fail(ErrorCode::usage,
              fmt::format("has {} vision projectors beside it ({}, {}, ...)", candidates.size(),
                          candidates[0].filename().string(), candidates[1].filename().string()),
              {model.string()}, "choose one with --mmproj FILE");
}

Result<GgufFacts> facts_of(const GgufHead& head) {
  GgufFacts facts;
  std::error_code problem;
  facts.bytes = fs::file_size(head.path(), problem);
  if (const std::uint64_t needed = head.announced_bytes(); facts.bytes < needed) {
    return fail(ErrorCode::malformed,
                fmt::format("has {} of the {} bytes that its head announces", facts.bytes, needed),
                {head.path().string()}, "the file is cut short: fetch it again");
  }
  facts.architecture = head.text("general.architecture");
  facts.name = head.text("general.name");
  facts.embedding_length = head.number(facts.architecture + ".embedding_length").value_or(0);
  for (const auto heads : head.numbers(facts.architecture + ".attention.head_count_kv")) {
    facts.kv_heads += static_cast<std::uint64_t>(std::clamp<std::int64_t>(heads, 0, kMaxHeads));
  }
  facts.projection_length = head.number("clip.vision.projection_dim").value_or(0);
  facts.has_vision_encoder = head.flag("clip.has_vision_encoder");
  return facts;
}

/// Looks at the projector, and whether it and the text model belong together.
Status check_projector(const GgufHead& text, ModelFiles& files) {
  const auto vision = GgufHead::open(files.projector);
  if (!vision) return pass(vision);
  auto vision_facts = facts_of(*vision);
  if (!vision_facts) return pass(vision_facts);
  files.projector_facts = std::move(*vision_facts);
  if (files.projector_facts.architecture != "clip" || !files.projector_facts.has_vision_encoder) {
    return fail(ErrorCode::mismatch, "is not a vision projector", {files.projector.string()},
                "give the mmproj file that was converted together with the model");
  }
  const auto takes = files.model_facts.embedding_length;
  const auto gives = files.projector_facts.projection_length;
  if (takes != 0 && gives != 0 && takes != gives) {
    return fail(ErrorCode::mismatch,
                fmt::format("gives image embeddings of {} numbers, but {} takes {}", gives,
                            files.model.filename().string(), takes),
                {files.projector.string()}, "it belongs to another model: give the mmproj of this one with --mmproj");
  }
  if (auto status = check_projector_shape(*vision); !status) return status;
  return check_pair(text, *vision);
}

}  // namespace

Result<GgufFacts> inspect_gguf(const fs::path& path) {
  const auto head = GgufHead::open(path);
  if (!head) return pass(head);
  return facts_of(*head);
}

Result<ModelFiles> find_model_files(const fs::path& model, const fs::path& projector, bool text_only_too) {
  ModelFiles files;
  files.model = model;
  const auto text = GgufHead::open(model);
  if (!text) return pass(text);
  auto text_facts = facts_of(*text);
  if (!text_facts) return pass(text_facts);
  files.model_facts = std::move(*text_facts);
  const auto parts = model_parts(model);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    std::error_code problem;
    const auto bytes = fs::file_size(parts[i], problem);
    if (!problem) files.model_facts.bytes += bytes;  // one that is missing is llama.cpp's to report
  }
  if (files.model_facts.architecture == "clip") {
    return fail(ErrorCode::usage, "is a vision projector, not a model", {model.string()},
                "give the text model with --model and this file with --mmproj");
  }
  if (auto status = check_text_shape(*text); !status) return pass(status);
  if (projector.empty()) {
    auto found = find_projector(model);
    if (!found && text_only_too && found.error().code == ErrorCode::not_found) return files;
    if (!found) return pass(found);
    files.projector = std::move(*found);
  } else {
    files.projector = projector;
  }
  if (auto status = check_projector(*text, files); !status) return pass(status);
  return files;
}

}  // namespace osler
