#pragma once

#include <unistd.h>

#include <string_view>
#include <utility>

namespace osler {

/// Owns a file descriptor of the operating system until it is released.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      close_now();
      value_ = other.release();
    }
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close_now(); }

  [[nodiscard]] int get() const { return value_; }
  [[nodiscard]] bool valid() const { return value_ >= 0; }
  int release() { return std::exchange(value_, -1); }

 private:
  void close_now() {
    if (value_ >= 0) ::close(std::exchange(value_, -1));
  }

  int value_;
};

/// Writes everything; returns 0 or an errno.
[[nodiscard]] int write_all(int descriptor, std::string_view content);

}  // namespace osler
