#include "dataset/images/fixtures.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace osler::test {

std::vector<std::byte> read_bytes(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::string text(std::filesystem::file_size(path), '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  return bytes_of(text);
}

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

std::filesystem::path data_folder() {
  if (const char* named = std::getenv("OSLER_TEST_DATA"); named != nullptr && *named != '\0') return named;
  return std::filesystem::path(OSLER_SOURCE_DIR) / "../shared/data";
}

std::vector<std::filesystem::path> pictures_below(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  if (!std::filesystem::exists(folder)) return found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file() && (extension == ".jpg" || extension == ".jpeg" || extension == ".png")) {
      found.push_back(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

namespace {

std::vector<Fixture> read_fixtures() {
  const std::filesystem::path folder = std::filesystem::path(OSLER_SOURCE_DIR) / "tests/dataset/images/fixtures";
  const auto pixels = read_bytes(folder / "pixels.bin");
  std::vector<Fixture> all;
  std::ifstream manifest(folder / "manifest.txt");
  std::string name;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::size_t at = 0;
  while (manifest >> name >> width >> height) {
    Fixture fixture{name, read_bytes(folder / name), {width, height, {}}};
    fixture.expected.rgb.resize(std::size_t{3} * width * height);
    if (at + fixture.expected.rgb.size() > pixels.size()) throw std::runtime_error("pixels.bin is too short");
    for (std::uint8_t& value : fixture.expected.rgb) value = std::to_integer<std::uint8_t>(pixels[at++]);
    all.push_back(std::move(fixture));
  }
  return all;
}

}  // namespace

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = read_fixtures();
  return all;
}

const Fixture& fixture(const std::string& name) {
  const auto& all = fixtures();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Fixture& f) { return f.name == name; });
  if (found == all.end()) throw std::runtime_error("no fixture " + name);
  return *found;
}

}  // namespace osler::test
