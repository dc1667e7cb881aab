// Whatever is in a zip: its members come of it, or sentences that name them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "osler/storage/archive.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const int file = memfd_create("zip", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  require(ftruncate(file, 0) == 0);
  require(pwrite(file, data, size, 0) == static_cast<ssize_t>(size));

  const auto archive = osler::Archive::open(path);
  if (!archive) {
    require(archive.error().where.file == path && !archive.error().what.empty());
    return 0;
  }
  constexpr std::uint64_t kLimit = 1 << 16;
  for (const auto& name : (*archive)->names()) {
    require(!name.empty() && name.front() != '/' && ("/" + name + "/").find("/../") == std::string::npos);
    const auto member = (*archive)->find(name);
    require(member.has_value());
    const auto content = (*archive)->read(*member, kLimit);
    require(content ? content->size() <= kLimit : !content.error().what.empty());
  }
  return 0;
}
