#include "tiny_vlm/gguf_file.h"

#include <ggml.h>
#include <gguf.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace osler::tiny_vlm {

namespace {

constexpr std::size_t max_tensors = 1024;

template <auto release>
struct Release {
  template <class T>
  void operator()(T* context) const {
    release(context);
  }
};

}  // namespace

struct GgufFile::Contexts {
  std::unique_ptr<ggml_context, Release<ggml_free>> tensors{
      ggml_init({.mem_size = max_tensors * ggml_tensor_overhead(), .mem_buffer = nullptr, .no_alloc = true})};
  std::unique_ptr<gguf_context, Release<gguf_free>> file{gguf_init_empty()};
};

GgufFile::GgufFile() : contexts_(std::make_unique<Contexts>()) {}
GgufFile::~GgufFile() = default;

void GgufFile::set(const std::string& key, const std::string& value) {
  gguf_set_val_str(contexts_->file.get(), key.c_str(), value.c_str());
}

void GgufFile::set(const std::string& key, std::uint32_t value) {
  gguf_set_val_u32(contexts_->file.get(), key.c_str(), value);
}

void GgufFile::set(const std::string& key, float value) { gguf_set_val_f32(contexts_->file.get(), key.c_str(), value); }

void GgufFile::set(const std::string& key, bool value) { gguf_set_val_bool(contexts_->file.get(), key.c_str(), value); }

void GgufFile::set(const std::string& key, const std::vector<std::string>& values) {
  std::vector<const char*> pointers(values.size());
  std::transform(values.begin(), values.end(), pointers.begin(), [](const std::string& text) { return text.c_str(); });
  gguf_set_arr_str(contexts_->file.get(), key.c_str(), pointers.data(), pointers.size());
}

void GgufFile::set(const std::string& key, const std::vector<std::int32_t>& values) {
  gguf_set_arr_data(contexts_->file.get(), key.c_str(), GGUF_TYPE_INT32, values.data(), values.size());
}

void GgufFile::set(const std::string& key, const std::vector<float>& values) {
  gguf_set_arr_data(contexts_->file.get(), key.c_str(), GGUF_TYPE_FLOAT32, values.data(), values.size());
}

ggml_tensor* GgufFile::declare(const std::string& name, const std::vector<std::size_t>& shape, ggml_type type,
                               std::size_t bytes) {
  if (shape.size() > GGML_MAX_DIMS || values_.size() + encoded_.size() == max_tensors) {
    throw std::logic_error("tensor " + name + " has too many dimensions, or the file too many tensors");
  }
  std::array<std::int64_t, GGML_MAX_DIMS> dimensions = {};
  std::transform(shape.begin(), shape.end(), dimensions.begin(),
                 [](std::size_t size) { return static_cast<std::int64_t>(size); });
  ggml_tensor* tensor =
      ggml_new_tensor(contexts_->tensors.get(), type, static_cast<int>(shape.size()), dimensions.data());
  if (ggml_nbytes(tensor) != bytes) throw std::logic_error("tensor " + name + " does not fit its shape");
  ggml_set_name(tensor, name.c_str());
  bytes_ += bytes;
  return tensor;
}

void GgufFile::add(const std::string& name, std::initializer_list<std::size_t> shape, std::vector<float> values) {
  ggml_tensor* tensor = declare(name, shape, GGML_TYPE_F32, values.size() * sizeof(float));
  tensor->data = values_.emplace_back(std::move(values)).data();
  gguf_add_tensor(contexts_->file.get(), tensor);
}

void GgufFile::add(const std::string& name, const std::vector<std::size_t>& shape, ggml_type type,
                   std::vector<std::byte> data) {
  ggml_tensor* tensor = declare(name, shape, type, data.size());
  tensor->data = encoded_.emplace_back(std::move(data)).data();
  gguf_add_tensor(contexts_->file.get(), tensor);
}

void GgufFile::add(const std::string& name, Matrix matrix) {
  add(name, {matrix.inputs, matrix.outputs}, std::move(matrix.values));
}

void GgufFile::add(const std::string& name, std::vector<float> vector) {
  const std::size_t size = vector.size();
  add(name, {size}, std::move(vector));
}

void GgufFile::add_ones(const std::string& name, std::size_t size) { add(name, std::vector<float>(size, 1.0F)); }

Status GgufFile::write(const std::filesystem::path& path) const {
  const bool accepted = gguf_write_to_file(contexts_->file.get(), path.c_str(), /*only_meta=*/false);
  // What the last flush could not write goes unnoticed there, hence the look at the size.
  const std::size_t least = gguf_get_meta_size(contexts_->file.get()) + bytes_;
  std::error_code problem;
  const auto written = std::filesystem::file_size(path, problem);
  if (!accepted || problem || written < least) {
    return fail(ErrorCode::io, "cannot be written", {path.string()},
                "name a folder that you may write to, on a disk with room for it");
  }
  return {};
}

}  // namespace osler::tiny_vlm
