#include "osler/storage/files.h"

#include <gtest/gtest.h>

#include <fstream>

namespace osler {
namespace {

namespace fs = std::filesystem;

class FilesTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() /
                     ("osler_files_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

TEST_F(FilesTest, AppendedLinesAreThereAndATornLastLineIsCutOff) {
  const auto path = folder_ / "journal.jsonl";
  { std::ofstream(path) << "{\"id\":1}\n{\"id\":2}\n{\"id\":3,\"te"; }
  {
    auto file = AppendFile::open(path);
    ASSERT_TRUE(file.has_value()) << file.error().message();
    ASSERT_TRUE(file->append_line("{\"id\":4}").has_value());
  }
  EXPECT_EQ(read_file(path).value(), "{\"id\":1}\n{\"id\":2}\n{\"id\":4}\n");
}

TEST_F(FilesTest, ATornLineLongerThanTheReadBlockIsCutOff) {
  const auto path = folder_ / "journal.jsonl";
  { std::ofstream(path) << "first\n" << std::string(200'000, 'x'); }
  { ASSERT_TRUE(AppendFile::open(path).has_value()); }
  EXPECT_EQ(read_file(path).value(), "first\n");
}

TEST_F(FilesTest, ASecondWriterIsRefused) {
  const auto path = folder_ / "journal.jsonl";
  const auto first = AppendFile::open(path);
  ASSERT_TRUE(first.has_value());
  const auto second = AppendFile::open(path);
  ASSERT_FALSE(second.has_value());
  EXPECT_NE(second.error().message().find("another run"), std::string::npos);
}

TEST_F(FilesTest, AtomicWriteReplacesAndLeavesNoTemporary) {
  const auto path = folder_ / "manifest.json";
  ASSERT_TRUE(write_file_atomically(path, "old").has_value());
  ASSERT_TRUE(write_file_atomically(path, "new").has_value());
  EXPECT_EQ(read_file(path).value(), "new");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(FilesTest, AFullDiskIsNamedAndTheOldContentStays) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  auto full = AppendFile::open("/dev/full");
  if (full.has_value()) {
    const auto status = full->append_line("x");
    ASSERT_FALSE(status.has_value());
    EXPECT_NE(status.error().message().find("free some space"), std::string::npos);
  }
}

TEST_F(FilesTest, AFolderOrAMissingFileIsNamed) {
  EXPECT_NE(read_file(folder_).error().message().find("folder"), std::string::npos);
  EXPECT_EQ(read_file(folder_ / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(read_file(folder_ / "none").error().where.file, (folder_ / "none").string());
}

TEST_F(FilesTest, AFolderThatCannotBeMadeIsNamed) {
  { std::ofstream(folder_ / "file") << "x"; }
  const auto status = make_writable_folder(folder_ / "file" / "below");
  ASSERT_FALSE(status.has_value());
  EXPECT_NE(status.error().message().find("cannot be written"), std::string::npos);
}

}  // namespace
}  // namespace osler
