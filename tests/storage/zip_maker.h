#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace osler::test {

struct ZipMember {
  std::string name;
  std::string content = {};
  bool deflated = false;
  std::string password = {};
};

/// Writes a zip with libzip and gives its bytes, for damaging them.
std::string make_zip(const std::filesystem::path& path, const std::vector<ZipMember>& members);

void write_bytes(const std::filesystem::path& path, std::string_view bytes);

/// Where the n-th header of the list of members begins; its fields lie at fixed places (APPNOTE.TXT, 4.3.12).
std::size_t central_header(const std::string& bytes, std::size_t n);

/// Every occurrence of a text by another of the same length: names stand in a zip twice.
std::string replaced(std::string bytes, std::string_view from, std::string_view to);

}  // namespace osler::test
