#include "support/split_gguf.h"

#include <ggml.h>
#include <gguf.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace osler::test {
namespace {

constexpr int kParts = 2;

struct Release {
  void operator()(gguf_context* context) const { gguf_free(context); }
  void operator()(ggml_context* context) const { ggml_free(context); }
};
using Gguf = std::unique_ptr<gguf_context, Release>;
using Tensors = std::unique_ptr<ggml_context, Release>;

}  // namespace

std::vector<std::filesystem::path> split_gguf(const std::filesystem::path& model, const std::filesystem::path& folder) {
  ggml_context* loaded = nullptr;
  const Gguf whole{gguf_init_from_file(model.c_str(), {.no_alloc = false, .ctx = &loaded})};
  const Tensors tensors{loaded};
  if (whole == nullptr || tensors == nullptr) throw std::runtime_error("cannot read " + model.string());
  const std::int64_t count = gguf_get_n_tensors(whole.get());
  std::vector<std::filesystem::path> files;
  for (int part = 0; part < kParts; ++part) {
    const Gguf file{gguf_init_empty()};
    if (part == 0) gguf_set_kv(file.get(), whole.get());
    gguf_set_val_u16(file.get(), "split.no", static_cast<std::uint16_t>(part));
    gguf_set_val_u16(file.get(), "split.count", kParts);
    gguf_set_val_i32(file.get(), "split.tensors.count", static_cast<std::int32_t>(count));
    for (std::int64_t i = count * part / kParts; i < count * (part + 1) / kParts; ++i) {
      gguf_add_tensor(file.get(), ggml_get_tensor(tensors.get(), gguf_get_tensor_name(whole.get(), i)));
    }
    files.push_back(folder / (model.stem().string() + "-0000" + std::to_string(part + 1) + "-of-00002.gguf"));
    if (!gguf_write_to_file(file.get(), files.back().c_str(), /*only_meta=*/false)) {
      throw std::runtime_error("cannot write " + files.back().string());
    }
  }
  return files;
}

}  // namespace osler::test
