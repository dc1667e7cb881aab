// How well the perceptual hash finds copies of real pictures; prints the figures.
#include <gtest/gtest.h>
#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>
#include <memory>

#include "dataset/images/fixtures.h"
#include "osler/dataset/images/average.h"
#include "osler/dataset/images/decode.h"
#include "osler/dataset/images/similarity.h"

namespace osler {
namespace {

/// Copies take the time, so that only some pictures are copied here. The figures in similarity.h are of all: 1.
constexpr std::size_t kEvery = 8;

Image resized(const Image& image, std::uint32_t width, std::uint32_t height) {
  Image result{width, height, {}};
  for (const std::uint32_t value : area_average(image, width, height)) {
    result.rgb.push_back(static_cast<std::uint8_t>((value + 128) / 256));
  }
  return result;
}

/// Through a JPEG file and back.
Image through_jpeg(const Image& image, int quality) {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = image.width;
  encoder.image_height = image.height;
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  jpeg_set_quality(&encoder, quality, TRUE);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<std::uint8_t> rgb = image.rgb;
  while (encoder.next_scanline < encoder.image_height) {
    JSAMPROW row = rgb.data() + std::size_t{3} * image.width * encoder.next_scanline;
    jpeg_write_scanlines(&encoder, &row, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(bytes, &std::free);
  return decode_image(std::as_bytes(std::span(bytes, size))).value();
}

const std::map<std::string, std::function<Image(const Image&)>>& copies() {
  static const std::map<std::string, std::function<Image(const Image&)>> kCopies{
      {"JPEG of quality 75", [](const Image& image) { return through_jpeg(image, 75); }},
      {"JPEG of quality 30", [](const Image& image) { return through_jpeg(image, 30); }},
      {"half the size", [](const Image& image) { return resized(image, image.width / 2, image.height / 2); }},
      {"a third, JPEG 60",
       [](const Image& image) { return through_jpeg(resized(image, image.width / 3, image.height / 3), 60); }},
      {"224 x 224", [](const Image& image) { return resized(image, 224, 224); }},
      {"twice the size, JPEG 85",
       [](const Image& image) { return through_jpeg(resized(image, 2 * image.width, 2 * image.height), 85); }}};
  return kCopies;
}

TEST(SimilarityOfRealPictures, CopiesAreFoundAndOtherPatientsAreNot) {
  auto pictures = test::pictures_below(test::data_folder() / "vqa_rad/osf");
  const std::size_t radiology = pictures.size();
  for (const auto& path : test::pictures_below(test::data_folder() / "slake/original")) pictures.push_back(path);
  if (radiology == 0) GTEST_SKIP() << "no pictures in " << test::data_folder() << "; set OSLER_TEST_DATA";

  std::vector<std::optional<std::uint64_t>> hashes;
  std::map<std::string, std::map<unsigned, int>> distances;
  for (const auto& path : pictures) {
    const Image image = decode_image(test::read_bytes(path)).value();
    hashes.push_back(perceptual_hash(image));
    ASSERT_TRUE(hashes.back()) << path;
    if (hashes.size() % kEvery != 0) continue;
    for (const auto& [name, copy] : copies()) {
      const unsigned distance = hash_distance(*hashes.back(), perceptual_hash(copy(image)).value());
      ++distances[name][distance];
      ++distances["all copies"][distance];
    }
  }
  for (const auto& [name, counts] : distances) {
    std::cout << name << ": ";
    for (const auto& [distance, count] : counts) std::cout << count << " at " << distance << " bits, ";
    std::cout << "\n";
  }
  const auto& all = distances["all copies"];
  int found = 0;
  int copies_made = 0;
  for (const auto& [distance, count] : all) {
    copies_made += count;
    if (distance <= kNearDuplicateDistance) found += count;
  }
  EXPECT_GE(found, copies_made * 99 / 100);

  const auto near = near_duplicates(hashes, 10, 100);
  std::cout << near.pairs << " pairs of " << hashes.size() << " originals within 10 bits\n";
  for (const auto& pair : near.closest) {
    std::cout << pair.distance << " bits: " << pictures[pair.first] << " " << pictures[pair.second] << "\n";
    // VQA-RAD has one picture of a patient; SLAKE has neighbouring slices of one, which may be as close as copies.
    EXPECT_TRUE(pair.first >= radiology || pair.distance > kNearDuplicateDistance);
  }
}

}  // namespace
}  // namespace osler
