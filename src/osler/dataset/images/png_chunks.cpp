#include "osler/dataset/images/png_chunks.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "osler/dataset/images/orientation.h"

namespace osler::images {
namespace {

using namespace std::literals;

constexpr std::size_t kSignature = 8;
/// EXIF of a JPEG has at most 64 KiB, which takes twice as many hexadecimal digits.
constexpr std::size_t kMaxProfileText = std::size_t{160} * 1024;

std::vector<std::byte> bytes_of_hex(std::string_view hex) {
  std::vector<std::byte> out;
  std::array<char, 2> pair = {};
  std::size_t filled = 0;
  for (const char c : hex) {
    if (c == '\n') continue;
    pair[filled++] = c;
    if (filled < 2) continue;
    filled = 0;
    unsigned value = 0;
    if (std::from_chars(pair.data(), pair.data() + 2, value, 16).ptr != pair.data() + 2) return {};
    out.push_back(static_cast<std::byte>(value));
  }
  return out;
}

/// ImageMagick keeps a JPEG's EXIF as text: an empty line, the name, the length, then hexadecimal digits.
unsigned orientation_in_profile(std::string_view text) {
  for (int line = 0; line < 3; ++line) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return 1;
    text.remove_prefix(end + 1);
  }
  return exif_orientation(bytes_of_hex(text));
}

/// The text of a tEXt or zTXt chunk if it is ImageMagick's EXIF profile; empty where it does not unpack.
std::optional<std::string> exif_profile(std::string_view kind, Bytes body) {
  constexpr std::string_view kKey = "Raw profile type exif\0"sv;
  std::string_view text = text_of(body);
  if (!text.starts_with(kKey)) return std::nullopt;
  text.remove_prefix(kKey.size());
  if (kind == "tEXt") return std::string(text);
  if (kind != "zTXt" || text.empty()) return std::nullopt;
  const Bytes packed = body.subspan(kKey.size() + 1);  // Past the byte that names the compression.
  std::string unpacked(kMaxProfileText, '\0');
  uLongf size = unpacked.size();
  if (uncompress(reinterpret_cast<Bytef*>(unpacked.data()), &size, data_of(packed), packed.size()) != Z_OK) {
    return std::string();
  }
  unpacked.resize(size);
  return unpacked;
}

std::size_t length_at(Bytes bytes) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | std::to_integer<std::size_t>(bytes[i]);
  return value;
}

}  // namespace

std::optional<unsigned> png_orientation(Bytes bytes) {
  constexpr std::size_t kAround = 12;  // Length and kind before the body, a checksum after it.
  std::optional<unsigned> stated;
  std::optional<unsigned> in_profile;
  Bytes rest = bytes.subspan(std::min(kSignature, bytes.size()));
  while (rest.size() >= kAround) {
    const std::size_t length = length_at(rest);
    if (length > rest.size() - kAround) return std::nullopt;
    const std::string_view kind = text_of(rest.subspan(4, 4));
    const Bytes body = rest.subspan(8, length);
    if (kind == "IEND") return stated.value_or(in_profile.value_or(1));
    if (kind == "eXIf" && !stated) stated = exif_orientation(body);
    // Unpacked once at most, however many there are.
    if ((kind == "tEXt" || kind == "zTXt") && !in_profile) {
      if (const auto profile = exif_profile(kind, body)) in_profile = orientation_in_profile(*profile);
    }
    rest = rest.subspan(kAround + length);
  }
  return std::nullopt;
}

}  // namespace osler::images
