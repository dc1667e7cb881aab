#include "storage/zip_maker.h"

#include <zip.h>

#include <fstream>
#include <stdexcept>

#include "osler/storage/files.h"

namespace osler::test {

namespace fs = std::filesystem;

namespace {

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(std::string("libzip cannot make the test's zip: ") + what);
}

}  // namespace

std::string make_zip(const fs::path& path, const std::vector<ZipMember>& members) {
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  require(archive != nullptr, "open");
  for (const auto& member : members) {
    if (member.name.ends_with('/')) {
      require(zip_dir_add(archive, member.name.c_str(), ZIP_FL_ENC_GUESS) >= 0, "folder");
      continue;
    }
    zip_source_t* source = zip_source_buffer(archive, member.content.data(), member.content.size(), 0);
    const zip_int64_t added = zip_file_add(archive, member.name.c_str(), source, ZIP_FL_ENC_GUESS);
    require(added >= 0, "add");
    const auto number = static_cast<zip_uint64_t>(added);
    const zip_int32_t method = member.deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE;
    require(zip_set_file_compression(archive, number, method, 0) == 0, "method");
    if (!member.password.empty()) {
      require(zip_file_set_encryption(archive, number, ZIP_EM_AES_256, member.password.c_str()) == 0, "password");
    }
  }
  require(zip_close(archive) == 0, "close");
  return read_file(path).value();
}

void write_bytes(const fs::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

std::size_t central_header(const std::string& bytes, std::size_t n) {
  std::size_t at = bytes.find("PK\1\2");
  for (; n > 0; --n) at = bytes.find("PK\1\2", at + 1);
  require(at != std::string::npos, "no such header");
  return at;
}

std::string replaced(std::string bytes, std::string_view from, std::string_view to) {
  require(from.size() == to.size(), "a name of another length");
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at + to.size())) {
    bytes.replace(at, from.size(), to);
  }
  return bytes;
}

}  // namespace osler::test
