#include "osler/engine/llama/gguf_head.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <string_view>

#include "osler/core/stand_in.h"
#include "osler/engine/llama/log_capture.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

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
  std::array<char, 128> start{};
  file.read(start.data(), start.size());
  const std::string_view text(start.data(), static_cast<std::size_t>(file.gcount()));
  if (text.starts_with("GGUF")) return {};
  if (is_lfs_pointer(text)) {
    return fail(ErrorCode::malformed, "is not a GGUF file but the pointer to one that Git LFS leaves", {path.string()},
                "fetch the model itself with 'git lfs pull'");
  }
  return fail(ErrorCode::malformed, "is not a GGUF file", {path.string()},
              "convert the model with llama.cpp's convert_hf_to_gguf.py, or fetch its GGUF");
}

}  // namespace

Result<GgufHead> GgufHead::open(const fs::path& path) {
  if (auto status = check_magic(path); !status) return pass(status);
  const LogCapture log;
  GgufHead head;
  head.path_ = path;
  ggml_context* tensors = nullptr;
  const gguf_init_params params{true, &tensors};
  head.file_.reset(gguf_init_from_file(path.c_str(), params));
  head.tensors_.reset(tensors);
  if (head.file_ == nullptr || head.tensors_ == nullptr) {
    return fail(ErrorCode::malformed, "has a GGUF head that cannot be read" + log.reason(), {path.string()},
                "the file is probably cut short or damaged: fetch it again");
  }
  return head;
}

std::string GgufHead::text(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0 || gguf_get_kv_type(file_.get(), id) != GGUF_TYPE_STRING) return {};
  return gguf_get_val_str(file_.get(), id);
}

std::optional<std::uint64_t> GgufHead::number(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0) return std::nullopt;
  switch (gguf_get_kv_type(file_.get(), id)) {
    case GGUF_TYPE_UINT32:
      return gguf_get_val_u32(file_.get(), id);
    case GGUF_TYPE_INT32:
      return static_cast<std::uint64_t>(std::max(0, gguf_get_val_i32(file_.get(), id)));
    case GGUF_TYPE_UINT64:
      return gguf_get_val_u64(file_.get(), id);
    default:
      return std::nullopt;
  }
}

std::optional<gguf_type> GgufHead::type_of(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0) return std::nullopt;
  return gguf_get_kv_type(file_.get(), id);
}

bool GgufHead::flag(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  return id >= 0 && gguf_get_kv_type(file_.get(), id) == GGUF_TYPE_BOOL && gguf_get_val_bool(file_.get(), id);
}

std::vector<std::int64_t> GgufHead::numbers(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0 || gguf_get_kv_type(file_.get(), id) != GGUF_TYPE_ARRAY) return {};
  const auto type = gguf_get_arr_type(file_.get(), id);
  if (type != GGUF_TYPE_INT32 && type != GGUF_TYPE_UINT32) return {};
  const auto* values = static_cast<const std::int32_t*>(gguf_get_arr_data(file_.get(), id));
  return {values, values + gguf_get_arr_n(file_.get(), id)};
}

std::vector<std::string_view> GgufHead::texts(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0 || gguf_get_kv_type(file_.get(), id) != GGUF_TYPE_ARRAY) return {};
  if (gguf_get_arr_type(file_.get(), id) != GGUF_TYPE_STRING) return {};
  std::vector<std::string_view> values(gguf_get_arr_n(file_.get(), id));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = gguf_get_arr_str(file_.get(), id, i);
  return values;
}

std::optional<std::size_t> GgufHead::length(const std::string& key) const {
  const auto id = gguf_find_key(file_.get(), key.c_str());
  if (id < 0 || gguf_get_kv_type(file_.get(), id) != GGUF_TYPE_ARRAY) return std::nullopt;
  return gguf_get_arr_n(file_.get(), id);
}

std::optional<GgufHead::Shape> GgufHead::shape(const std::string& tensor) const {
  const ggml_tensor* found = ggml_get_tensor(tensors_.get(), tensor.c_str());
  if (found == nullptr) return std::nullopt;
  Shape shape{};
  std::copy_n(found->ne, shape.size(), shape.begin());
  return shape;
}

std::vector<std::string> GgufHead::tensor_names() const {
  std::vector<std::string> names;
  const auto count = gguf_get_n_tensors(file_.get());
  for (std::int64_t i = 0; i < count; ++i) names.emplace_back(gguf_get_tensor_name(file_.get(), i));
  return names;
}

std::optional<ggml_type> GgufHead::main_type() const {
  std::map<ggml_type, std::uint64_t> bytes;
  for (std::int64_t i = 0; i < gguf_get_n_tensors(file_.get()); ++i) {
    bytes[gguf_get_tensor_type(file_.get(), i)] += gguf_get_tensor_size(file_.get(), i);
  }
  const auto most = std::ranges::max_element(bytes, {}, [](const auto& type) { return type.second; });
  return most == bytes.end() ? std::nullopt : std::optional(most->first);
}

std::uint64_t GgufHead::announced_bytes() const {
  const std::uint64_t start = gguf_get_data_offset(file_.get());
  std::uint64_t end = start;
  for (std::int64_t i = 0; i < gguf_get_n_tensors(file_.get()); ++i) {
    end = std::max<std::uint64_t>(
        end, start + gguf_get_tensor_offset(file_.get(), i) + gguf_get_tensor_size(file_.get(), i));
  }
  return end;
}

}  // namespace osler
