#pragma once

#include <ggml.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "tiny_vlm/weights.h"

namespace osler::tiny_vlm {

/// A GGUF file in the making; owns what ggml's C interface only points to.
class GgufFile {
 public:
  GgufFile();
  ~GgufFile();
  GgufFile(const GgufFile&) = delete;
  GgufFile& operator=(const GgufFile&) = delete;

  void set(const std::string& key, const std::string& value);
  void set(const std::string& key, const char* value) { set(key, std::string(value)); }
  void set(const std::string& key, std::uint32_t value);
  void set(const std::string& key, float value);
  void set(const std::string& key, bool value);
  void set(const std::string& key, const std::vector<std::string>& values);
  void set(const std::string& key, const std::vector<std::int32_t>& values);
  void set(const std::string& key, const std::vector<float>& values);

  /// `shape` in ggml's order: the fastest running dimension first. The values' number must fit.
  void add(const std::string& name, std::initializer_list<std::size_t> shape, std::vector<float> values);
  void add(const std::string& name, Matrix matrix);
  void add(const std::string& name, std::vector<float> vector);
  /// A tensor whose numbers are already encoded: halved, quantised.
  void add(const std::string& name, const std::vector<std::size_t>& shape, ggml_type type, std::vector<std::byte> data);
  /// A vector of ones: a normalisation that only normalises.
  void add_ones(const std::string& name, std::size_t size);

  [[nodiscard]] Status write(const std::filesystem::path& path) const;

 private:
  struct Contexts;
  ggml_tensor* declare(const std::string& name, const std::vector<std::size_t>& shape, ggml_type type,
                       std::size_t bytes);

  std::unique_ptr<Contexts> contexts_;
  // Deques, because the tensors point into their vectors.
  std::deque<std::vector<float>> values_;
  std::deque<std::vector<std::byte>> encoded_;
  std::size_t bytes_ = 0;  ///< Of both.
};

}  // namespace osler::tiny_vlm
