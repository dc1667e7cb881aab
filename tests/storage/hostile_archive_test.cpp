#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "osler/storage/data_path.h"
#include "storage/zip_maker.h"
#include "support/temporary_folder.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using test::central_header;
using test::make_zip;
using test::write_bytes;
using testing::AllOf;
using testing::HasSubstr;

class HostileArchiveTest : public testing::Test {
 protected:
  [[nodiscard]] fs::path path(const std::string& name) const { return folder_.path() / name; }

  /// What reading the member "a" of an archive of these bytes says.
  [[nodiscard]] std::string refusal(std::string_view bytes, ErrorCode code, std::uint64_t max_bytes = 1 << 20) const {
    write_bytes(path("hostile.zip"), bytes);
    const auto got = read_data_file(path("hostile.zip") / "a", max_bytes);
    if (got) return "it was read";
    EXPECT_EQ(got.error().code, code) << got.error().message();
    EXPECT_EQ(got.error().where.file, (path("hostile.zip") / "a").string());
    return got.error().message();
  }

 private:
  test::TemporaryFolder folder_;
};

TEST_F(HostileArchiveTest, ABombIsNotUnpackedBeyondTheLimit) {
  const auto bytes = make_zip(path("made.zip"), {{"a", std::string(8'000'000, '\0'), true}});
  ASSERT_LT(bytes.size(), 40'000U);
  EXPECT_THAT(refusal(bytes, ErrorCode::limit), HasSubstr("larger than 1048576 bytes"));
}

TEST_F(HostileArchiveTest, ABombThatClaimsToBeSmallIsDamaged) {
  auto bytes = make_zip(path("made.zip"), {{"a", std::string(8'000'000, '\0'), true}});
  bytes.replace(central_header(bytes, 0) + 24, 4, {"\x0A\0\0\0", 4});
  EXPECT_THAT(refusal(bytes, ErrorCode::malformed), HasSubstr("damaged"));
}

TEST_F(HostileArchiveTest, AFewBytesThatClaimFourGigabytesAreDamaged) {
  auto bytes = make_zip(path("made.zip"), {{"a", "small", true}});
  bytes.replace(central_header(bytes, 0) + 24, 4, "\xF0\xFF\xFF\xFF");
  EXPECT_THAT(refusal(bytes, ErrorCode::malformed, std::uint64_t{1} << 40), HasSubstr("damaged"));
}

TEST_F(HostileArchiveTest, AnEncryptedMemberIsNamedAsSuch) {
  const auto bytes = make_zip(path("made.zip"), {{"a", "secret", false, "word"}});
  EXPECT_THAT(refusal(bytes, ErrorCode::unsupported), AllOf(HasSubstr("encrypted"), HasSubstr("password")));
}

TEST_F(HostileArchiveTest, AnUnknownMethodIsNamed) {
  auto bytes = make_zip(path("made.zip"), {{"a", "text"}});
  bytes.replace(central_header(bytes, 0) + 10, 2, {"\x62\0", 2});
  EXPECT_THAT(refusal(bytes, ErrorCode::unsupported), HasSubstr("method 98"));
}

TEST_F(HostileArchiveTest, AWrongChecksumIsNamed) {
  auto bytes = make_zip(path("made.zip"), {{"a", "text"}});
  bytes[bytes.find("text")] = 'n';
  EXPECT_THAT(refusal(bytes, ErrorCode::malformed), AllOf(HasSubstr("checksum"), HasSubstr("fetch the zip again")));
}

TEST_F(HostileArchiveTest, AMemberThatIsSaidToLieElsewhereIsDamaged) {
  auto bytes = make_zip(path("made.zip"), {{"a", "text"}});
  bytes.replace(central_header(bytes, 0) + 42, 4, {"\x05\0\0\0", 4});
  EXPECT_THAT(refusal(bytes, ErrorCode::malformed), HasSubstr("damaged"));
}

TEST_F(HostileArchiveTest, AZipThatIsCutShortIsNamedAtEveryLength) {
  const auto bytes = make_zip(path("made.zip"), {{"a", "text"}, {"b", "more"}});
  EXPECT_THAT(refusal("", ErrorCode::malformed), HasSubstr("is empty"));
  for (std::size_t length = 2; length < bytes.size(); ++length) {
    EXPECT_THAT(refusal(std::string_view(bytes).substr(0, length), ErrorCode::malformed),
                AllOf(HasSubstr("hostile.zip, which is a zip that breaks off"), HasSubstr("fetch the zip again")))
        << length;
  }
}

TEST_F(HostileArchiveTest, WhatIsOftenFoundInPlaceOfAZipIsNamed) {
  EXPECT_THAT(
      refusal("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", ErrorCode::malformed),
      AllOf(HasSubstr("Git LFS pointer"), HasSubstr("git lfs pull")));
  EXPECT_THAT(refusal("\n<!DOCTYPE html><html>Sign in</html>", ErrorCode::malformed),
              AllOf(HasSubstr("web page"), HasSubstr("download failed")));
  EXPECT_THAT(refusal("Rar!\x1A\x07\x01", ErrorCode::malformed), HasSubstr("is not a zip"));
}

TEST_F(HostileArchiveTest, AFailureNamesThePathThatWasGiven) {
  write_bytes(path("a.zip"), "no zip");
  fs::create_hard_link(path("a.zip"), path("b.zip"));
  EXPECT_EQ(files_in_archive(path("a.zip")).error().where.file, path("a.zip").string());
  EXPECT_EQ(files_in_archive(path("b.zip")).error().where.file, path("b.zip").string());
  EXPECT_EQ(files_in_archive(path("none.zip")).error().code, ErrorCode::not_found);
  EXPECT_FALSE(data_file_exists(path("a.zip") / "a"));
}

TEST_F(HostileArchiveTest, DamagedBytesGiveContentOrASentence) {
  const auto whole =
      make_zip(path("made.zip"), {{"a", std::string(300, 'a'), true}, {"x/b", "text"}, {"c\xC3\xA9", "!"}});
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 800; ++round) {
    std::string bytes = whole;
    for (unsigned i = 0; i <= random() % 4; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    // Sizes differ, because two states of one file with one time and size are taken for the same.
    write_bytes(path("damaged.zip"), bytes + std::string(static_cast<std::size_t>(round), '\n'));
    const auto files = files_in_archive(path("damaged.zip"));
    if (!files) {
      ++refused;
      EXPECT_FALSE(files.error().what.empty());
      continue;
    }
    for (const auto& file : *files) {
      const auto content = read_data_file(file, 1000);
      if (content) {
        EXPECT_LE(content->size(), 1000U);
      } else {
        ++refused;
        EXPECT_EQ(content.error().where.file, file.string());
      }
    }
  }
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace osler
