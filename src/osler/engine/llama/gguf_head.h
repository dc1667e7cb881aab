#pragma once

#include <ggml.h>
#include <gguf.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// The head of a GGUF file: its keys and the names and shapes of its tensors, without their data.
class GgufHead {
 public:
  /// Errors name the file and what it is instead of a GGUF.
  [[nodiscard]] static Result<GgufHead> open(const std::filesystem::path& path);

  [[nodiscard]] std::string text(const std::string& key) const;  ///< "" if it is not there or no text.
  [[nodiscard]] std::optional<std::uint64_t> number(const std::string& key) const;
  [[nodiscard]] std::optional<gguf_type> type_of(const std::string& key) const;
  [[nodiscard]] bool flag(const std::string& key) const;
  [[nodiscard]] std::vector<std::int64_t> numbers(const std::string& key) const;  ///< An array of 32-bit integers.

  [[nodiscard]] std::vector<std::string_view> texts(const std::string& key) const;  ///< They live as long as the head.
  [[nodiscard]] std::optional<std::size_t> length(const std::string& key) const;    ///< Of an array.

  using Shape = std::array<std::int64_t, GGML_MAX_DIMS>;  ///< The fastest running dimension first.
  [[nodiscard]] std::optional<Shape> shape(const std::string& tensor) const;

  [[nodiscard]] std::vector<std::string> tensor_names() const;
  /// The type that most of the tensors' bytes have; nothing if there are no tensors.
  [[nodiscard]] std::optional<ggml_type> main_type() const;

  /// End of the last tensor.
  [[nodiscard]] std::uint64_t announced_bytes() const;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  struct FreeGguf {
    void operator()(gguf_context* context) const { gguf_free(context); }
  };
  struct FreeTensors {
    void operator()(ggml_context* context) const { ggml_free(context); }
  };

  std::filesystem::path path_;
  std::unique_ptr<gguf_context, FreeGguf> file_;
  std::unique_ptr<ggml_context, FreeTensors> tensors_;
};

}  // namespace osler
