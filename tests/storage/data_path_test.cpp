#include "osler/storage/data_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "osler/storage/files.h"
#include "storage/zip_maker.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using test::make_zip;
using test::replaced;
using test::write_bytes;
using testing::ElementsAre;

class DataPathTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name) const { return folder_.path() / name; }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(DataPathTest, AMemberOfAZipIsReadAsIfTheZipWereAFolder) {
  make_zip(path("imgs.zip"), {{"x/1.png", "one"}, {"x/2.png", std::string(100'000, 'a'), true}, {"empty", ""}});
  EXPECT_EQ(read_data_file(path("imgs.zip") / "x/1.png").value(), "one");
  EXPECT_EQ(read_data_file(path("imgs.zip") / "x/2.png").value(), std::string(100'000, 'a'));
  EXPECT_EQ(read_data_file(path("imgs.zip") / "empty").value(), "");
  EXPECT_EQ(data_file_size(path("imgs.zip") / "x/2.png").value(), 100'000U);
  EXPECT_TRUE(data_file_exists(path("imgs.zip") / "x/1.png"));
  EXPECT_FALSE(data_file_exists(path("imgs.zip") / "x/3.png"));
  EXPECT_FALSE(data_file_exists(path("imgs.zip") / "x"));
  EXPECT_FALSE(data_file_exists(path("imgs.zip") / "x/1.png/"));
}

TEST_F(DataPathTest, AMemberLargerThanAPieceIsReadWhole) {
  std::string large(3'000'001, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761U >> 13U);
  make_zip(path("a.zip"), {{"stored", large}, {"deflated", large, true}});
  EXPECT_TRUE(read_data_file(path("a.zip") / "stored").value() == large);
  EXPECT_TRUE(read_data_file(path("a.zip") / "deflated").value() == large);
}

TEST_F(DataPathTest, AnOrdinaryFileIsReadAsReadFileDoes) {
  write_bytes(path("a.txt"), "text");
  EXPECT_EQ(read_data_file(path("a.txt")).value(), "text");
  EXPECT_EQ(data_file_size(path("a.txt")).value(), 4U);
  EXPECT_TRUE(data_file_exists(path("a.txt")));
  EXPECT_EQ(read_data_file(path("a.txt"), 3).error().message(), read_file(path("a.txt"), 3).error().message());
  EXPECT_EQ(read_data_file(path("none")).error().message(), read_file(path("none")).error().message());
  EXPECT_EQ(read_data_file(path("")).error().message(), read_file(path("")).error().message());
  EXPECT_EQ(data_file_size(path("none")).error().code, ErrorCode::not_found);
  EXPECT_EQ(data_file_size(path("a.txt") / "below").error().code, ErrorCode::not_found);
  EXPECT_FALSE(data_file_exists(path("none")));
  EXPECT_FALSE(data_file_exists(path("")));
}

TEST_F(DataPathTest, OnlyARegularFileWithTheEndingIsAnArchive) {
  make_zip(path("B.ZIP"), {{"a", "1"}});
  fs::create_directories(path("folder.zip/inner"));
  make_zip(path("folder.zip/inner/c.zip"), {{"a", "2"}});
  write_bytes(path("folder.zip/a"), "3");
  make_zip(path("d.zipped"), {{"a", "4"}});
  EXPECT_EQ(read_data_file(path("B.ZIP/a")).value(), "1");
  EXPECT_EQ(read_data_file(path("folder.zip/inner/c.zip/a")).value(), "2");
  EXPECT_EQ(read_data_file(path("folder.zip/a")).value(), "3");
  EXPECT_EQ(archive_path(path("d.zipped/a")), std::nullopt);
  EXPECT_EQ(archive_path(path("none.zip/a")), std::nullopt);
  const auto parts = archive_path(path("folder.zip/inner/c.zip/x/y.png"));
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->archive, path("folder.zip/inner/c.zip"));
  EXPECT_EQ(parts->member, "x/y.png");
}

TEST_F(DataPathTest, TheArchiveItselfIsAFile) {
  const auto bytes = make_zip(path("a.zip"), {{"a", "1"}});
  ASSERT_TRUE(archive_path(path("a.zip")));
  EXPECT_EQ(archive_path(path("a.zip"))->member, "");
  EXPECT_EQ(read_data_file(path("a.zip")).value(), bytes);
  EXPECT_EQ(data_file_size(path("a.zip")).value(), bytes.size());
  EXPECT_TRUE(data_file_exists(path("a.zip")));
}

TEST_F(DataPathTest, AMissingMemberIsNamed) {
  make_zip(path("a.zip"), {{"a", "1"}});
  const auto missing = read_data_file(path("a.zip") / "x/b.png");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_EQ(missing.error().where.file, (path("a.zip") / "x/b.png").string());
  EXPECT_EQ(data_file_size(path("a.zip") / "x/b.png").error().message(), missing.error().message());
}

TEST_F(DataPathTest, ListsTheFilesInTheArchivesOrderWithoutFolders) {
  make_zip(path("a.zip"), {{"b.png"}, {"x/"}, {"x/a.png"}, {"a.png"}});
  EXPECT_THAT(files_in_archive(path("a.zip")).value(),
              ElementsAre(path("a.zip/b.png"), path("a.zip/x/a.png"), path("a.zip/a.png")));
}

TEST_F(DataPathTest, NamesThatLeadOutOfTheArchiveAreLeftOut) {
  make_zip(path("a.zip"), {{"../a", "1"},
                           {"/etc/b", "2"},
                           {"x/../../c", "3"},
                           {"C:\\d", "4"},
                           {"..\\e", "5"},
                           {"./x//f", "6"},
                           {"y\\g", "7"},
                           {"h", "8"}});
  EXPECT_THAT(files_in_archive(path("a.zip")).value(),
              ElementsAre(path("a.zip/x/f"), path("a.zip/y/g"), path("a.zip/h")));
  EXPECT_EQ(read_data_file(path("a.zip") / "x/f").value(), "6");
  EXPECT_EQ(read_data_file(path("a.zip") / "x/./f").value(), "6");
  EXPECT_EQ(read_data_file(path("a.zip") / "x/../y/g").value(), "7");
  for (const char* name : {"../a", "etc/b", "x/../../c", "C:\\d", "../e", "c"}) {
    EXPECT_FALSE(data_file_exists(path("a.zip") / name)) << name;
  }
  EXPECT_FALSE(data_file_exists(path("a.zip").string() + "//etc/b"));
}

TEST_F(DataPathTest, OfSeveralMembersOfOneNameTheLastCounts) {
  const auto bytes = make_zip(path("a.zip"), {{"same", "first"}, {"x", "middle"}, {"sane", "last"}});
  write_bytes(path("b.zip"), replaced(bytes, "sane", "same"));
  EXPECT_EQ(read_data_file(path("b.zip") / "same").value(), "last");
  EXPECT_THAT(files_in_archive(path("b.zip")).value(), ElementsAre(path("b.zip/x"), path("b.zip/same")));
}

TEST_F(DataPathTest, NamesAreReadAsUtf8OrAsTheCodePageOfOldZips) {
  make_zip(path("flagged.zip"), {{"h\xC3\xA9.png", "1"}});
  EXPECT_EQ(read_data_file(path("flagged.zip") / "h\xC3\xA9.png").value(), "1");
  // As most programs on Linux write it: UTF-8 without the flag that says so.
  const auto plain = make_zip(path("plain.zip"), {{"hXX.png", "2"}});
  write_bytes(path("unflagged.zip"), replaced(plain, "hXX", "h\xC3\xA9"));
  EXPECT_EQ(read_data_file(path("unflagged.zip") / "h\xC3\xA9.png").value(), "2");
  // 0x82 is é in code page 437; the bytes themselves find it as well.
  const auto one = make_zip(path("one.zip"), {{"hX.png", "3"}});
  write_bytes(path("old.zip"), replaced(one, "hX", "h\x82"));
  EXPECT_EQ(read_data_file(path("old.zip") / "h\xC3\xA9.png").value(), "3");
  EXPECT_EQ(read_data_file(path("old.zip") / "h\x82.png").value(), "3");
  EXPECT_THAT(files_in_archive(path("old.zip")).value(), ElementsAre(path("old.zip") / "h\xC3\xA9.png"));
}

TEST_F(DataPathTest, ANameWithANulIsNotTheNameBeforeIt) {
  const auto bytes = make_zip(path("a.zip"), {{"a.pngXexe", "1"}});
  write_bytes(path("b.zip"), replaced(bytes, "a.pngXexe", {"a.png\0exe", 9}));
  EXPECT_FALSE(data_file_exists(path("b.zip") / "a.png"));
}

TEST_F(DataPathTest, ManyMembersMakeAZip64AndAreFound) {
  std::vector<test::ZipMember> members;
  for (int i = 0; i < 66'000; ++i) members.push_back({"images/" + std::to_string(i), std::to_string(i)});
  const auto bytes = make_zip(path("a.zip"), members);
  ASSERT_NE(bytes.find("PK\6\6"), std::string::npos);
  EXPECT_EQ(read_data_file(path("a.zip") / "images/65999").value(), "65999");
  EXPECT_EQ(files_in_archive(path("a.zip"))->size(), 66'000U);
}

TEST_F(DataPathTest, AnArchiveThatChangedIsReadAnew) {
  make_zip(path("a.zip"), {{"a", "old"}});
  EXPECT_EQ(read_data_file(path("a.zip") / "a").value(), "old");
  make_zip(path("a.zip"), {{"a", "newer"}, {"b", "more"}});
  EXPECT_EQ(read_data_file(path("a.zip") / "a").value(), "newer");
  EXPECT_TRUE(data_file_exists(path("a.zip") / "b"));
  fs::remove(path("a.zip"));
  EXPECT_FALSE(data_file_exists(path("a.zip") / "a"));
}

TEST_F(DataPathTest, MoreArchivesThanStayOpenAreReadFromSeveralThreads) {
  constexpr int kArchives = 12;
  for (int i = 0; i < kArchives; ++i) {
    make_zip(path(std::to_string(i) + ".zip"), {{"a", std::string(20'000, static_cast<char>('a' + i)), true}});
  }
  std::vector<int> wrong(4, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t, &wrong] {
      for (int round = 0; round < 60; ++round) {
        const int i = (round * (t + 1)) % kArchives;
        const auto content = read_data_file(path(std::to_string(i) + ".zip") / "a");
        if (!content || *content != std::string(20'000, static_cast<char>('a' + i)))
          ++wrong[static_cast<std::size_t>(t)];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_THAT(wrong, testing::Each(0));
}

}  // namespace
}  // namespace osler
