#include "osler/engine/llama/llama_facts.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "osler/core/machine.h"
#include "osler/core/version.h"
#include "osler/engine/llama/kv_memory.h"
#include "osler/engine/llama/model_parts.h"
#include "osler/storage/file_hash.h"

namespace osler {
namespace {

std::string_view on_or_off(bool on) { return on ? "on" : "off"; }

std::string batching(const LlamaOptions& options, const ContextSettings& settings) {
  // Sharing changes no number, so runs with and without it are one.
  if (!settings.is_batched) return "one by one";
  return fmt::format("batched, up to {}", options.parallel);
}

std::string image_sizes(const VisionModel& model, const LlamaOptions& options) {
  const ImageSizeRule& rule = model.image_size_rule();
  if (rule.factor > 0) {
    return fmt::format("multiples of {}, {} to {} pixels", rule.factor, rule.min_pixels, rule.max_pixels);
  }
  const auto side = [](std::int32_t limit) { return limit > 0 ? std::to_string(limit) : std::string("default"); };
  return fmt::format("llama.cpp's, {} to {} tokens", side(options.image_min_tokens), side(options.image_max_tokens));
}

}  // namespace

Result<EngineFacts> llama_facts(const VisionModel& model, const LlamaOptions& options, const ContextSettings& settings,
                                const std::function<bool(float)>& progress) {
  // Reading many gigabytes takes its time: who waits for signs of life gets them.
  const auto tell = [&progress](std::uint64_t, std::uint64_t) {
    if (progress) progress(1.0F);
  };
  const auto model_hash = model_sha256(model.files().model, tell);
  if (!model_hash) return pass(model_hash);
  std::string projector_hash = "none";
  if (!model.files().projector.empty()) {
    auto hash = cached_sha256_of_file(model.files().projector, tell);
    if (!hash) return pass(hash);
    projector_hash = std::move(*hash);
  }
  EngineFacts facts;
  facts.kind = "llama";
  facts.model = model_name(model.files().model);
  facts.identity = {{"model_sha256", *model_hash},
                    {"mmproj_sha256", projector_hash},
                    {"chat_template_sha256", model.template_hash()},
                    {"llama_cpp", fmt::format("{} ({})", kLlamaRelease, kLlamaCommit)},
                    {"context", options.context > 0 ? std::to_string(options.context) : "as needed"},
                    {"flash_attention", std::string(on_or_off(settings.flash_attention))},
                    {"kv_type", ggml_type_name(settings.kv_type)},
                    {"micro_batch", std::to_string(settings.micro_batch)},
                    {"repack", std::string(on_or_off(!options.deterministic))},
                    {"image_sizes", image_sizes(model, options)},
                    {"device", kCuda && options.gpu_layers != 0 ? "GPU" : "CPU"},
                    {"batching", batching(options, settings)}};
  facts.details = {{"model_path", model.files().model.string()},
                   {"mmproj_path", model.files().projector.string()},
                   {"model_description", model.description()},
                   {"model_bytes", std::to_string(model.files().model_facts.bytes)},
                   {"mmproj_bytes", std::to_string(model.files().projector_facts.bytes)},
                   {"threads", std::to_string(model.threads())},
                   {"gpu_layers", options.gpu_layers < 0 ? "all" : std::to_string(options.gpu_layers)},
                   {"images_shared", std::string(on_or_off(options.sharing != Sharing::none && model.can_share()))},
                   {"kv_bytes_per_token", std::to_string(kv_bytes_per_token(model, settings.kv_type))},
                   {"context_limit", std::to_string(settings.most_cells)},
                   {"kv_budget", std::to_string(settings.most_cells * kv_bytes_per_token(model, settings.kv_type))},
                   {"cpu", cpu_name()},
                   {"system_info", llama_system_info()}};
  return facts;
}

}  // namespace osler
