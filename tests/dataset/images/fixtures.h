#pragma once

#include <cstddef>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/image.h"

namespace osler::test {

/// A picture of fixtures/ and the pixels that make_fixtures.py expects of it.
struct Fixture {
  std::string name;
  std::vector<std::byte> bytes;
  Image expected;
};

/// What GoogleTest prints of a parameter.
inline void PrintTo(const Fixture& fixture, std::ostream* out) { *out << fixture.name; }

/// All of them, in the order of the manifest; read once.
const std::vector<Fixture>& fixtures();

const Fixture& fixture(const std::string& name);

std::vector<std::byte> read_bytes(const std::filesystem::path& path);

std::vector<std::byte> bytes_of(std::string_view text);

/// Where real benchmark files are, if they are there.
std::filesystem::path data_folder();

/// All JPEG and PNG files below a folder, by path; none if there is no such folder.
std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& folder);

}  // namespace osler::test
