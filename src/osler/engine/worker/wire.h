#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace osler {

/// Types whose members are listed once, for writing and for reading: `exchange(archive, value)` calls
/// `archive(member, member, ...)`. `Like<T, Response>` holds for Response and const Response.
template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

/// Writes values as bytes. Whole numbers in as many groups of seven bits as they need, doubles as their eight bytes,
/// texts and lists with their length before them.
class WireWriter {
 public:
  static constexpr bool kReading = false;

  template <class... Values>
  void operator()(const Values&... values) {
    (write(values), ...);
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void write(bool value) { bytes_.push_back(value ? '\1' : '\0'); }
  void write(std::uint64_t value) {
    for (; value >= 0x80U; value >>= 7U) bytes_.push_back(static_cast<char>((value & 0x7FU) | 0x80U));
    bytes_.push_back(static_cast<char>(value));
  }
  void write(std::uint32_t value) { write(std::uint64_t{value}); }
  /// Small negative numbers stay short.
  void write(std::int32_t value) {
    write((static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(std::int64_t{value} >> 63));
  }
  void write(float value) { write(std::bit_cast<std::uint32_t>(value)); }
  void write(double value) {
    const auto bits = std::bit_cast<std::uint64_t>(value);
    for (unsigned shift = 0; shift < 64; shift += 8) bytes_.push_back(static_cast<char>(bits >> shift & 0xFFU));
  }
  void write(const std::string& text) {
    write(std::uint64_t{text.size()});
    bytes_ += text;
  }
  void write(const std::filesystem::path& path) { write(path.native()); }
  template <class T>
  requires std::is_enum_v<T>
  void write(T value) { write(static_cast<std::uint64_t>(value)); }
  template <class T>
  void write(const std::optional<T>& value) {
    write(value.has_value());
    if (value) write(*value);
  }
  template <class T>
  void write(const std::vector<T>& values) {
    write(std::uint64_t{values.size()});
    for (const auto& value : values) write(value);
  }
  void write(const std::map<std::string, std::string>& values) {
    write(std::uint64_t{values.size()});
    for (const auto& [key, value] : values) (*this)(key, value);
  }
  template <class T>
  requires requires(WireWriter& archive, const T& value) { exchange(archive, value); }
  void write(const T& value) { exchange(*this, value); }

  std::string bytes_;
};

/// Reads what WireWriter wrote. Whatever the bytes are, reading ends: the first that makes no sense sets ok() to false,
/// and values from then on are as they were. Memory is bounded by a multiple of the bytes.
class WireReader {
 public:
  static constexpr bool kReading = true;

  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (read(values), ...);
  }
  [[nodiscard]] bool ok() const { return ok_; }
  /// What has not been read.
  [[nodiscard]] std::string_view rest() const { return rest_; }
  void reject() { ok_ = false; }

 private:
  [[nodiscard]] std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  [[nodiscard]] std::uint8_t byte() {
    const auto one = take(1);
    return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
  }
  void read(bool& value) {
    const auto one = byte();
    if (one > 1) ok_ = false;
    if (ok_) value = one == 1;
  }
  void read(std::uint64_t& value) {
    std::uint64_t sum = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto one = byte();
      if (shift == 63 && one > 1) break;
      sum |= std::uint64_t{one & 0x7FU} << shift;
      if (one < 0x80U) {
        if (ok_) value = sum;
        return;
      }
    }
    ok_ = false;
  }
  void read(std::uint32_t& value) {
    std::uint64_t wide = 0;
    read(wide);
    if (wide > UINT32_MAX) ok_ = false;
    if (ok_) value = static_cast<std::uint32_t>(wide);
  }
  void read(std::int32_t& value) {
    std::uint64_t folded = 0;
    read(folded);
    if (folded > UINT32_MAX) ok_ = false;
    if (ok_) value = static_cast<std::int32_t>(static_cast<std::uint32_t>(folded >> 1U) ^ (0U - (folded & 1U)));
  }
  void read(float& value) {
    std::uint32_t bits = 0;
    read(bits);
    if (ok_) value = std::bit_cast<float>(bits);
  }
  void read(double& value) {
    std::uint64_t bits = 0;
    const auto bytes = take(sizeof(bits));
    for (std::size_t i = bytes.size(); i-- > 0;) bits = bits << 8U | static_cast<std::uint8_t>(bytes[i]);
    if (ok_) value = std::bit_cast<double>(bits);
  }
  void read(std::string& text) {
    std::uint64_t size = 0;
    read(size);
    const auto bytes = take(size);
    if (ok_) text = bytes;
  }
  void read(std::filesystem::path& path) {
    std::string text;
    read(text);
    if (ok_) path = std::move(text);
  }
  template <class T>
  requires std::is_enum_v<T>
  void read(T& value) {
    std::uint64_t number = 0;
    read(number);
    if (number > static_cast<std::uint64_t>(last_of(T{}))) ok_ = false;
    if (ok_) value = static_cast<T>(number);
  }
  template <class T>
  void read(std::optional<T>& value) {
    bool there = false;
    read(there);
    if (there && ok_) read(value.emplace());
  }
  template <class T>
  void read(std::vector<T>& values) {
    std::uint64_t count = 0;
    read(count);
    if (count > rest_.size()) ok_ = false;  // an element takes a byte at least
    for (; ok_ && count > 0; --count) read(values.emplace_back());
  }
  void read(std::map<std::string, std::string>& values) {
    std::uint64_t count = 0;
    read(count);
    for (; ok_ && count > 0; --count) {
      std::string key;
      std::string value;
      (*this)(key, value);
      if (ok_) values.insert_or_assign(std::move(key), std::move(value));
    }
  }
  template <class T>
  requires requires(WireReader& archive, T& value) { exchange(archive, value); }
  void read(T& value) { exchange(*this, value); }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace osler
