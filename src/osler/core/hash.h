#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/core/image.h"

namespace osler {

/// SHA-256 over pieces that arrive one after another.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// Adds the length first, so that ("ab", "c") and ("a", "bc") differ.
  void update_field(std::string_view text);
  /// Ends the hash and returns its 32 bytes. The object must not be used again.
  [[nodiscard]] std::string bytes();
  /// The same as 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string hex();

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] std::string sha256_hex(std::string_view text);

/// Two lower-case hexadecimal digits for every byte.
[[nodiscard]] std::string hex_of(std::string_view bytes);

/// Hash of a picture: its size and its pixels, whatever file format they came in.
[[nodiscard]] std::string pixel_hash(const Image& image);

/// Reads the file once from start to end; progress(done, total) is called about every 64 MiB.
[[nodiscard]] Result<std::string> sha256_of_file(
    const std::filesystem::path& path,
    const std::function<void(std::uint64_t done, std::uint64_t total)>& progress = {});

}  // namespace osler
