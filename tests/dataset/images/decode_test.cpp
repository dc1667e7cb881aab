#include "osler/dataset/images/decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dataset/images/fixtures.h"

namespace osler {
namespace {

using namespace std::literals;
using test::bytes_of;
using test::fixture;
using test::Fixture;
using testing::AllOf;
using testing::HasSubstr;

class FixtureTest : public testing::TestWithParam<Fixture> {};

TEST_P(FixtureTest, DecodesToThePixelsOfPil) {
  const Fixture& want = GetParam();
  const auto got = decode_image(want.bytes);
  ASSERT_TRUE(got) << want.name << ": " << got.error().message();
  ASSERT_EQ(got->width, want.expected.width);
  ASSERT_EQ(got->height, want.expected.height);
  int worst = 0;
  for (std::size_t i = 0; i < want.expected.rgb.size(); ++i) {
    worst = std::max(worst, std::abs(int{got->rgb.at(i)} - int{want.expected.rgb[i]}));
  }
  EXPECT_EQ(worst, 0) << want.name << ": the largest difference of a sample";
}

TEST_P(FixtureTest, IsRefusedByALimitOneBelowItsPixels) {
  const Fixture& want = GetParam();
  const std::uint64_t pixels = std::uint64_t{want.expected.width} * want.expected.height;
  const auto got = decode_image(want.bytes, {.max_pixels = pixels - 1});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::limit) << got.error().message();
}

INSTANTIATE_TEST_SUITE_P(Files, FixtureTest, testing::ValuesIn(test::fixtures()), [](const auto& param) {
  std::string name = param.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

TEST(Original, IsKeptWhereItIsAskedFor) {
  const Fixture& picture = fixture("jpeg_baseline.jpg");
  EXPECT_EQ(decode_image(picture.bytes)->original, nullptr);
  const auto kept = decode_image(picture.bytes, {.keep_original = true});
  ASSERT_NE(kept->original, nullptr);
  EXPECT_EQ(kept->original->format, ImageFormat::jpeg);
  EXPECT_EQ(bytes_of(kept->original->bytes), picture.bytes);
}

/// Others composite alpha, clip 16 bits or do not turn: what they would see in the file is not what Osler sees.
TEST(Original, IsPlainWhereAnyDecoderSeesTheSameColours) {
  const auto is_plain = [](const std::string& name) {
    return decode_image(fixture(name).bytes, {.keep_original = true})->original->plain;
  };
  for (const auto* name : {"jpeg_baseline.jpg", "jpeg_grey_progressive.jpg", "jpeg_orientation_1.jpg", "png_rgb_8.png",
                           "png_palette_2.png", "png_grey_1_interlaced.png", "webp_lossy.webp", "webp_lossless.webp"}) {
    EXPECT_TRUE(is_plain(name)) << name;
  }
  for (const auto* name :
       {"jpeg_cmyk_adobe.jpg", "jpeg_ycck.jpg", "jpeg_orientation_6.jpg", "png_exif_6.png", "png_rgba_8.png",
        "png_grey_alpha_8.png", "png_palette_trns.png", "png_grey_16.png", "png_rgb_trns.png", "webp_lossy_alpha.webp",
        "webp_lossless_alpha.webp", "webp_animated.webp", "webp_exif_6.webp", "gif_plain.gif", "tiff_rgb_raw.tif",
        "bmp_rgb_24.bmp"}) {
    EXPECT_FALSE(is_plain(name)) << name;
  }
}

/// The sentence for bytes that are no readable picture.
std::string refusal(std::string_view text, ErrorCode code) {
  const auto got = decode_image(bytes_of(text));
  if (got) return "decoded";
  EXPECT_EQ(got.error().code, code);
  EXPECT_TRUE(got.error().where.text().empty());
  EXPECT_FALSE(got.error().way_out.empty());
  return got.error().message();
}

TEST(Decode, NamesTheNumbersAndTheWayOutWhenThereAreTooManyPixels) {
  auto bytes = fixture("png_rgb_8.png").bytes;
  const auto got = decode_image(bytes, {.max_pixels = 100});
  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().message(), AllOf(HasSubstr("23 x 17"), HasSubstr("100 pixels"), HasSubstr("scale it down")));
}

TEST(Decode, RefusesAHugeClaimBeforeItAllocates) {
  // 4 294 967 295 x 4 294 967 295 pixels: allocating them would end the test.
  auto bmp = fixture("bmp_rgb_24.bmp").bytes;
  std::fill_n(bmp.begin() + 18, 3, std::byte{0xFF});
  std::fill_n(bmp.begin() + 22, 3, std::byte{0xFF});
  const auto got = decode_image(bmp);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::limit);
}

TEST(Decode, NamesAGitLfsPointerAndItsWayOut) {
  EXPECT_THAT(
      refusal("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"sv, ErrorCode::unsupported),
      AllOf(HasSubstr("Git LFS pointer"), HasSubstr("git lfs pull")));
}

TEST(Decode, SaysThatAnEmptyFileIsEmpty) { EXPECT_THAT(refusal("", ErrorCode::malformed), HasSubstr("empty")); }

TEST(Decode, TellsAWebPageFromAPicture) {
  EXPECT_THAT(refusal("\n <!DOCTYPE html><html><body>Sign in</body></html>"sv, ErrorCode::unsupported),
              AllOf(HasSubstr("web page"), HasSubstr("download failed")));
}

TEST(Decode, TellsTextFromAPicture) {
  EXPECT_THAT(refusal("{\"error\": \"access to this dataset is restricted\"}"sv, ErrorCode::unsupported),
              HasSubstr("this is text"));
}

TEST(Decode, NamesFormatsThatItDoesNotRead) {
  EXPECT_THAT(refusal(std::string(128, '\0') + "DICM\2\0\0\0"s, ErrorCode::unsupported), HasSubstr("DICOM"));
  EXPECT_THAT(refusal("\0\0\0\x0cjP  \r\n\x87\n"sv, ErrorCode::unsupported), HasSubstr("JPEG 2000"));
  EXPECT_THAT(refusal("\0\0\0\x1c"
                      "ftypavif\0\0\0\0"sv,
                      ErrorCode::unsupported),
              HasSubstr("AVIF"));
  EXPECT_THAT(refusal("%PDF-1.7\n\xe2\xe3\xcf\xd3"sv, ErrorCode::unsupported), HasSubstr("PDF"));
}

TEST(Decode, SaysThatAnUnknownFormatIsUnknown) {
  EXPECT_THAT(refusal("\x01\x02\x03\x04\xf0\xf1\xf2\xf3\x01\x02\x03\x04"sv, ErrorCode::unsupported),
              AllOf(HasSubstr("no picture format"), HasSubstr("PNG")));
}

TEST(Decode, GoesByTheContentAndNotByTheBeginningAlone) {
  EXPECT_THAT(refusal("\x89PNG"sv, ErrorCode::malformed), HasSubstr("too few"));
}

TEST(Decode, SaysThatACutJpegBreaksOff) {
  auto bytes = fixture("jpeg_baseline.jpg").bytes;
  bytes.resize(bytes.size() * 3 / 4);
  const auto got = decode_image(bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::malformed);
  EXPECT_THAT(got.error().message(), AllOf(HasSubstr("JPEG"), HasSubstr("Premature end"), HasSubstr("fetch")));
}

TEST(Decode, RefusesAPngChunkThatClaimsMoreThanTheFileHas) {
  // libpng allocates what an eXIf chunk claims, 2 GB here, before it reads it: found by the fuzzer.
  auto bytes = fixture("png_exif_6.png").bytes;
  const auto kind = bytes_of("eXIf");
  const auto at = std::search(bytes.begin(), bytes.end(), kind.begin(), kind.end());
  ASSERT_NE(at, bytes.end());
  at[-4] = std::byte{0x7F};
  const auto got = decode_image(bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::malformed);
  EXPECT_THAT(got.error().message(), HasSubstr("breaks off"));
}

TEST(Decode, IgnoresWhatFollowsThePicture) {
  for (const char* name : {"jpeg_baseline.jpg", "png_rgb_8.png", "webp_lossy.webp", "tiff_rgb_lzw.tif",
                           "bmp_rgb_24.bmp", "gif_plain.gif"}) {
    auto bytes = fixture(name).bytes;
    bytes.insert(bytes.end(), 100, std::byte{0x2A});
    const auto got = decode_image(bytes);
    ASSERT_TRUE(got) << name << ": " << got.error().message();
    EXPECT_EQ(got->rgb, fixture(name).expected.rgb) << name;
  }
}

TEST(Decode, DoesNotReadPastTheFirstFrameOfAGif) {
  // Everything after the first frame is replaced by noise; an animation may be a bomb.
  auto bytes = fixture("gif_plain.gif").bytes;
  bytes.back() = std::byte{0x2C};
  bytes.insert(bytes.end(), 40, std::byte{0xFF});
  const auto got = decode_image(bytes);
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->rgb, fixture("gif_plain.gif").expected.rgb);
}

TEST(Decode, SaysWhichTiffSamplesItCannotRead) {
  auto bytes = fixture("tiff_grey_16_le.tif").bytes;
  // The bits of a sample become 12.
  const auto entry = bytes_of("\x02\x01\x03\x00\x01\x00\x00\x00\x10"sv);
  const auto at = std::search(bytes.begin(), bytes.end(), entry.begin(), entry.end());
  ASSERT_NE(at, bytes.end());
  at[8] = std::byte{12};
  const auto got = decode_image(bytes);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, ErrorCode::unsupported);
  EXPECT_THAT(got.error().message(), HasSubstr("12 bits a sample"));
}

}  // namespace
}  // namespace osler
