#include "osler/engine/llama/model_files.h"

#include <fmt/format.h>
#include <gguf.h>

#include <array>
#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include "osler/engine/llama/log_capture.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

struct FreeGguf {
  void operator()(gguf_context* context) const { gguf_free(context); }
};
using GgufPtr = std::unique_ptr<gguf_context, FreeGguf>;

std::string text_key(const gguf_context* file, const std::string& key) {
  const auto id = gguf_find_key(file, key.c_str());
  if (id < 0 || gguf_get_kv_type(file, id) != GGUF_TYPE_STRING) return {};
  return gguf_get_val_str(file, id);
}

std::uint64_t number_key(const gguf_context* file, const std::string& key) {
  const auto id = gguf_find_key(file, key.c_str());
  if (id < 0) return 0;
  switch (gguf_get_kv_type(file, id)) {
    case GGUF_TYPE_UINT32:
      return gguf_get_val_u32(file, id);
    case GGUF_TYPE_INT32:
      return static_cast<std::uint64_t>(std::max(0, gguf_get_val_i32(file, id)));
    case GGUF_TYPE_UINT64:
      return gguf_get_val_u64(file, id);
    default:
      return 0;
  }
}

bool flag_key(const gguf_context* file, const std::string& key) {
  const auto id = gguf_find_key(file, key.c_str());
  return id >= 0 && gguf_get_kv_type(file, id) == GGUF_TYPE_BOOL && gguf_get_val_bool(file, id);
}

Status check_magic(const fs::path& path) {
  std::error_code problem;
  if (fs::is_directory(path, problem)) {
    return fail(ErrorCode::usage, "is a folder, not a model", {path.string()}, "give the path of a .gguf file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::not_found, "the model file cannot be opened", {path.string()},
                "check the path; a model is a .gguf file");
  }
  std::array<char, 4> magic{};
  file.read(magic.data(), magic.size());
  if (file.gcount() != 4 || std::string_view(magic.data(), 4) != "GGUF") {
    return fail(ErrorCode::malformed, "is not a GGUF file", {path.string()},
                "convert the model with llama.cpp's convert_hf_to_gguf.py, or fetch its GGUF");
  }
  return {};
}

/// End of the last tensor, so that a cut file is seen before its pages are touched.
std::uint64_t announced_bytes(const gguf_context* file) {
  std::uint64_t end = gguf_get_data_offset(file);
  const auto count = gguf_get_n_tensors(file);
  for (std::int64_t i = 0; i < count; ++i) {
    end = std::max<std::uint64_t>(
        end, gguf_get_data_offset(file) + gguf_get_tensor_offset(file, i) + gguf_get_tensor_size(file, i));
  }
  return end;
}

Result<fs::path> find_projector(const fs::path& model) {
  const fs::path folder = model.has_parent_path() ? model.parent_path() : fs::path(".");
  const fs::path named = folder / ("mmproj-" + model.filename().string());
  std::error_code problem;
  if (fs::exists(named, problem)) return named;
  std::vector<fs::path> candidates;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (name.find("mmproj") != std::string::npos && name.ends_with(".gguf")) candidates.push_back(entry.path());
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

}  // namespace

Result<GgufFacts> inspect_gguf(const fs::path& path) {
  if (auto status = check_magic(path); !status) return pass(status);
  LogCapture log;
  const gguf_init_params params{true, nullptr};
  const GgufPtr file(gguf_init_from_file(path.c_str(), params));
  if (file == nullptr) {
    return fail(ErrorCode::malformed, "has a GGUF head that cannot be read" + log.reason(), {path.string()},
                "the file is probably cut short or damaged: fetch it again");
  }
  GgufFacts facts;
  std::error_code problem;
  facts.bytes = fs::file_size(path, problem);
  if (const std::uint64_t needed = announced_bytes(file.get()); facts.bytes < needed) {
    return fail(ErrorCode::malformed, fmt::format("has {} of the {} bytes that its head announces", facts.bytes, needed),
                {path.string()}, "the file is cut short: fetch it again");
  }
  facts.architecture = text_key(file.get(), "general.architecture");
  facts.name = text_key(file.get(), "general.name");
  facts.embedding_length = number_key(file.get(), facts.architecture + ".embedding_length");
  facts.projection_length = number_key(file.get(), "clip.vision.projection_dim");
  facts.has_vision_encoder = flag_key(file.get(), "clip.has_vision_encoder");
  return facts;
}

Result<ModelFiles> find_model_files(const fs::path& model, const fs::path& projector) {
  ModelFiles files;
  files.model = model;
  const auto model_facts = inspect_gguf(model);
  if (!model_facts) return pass(model_facts);
  files.model_facts = *model_facts;
  if (files.model_facts.architecture == "clip") {
    return fail(ErrorCode::usage, "is a vision projector, not a model", {model.string()},
                "give the text model with --model and this file with --mmproj");
  }
  if (projector.empty()) {
    auto found = find_projector(model);
    if (!found) return pass(found);
    files.projector = std::move(*found);
  } else {
    files.projector = projector;
  }
  const auto projector_facts = inspect_gguf(files.projector);
  if (!projector_facts) return pass(projector_facts);
  files.projector_facts = *projector_facts;
  if (files.projector_facts.architecture != "clip" || !files.projector_facts.has_vision_encoder) {
    return fail(ErrorCode::mismatch, "is not a vision projector", {files.projector.string()},
                "give the mmproj file that was converted together with the model");
  }
  const auto text = files.model_facts.embedding_length;
  const auto vision = files.projector_facts.projection_length;
  if (text != 0 && vision != 0 && text != vision) {
    return fail(ErrorCode::mismatch,
                fmt::format("gives image embeddings of {} numbers, but {} takes {}", vision, model.filename().string(), text),
                {files.projector.string()}, "it belongs to another model: give the mmproj of this one with --mmproj");
  }
  return files;
}

}  // namespace osler
