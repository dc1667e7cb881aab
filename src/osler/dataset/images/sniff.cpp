#include "osler/dataset/images/sniff.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "osler/core/stand_in.h"

namespace osler::images {
namespace {

using namespace std::literals;

constexpr std::string_view kReadable = "Osler reads JPEG, PNG, WebP, TIFF, BMP and GIF";

struct Magic {
  std::string_view bytes;
  std::size_t offset;
  std::string_view name;
};

/// What is often found where a picture should be.
constexpr std::array kOthers = {
    Magic{"DICM"sv, 128, "a DICOM file"},
    Magic{"\x00\x00\x00\x0cjP  "sv, 0, "a JPEG 2000 picture"},
    Magic{"\xff\x4f\xff\x51"sv, 0, "a JPEG 2000 picture"},
    Magic{"\xff\x0a"sv, 0, "a JPEG XL picture"},
    Magic{"\x00\x00\x00\x0cJXL "sv, 0, "a JPEG XL picture"},
    Magic{"ftypavif"sv, 4, "an AVIF picture"},
    Magic{"ftyphei"sv, 4, "a HEIC picture"},
    Magic{"ftypmif1"sv, 4, "a HEIF picture"},
    Magic{"%PDF-"sv, 0, "a PDF document"},
    Magic{"8BPS"sv, 0, "a Photoshop document"},
    Magic{"PK\x03\x04"sv, 0, "a ZIP archive"},
    Magic{"\x1f\x8b"sv, 0, "a gzip file (perhaps a NIfTI volume)"},
    Magic{"PAR1"sv, 0, "a parquet file"},
    Magic{"n+1\0"sv, 344, "a NIfTI volume"},
};

std::optional<Format> by_magic(std::string_view text) {
  if (text.starts_with("\xff\xd8\xff"sv)) return Format::jpeg;
  if (text.starts_with("\x89PNG\r\n\x1a\n"sv)) return Format::png;
  if (text.starts_with("RIFF"sv) && text.size() >= 12 && text.substr(8, 4) == "WEBP"sv) return Format::webp;
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return Format::gif;
  // 42 is TIFF, 43 is BigTIFF.
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv}) {
    if (text.starts_with(magic)) return Format::tiff;
  }
  if (text.starts_with("BM"sv)) return Format::bmp;
  return std::nullopt;
}

bool looks_like_text(std::string_view text) {
  std::size_t beyond_ascii = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == 0x7f || (byte < 0x20 && std::string_view("\n\r\t\f").find(c) == std::string_view::npos)) return false;
    if (byte >= 0x80) ++beyond_ascii;
  }
  // Messages have a few accents, binary data has every other byte up there.
  return 4 * beyond_ascii < text.size();
}

tl::unexpected<Error> not_a_picture(Bytes bytes) {
  const std::string_view text = text_of(bytes);
  for (const Magic& other : kOthers) {
    if (text.size() >= other.offset + other.bytes.size() && text.substr(other.offset).starts_with(other.bytes)) {
      return fail(ErrorCode::unsupported, fmt::format("this is {}", other.name), {},
                  fmt::format("{}: convert it to PNG", kReadable));
    }
  }
  const std::string_view head = text.substr(0, 512);
  if (is_web_page(head)) {
    return fail(ErrorCode::unsupported, "this is a web page, not a picture", {},
                "the download failed: fetch the file again, logged in if its host asks for that");
  }
  if (looks_like_text(head)) {
    return fail(ErrorCode::unsupported, "this is text, not a picture", {},
                "look into the file: a failed download often leaves its message there");
  }
  if (text.size() < 12) {
    return fail(ErrorCode::malformed, fmt::format("{} bytes are too few for a picture", text.size()), {},
                "fetch the file again");
  }
  return fail(ErrorCode::unsupported, "this is no picture format that Osler knows", {},
              fmt::format("{}: convert it to PNG", kReadable));
}

}  // namespace

Result<Format> sniff(Bytes bytes) {
  if (bytes.empty()) {
    return fail(ErrorCode::malformed, "the file is empty", {}, "fetch it again");
  }
  const std::string_view text = text_of(bytes);
  if (is_lfs_pointer(text)) {
    return fail(ErrorCode::unsupported, "this is a Git LFS pointer, not the picture itself", {},
                "run `git lfs pull` in the repository it came from, or fetch the file again");
  }
  if (const auto format = by_magic(text)) return *format;
  return not_a_picture(bytes);
}

}  // namespace osler::images
