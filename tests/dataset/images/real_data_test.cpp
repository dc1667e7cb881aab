#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "dataset/images/fixtures.h"
#include "osler/dataset/images/decode.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

fs::path data_folder() {
  if (const char* named = std::getenv("OSLER_TEST_DATA"); named != nullptr && *named != '\0') return named;
  return fs::path(OSLER_SOURCE_DIR) / "../shared/data";
}

std::vector<fs::path> pictures_below(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file() && (extension == ".jpg" || extension == ".jpeg" || extension == ".png")) {
      found.push_back(entry.path());
    }
  }
  return found;
}

TEST(RealPointers, AreNamedAsGitLfsPointersNotAsDamagedPictures) {
  const auto pointers = pictures_below(data_folder() / "pmc_vqa/lfs_pointer");
  if (pointers.empty()) GTEST_SKIP() << "no Git LFS pointer in " << data_folder() / "pmc_vqa/lfs_pointer";
  for (const fs::path& path : pointers) {
    const auto got = decode_image(test::read_bytes(path));
    ASSERT_FALSE(got) << path;
    EXPECT_EQ(got.error().what, "this is a Git LFS pointer, not the picture itself");
    EXPECT_NE(got.error().way_out.find("git lfs pull"), std::string::npos);
  }
}

class RealPictures : public testing::TestWithParam<const char*> {};

TEST_P(RealPictures, AllDecode) {
  const auto pictures = pictures_below(data_folder() / GetParam());
  if (pictures.empty()) {
    GTEST_SKIP() << "no pictures in " << data_folder() / GetParam() << "; set OSLER_TEST_DATA to the data's folder";
  }
  for (const fs::path& path : pictures) {
    const auto got = decode_image(test::read_bytes(path));
    // Some data sets were copied without their Git LFS objects.
    if (!got && got.error().what.find("Git LFS") != std::string::npos) continue;
    ASSERT_TRUE(got) << path << ": " << got.error().message();
    EXPECT_EQ(got->rgb.size(), std::size_t{3} * got->width * got->height) << path;
  }
  RecordProperty("pictures", static_cast<int>(pictures.size()));
}

INSTANTIATE_TEST_SUITE_P(Benchmarks, RealPictures,
                         testing::Values("vqa_rad/osf", "pathvqa/images", "pmc_vqa", "slake", "omnimedvqa"),
                         [](const auto& param) {
                           std::string name = param.param;
                           for (char& c : name) {
                             if (c == '/') c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace osler
