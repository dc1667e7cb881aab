#include "osler/engine/llama/kv_memory.h"

#include <ggml-backend.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "osler/core/machine.h"

namespace osler {
namespace {

/// A number of the model's file, by its key behind the architecture's name; 0 if it has none.
std::uint64_t number_of(const llama_model* model, const std::string& architecture, const char* key) {
  std::array<char, 64> text{};
  const auto size = llama_model_meta_val_str(model, (architecture + "." + key).c_str(), text.data(), text.size());
  return size > 0 ? std::strtoull(text.data(), nullptr, 10) : 0;
}

/// Numbers of one key and one value.
struct HeadLengths {
  std::uint64_t key = 0;
  std::uint64_t value = 0;
};

HeadLengths head_lengths(const VisionModel& model) {
  const llama_model* weights = model.weights();
  const std::string& architecture = model.files().model_facts.architecture;
  const auto heads = static_cast<std::uint64_t>(std::max(1, llama_model_n_head(weights)));
  const std::uint64_t usual = static_cast<std::uint64_t>(std::max(1, llama_model_n_embd(weights))) / heads;
  const std::uint64_t key = number_of(weights, architecture, "attention.key_length");
  const std::uint64_t value = number_of(weights, architecture, "attention.value_length");
  return {key > 0 ? key : usual, value > 0 ? value : usual};
}

}  // namespace

std::optional<ggml_type> kv_type_from(std::string_view name) {
  if (name == "f32") return GGML_TYPE_F32;
  if (name == "f16") return GGML_TYPE_F16;
  if (name == "bf16") return GGML_TYPE_BF16;
  if (name == "q8_0") return GGML_TYPE_Q8_0;
  return std::nullopt;
}

std::uint64_t kv_bytes_per_token(const VisionModel& model, ggml_type type) {
  const auto heads_of_one = static_cast<std::uint64_t>(std::max(1, llama_model_n_head_kv(model.weights())));
  const auto layers = static_cast<std::uint64_t>(std::max(1, llama_model_n_layer(model.weights())));
  const std::uint64_t by_layer = model.files().model_facts.kv_heads;
  const std::uint64_t heads = by_layer > 0 ? by_layer : layers * heads_of_one;
  const HeadLengths lengths = head_lengths(model);
  return ggml_row_size(type, static_cast<std::int64_t>(heads * (lengths.key + lengths.value)));
}

bool can_hold(const VisionModel& model, ggml_type type) {
  const HeadLengths heads = head_lengths(model);
  const auto block = static_cast<std::uint64_t>(ggml_blck_size(type));
  return heads.key % block == 0 && heads.value % block == 0;
}

std::uint64_t memory_for_context(bool on_gpu) {
  if (on_gpu) {
    for (std::size_t i = 0; i < ggml_backend_dev_count(); ++i) {
      auto* device = ggml_backend_dev_get(i);
      if (ggml_backend_dev_type(device) != GGML_BACKEND_DEVICE_TYPE_GPU) continue;
      std::size_t free = 0;
      std::size_t total = 0;
      ggml_backend_dev_memory(device, &free, &total);
      return free;
    }
  }
  return available_memory();
}

std::uint64_t share_of_memory(std::uint64_t free, std::uint64_t weights, std::int32_t shares) {
  const auto all = static_cast<std::uint64_t>(std::max(1, shares));
  // Where their weights leave next to nothing they will not load either; or they map the file together.
  const std::uint64_t others = std::min((all - 1) * weights, free / 4 * 3);
  return (free - others) / 2 / all;
}

}  // namespace osler
