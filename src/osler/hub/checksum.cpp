#include "osler/hub/checksum.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>
#include <vector>

#include "osler/hub/http.h"

namespace osler::hub {
namespace {

namespace fs = std::filesystem;

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

constexpr std::size_t kReadBlock = std::size_t{4} << 20;

tl::unexpected<Error> no_digest() {
  return fail(ErrorCode::unsupported, "OpenSSL cannot compute the checksum of what was fetched", {},
              "check the configuration of OpenSSL on this machine");
}

}  // namespace

Result<std::string> content_name(const fs::path& path, ContentName kind, const std::stop_token& stop) {
  std::error_code problem;
  const auto size = fs::file_size(path, problem);
  std::ifstream file(path, std::ios::binary);
  if (problem || !file) return fail(ErrorCode::io, "cannot be read again", {path.string()}, "check its permissions");
  const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
  const EVP_MD* method = kind == ContentName::sha256 ? EVP_sha256() : EVP_sha1();
  if (context == nullptr || EVP_DigestInit_ex(context.get(), method, nullptr) != 1) return no_digest();
  if (kind == ContentName::git_blob) {
    const std::string head = fmt::format("blob {}", size);
    if (EVP_DigestUpdate(context.get(), head.c_str(), head.size() + 1) != 1) return no_digest();
  }
  std::vector<char> block(kReadBlock);
  while (file) {
    if (stop.stop_requested()) return tl::unexpected(stopped_error());
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    if (EVP_DigestUpdate(context.get(), block.data(), static_cast<std::size_t>(file.gcount())) != 1) return no_digest();
  }
  if (file.bad()) return fail(ErrorCode::io, "cannot be read to its end", {path.string()}, "check the disk");
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (EVP_DigestFinal_ex(context.get(), digest.data(), &length) != 1) return no_digest();
  std::string name;
  for (unsigned int i = 0; i < length; ++i) name += fmt::format("{:02x}", digest[i]);
  return name;
}

}  // namespace osler::hub
