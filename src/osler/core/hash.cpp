#include "osler/core/hash.h"

#include <openssl/evp.h>

#include <array>
#include <cassert>
#include <fstream>
#include <vector>

namespace osler {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

constexpr std::size_t kReadBlock = std::size_t{4} << 20;
constexpr std::uint64_t kProgressStep = std::uint64_t{64} << 20;

}  // namespace

struct Sha256::Context {
  std::unique_ptr<EVP_MD_CTX, FreeContext> evp{EVP_MD_CTX_new()};
};

Sha256::Sha256() : context_(std::make_unique<Context>()) {
  [[maybe_unused]] const int ok = EVP_DigestInit_ex(context_->evp.get(), EVP_sha256(), nullptr);
  assert(ok == 1);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::update(std::span<const std::byte> bytes) {
  [[maybe_unused]] const int ok = EVP_DigestUpdate(context_->evp.get(), bytes.data(), bytes.size());
  assert(ok == 1);
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

void Sha256::update_field(std::string_view text) {
  update(std::to_string(text.size()));
  update(":");
  update(text);
}

std::string Sha256::bytes() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  [[maybe_unused]] const int ok = EVP_DigestFinal_ex(context_->evp.get(), digest.data(), &size);
  assert(ok == 1);
  return {digest.begin(), digest.begin() + size};
}

std::string Sha256::hex() { return hex_of(bytes()); }

std::string hex_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::string sha256_hex(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.hex();
}

std::string pixel_hash(const Image& image) {
  Sha256 hash;
  hash.update_field(std::to_string(image.width));
  hash.update_field(std::to_string(image.height));
  hash.update(std::as_bytes(std::span(image.rgb)));
  return hash.hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& path,
                                   const std::function<void(std::uint64_t, std::uint64_t)>& progress) {
  std::error_code ignored;
  const std::uint64_t total = std::filesystem::file_size(path, ignored);
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail(ErrorCode::not_found, "cannot be opened", {path.string()}, "check the path and its permissions");
  }
  Sha256 hash;
  std::vector<char> block(kReadBlock);
  std::uint64_t done = 0;
  std::uint64_t reported = 0;
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    hash.update(std::string_view(block.data(), got));
    done += got;
    if (progress && done - reported >= kProgressStep) {
      reported = done;
      progress(done, total);
    }
  }
  if (file.bad()) return fail(ErrorCode::io, "cannot be read to its end", {path.string()}, "check the disk");
  return hash.hex();
}

}  // namespace osler
