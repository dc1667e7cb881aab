#include "osler/dataset/images/orientation.h"

#include <gtest/gtest.h>

#include <string>

#include "dataset/images/fixtures.h"

namespace osler::images {
namespace {

/// Two by three pixels, each with a grey value of its own, named row by row.
Image letters(std::string_view rows, std::uint32_t width, std::uint32_t height) {
  Image image{width, height, {}};
  for (const char letter : rows) image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(letter));
  return image;
}

std::string turned(unsigned orientation) {
  const Image image = upright(letters("abcdef", 2, 3), orientation);
  std::string out;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    if (i > 0 && (i / 3) % image.width == 0) out += '/';
    out += static_cast<char>(image.rgb[i]);
  }
  return out;
}

TEST(Orientation, TurnsAPictureAsExifDefinesIt) {
  // Stored: ab / cd / ef.
  EXPECT_EQ(turned(1), "ab/cd/ef");
  EXPECT_EQ(turned(2), "ba/dc/fe");
  EXPECT_EQ(turned(3), "fe/dc/ba");
  EXPECT_EQ(turned(4), "ef/cd/ab");
  EXPECT_EQ(turned(5), "ace/bdf");
  EXPECT_EQ(turned(6), "eca/fdb");
  EXPECT_EQ(turned(7), "fdb/eca");
  EXPECT_EQ(turned(8), "bdf/ace");
}

TEST(Orientation, LeavesThePictureAloneWhenTheNumberMakesNoSense) {
  EXPECT_EQ(turned(0), "ab/cd/ef");
  EXPECT_EQ(turned(9), "ab/cd/ef");
}

unsigned orientation_in(const std::string& exif) { return exif_orientation(test::bytes_of(exif)); }

TEST(Orientation, IsReadInEitherByteOrderWithOrWithoutTheExifMark) {
  using namespace std::literals;
  const auto little = "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"s;
  const auto big = "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0"s;
  EXPECT_EQ(orientation_in(little), 6U);
  EXPECT_EQ(orientation_in(big), 8U);
  EXPECT_EQ(orientation_in("Exif\0\0"s + little), 6U);
}

TEST(Orientation, IsOneWhereExifIsBroken) {
  using namespace std::literals;
  EXPECT_EQ(orientation_in(""), 1U);
  EXPECT_EQ(orientation_in("II*\0"s), 1U);
  EXPECT_EQ(orientation_in("II*\0\xff\xff\xff\xff"s), 1U);
  EXPECT_EQ(orientation_in("II*\0\x08\0\0\0\xff\xff"s), 1U);
  EXPECT_EQ(orientation_in("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0"s), 1U);
  EXPECT_EQ(orientation_in("XX*\0\x08\0\0\0"s), 1U);
}

}  // namespace
}  // namespace osler::images
