#include "osler/hub/checksum.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/temporary_folder.h"

namespace osler::hub {
namespace {

class ChecksumTest : public testing::Test {
 protected:
  std::string name(const std::string& content, ContentName kind) const {
    std::ofstream(path_, std::ios::binary) << content;
    const auto result = content_name(path_, kind, {});
    return result ? *result : result.error().message();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "x";
};

// The expected values are those of `git hash-object` and `sha256sum`.
TEST_F(ChecksumTest, GitsNamesAreThoseOfGit) {
  EXPECT_EQ(name("hello\n", ContentName::git_blob), "ce013625030ba8dba906f756967f9e9ca394464a");
  EXPECT_EQ(name("", ContentName::git_blob), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST_F(ChecksumTest, LargeFilesAreNamedBySha256) {
  EXPECT_EQ(name("hello\n", ContentName::sha256), "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
}

TEST_F(ChecksumTest, AMissingFileIsNamedAndAStopIsKept) {
  EXPECT_NE(content_name(folder_.path() / "none", ContentName::sha256, {}).error().message().find("none"),
            std::string::npos);
  std::stop_source stop;
  stop.request_stop();
  static_cast<void>(name("x", ContentName::sha256));
  EXPECT_EQ(content_name(path_, ContentName::sha256, stop.get_token()).error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace osler::hub
