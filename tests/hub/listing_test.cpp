#include "osler/hub/listing.h"

#include <gmock/gmock.h>

#include "osler/storage/json.h"

namespace osler::hub {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::string kCommit(40, 'a');
const std::string kSha1(40, 'b');
const std::string kSha256(64, 'c');

Json answer_with(const Json& files) { return {{"sha", kCommit}, {"siblings", files}}; }

Result<Listing> parse(const Json& answer) { return parse_listing(answer.dump(), "http://hub/api"); }

/// The error's message, or nothing.
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? std::string() : result.error().message();
}

std::vector<std::string> chosen(const std::vector<std::string>& paths, const std::vector<std::string>& patterns) {
  Listing listing{kCommit, {}};
  for (const auto& path : paths) listing.files.push_back({path, 1, kSha1, false});
  const auto files = choose_files(listing, patterns, "hub");
  std::vector<std::string> names;
  if (!files) return {files.error().message()};
  for (const auto& file : *files) names.push_back(file.path);
  return names;
}

TEST(Listing, LargeFilesAreNamedBySha256AndOthersByTheirBlob) {
  const auto listing = parse(answer_with(
      {{{"rfilename", "a.csv"}, {"size", 5}, {"blobId", kSha1}},
       {{"rfilename", "d/b.zip"}, {"size", 6}, {"blobId", kSha1}, {"lfs", {{"sha256", kSha256}, {"size", 7}}}}}));
  ASSERT_TRUE(listing.has_value()) << listing.error().message();
  EXPECT_EQ(listing->commit, kCommit);
  ASSERT_EQ(listing->files.size(), 2U);
  EXPECT_EQ(listing->files[0].etag, kSha1);
  EXPECT_EQ(listing->files[0].size, 5U);
  EXPECT_FALSE(listing->files[0].large);
  EXPECT_EQ(listing->files[1].path, "d/b.zip");
  EXPECT_EQ(listing->files[1].etag, kSha256);
  EXPECT_EQ(listing->files[1].size, 7U);
  EXPECT_TRUE(listing->files[1].large);
}

TEST(Listing, WhatIsNoAnswerOfAHubIsNamed) {
  for (const std::string text : {"", "<html>", "[]", "7", "null", "{\"sha\": \"main\"}",
                                 "{\"sha\": 1, \"siblings\": []}", "{\"siblings\": []}", "{\"sha\""}) {
    const auto listing = parse_listing(text, "http://hub/api");
    ASSERT_FALSE(listing.has_value()) << text;
    EXPECT_EQ(listing.error().code, ErrorCode::malformed) << text;
    EXPECT_THAT(message_of(listing), testing::AllOf(HasSubstr("http://hub/api"), HasSubstr("HF_ENDPOINT"))) << text;
  }
  for (const Json& siblings : {Json(), Json("x"), Json::object()}) {
    EXPECT_THAT(message_of(parse(answer_with(siblings))), HasSubstr("siblings"));
  }
}

TEST(Listing, PathsThatLeaveTheFolderAreRefused) {
  for (const std::string path :
       {"", "/etc/passwd", "../x", "a/../../x", "a/..", "..", ".", "a//b", "a/", "./a", "a\nb", "a\x1b[2J"}) {
    const auto listing = parse(answer_with({{{"rfilename", "good"}}, {{"rfilename", path}}}));
    EXPECT_THAT(message_of(listing), HasSubstr("record 1: lists a file by the name")) << path;
  }
  for (const Json& name : {Json(), Json(3), Json::array()}) {
    EXPECT_FALSE(parse(answer_with({{{"rfilename", name}}})).has_value()) << name;
  }
  for (const Json& entry : {Json(), Json("x"), Json::array()}) {
    EXPECT_FALSE(parse(answer_with(Json::array({entry}))).has_value()) << entry;
  }
  EXPECT_TRUE(parse(answer_with({{{"rfilename", "..a/b..c/.d/e (1) 100%.txt"}}})).has_value());
}

/// Every field of a file left out or replaced by a value of each other type: an answer or an error, never a crash.
TEST(Listing, AFileOfWhichTooLittleIsKnownIsAnErrorOnlyWhenItIsWanted) {
  const Json whole = {{"rfilename", "x"}, {"size", 6}, {"blobId", kSha1}, {"lfs", {{"sha256", kSha256}, {"size", 6}}}};
  const std::vector<Json> wrong{
      Json(),     Json(-1),      Json(0.5),      Json(1e300),           Json("x"),
      Json(true), Json::array(), Json::object(), Json(kSha1 + "/../x"), Json(std::string(64, 'C'))};
  for (const std::string field : {"size", "blobId", "lfs", "/lfs/sha256", "/lfs/size"}) {
    const nlohmann::json_pointer<std::string> pointer(field.starts_with("/") ? field : "/" + field);
    for (const auto& value : wrong) {
      Json file = whole;
      file[pointer] = value;
      const auto listing = parse(answer_with({file, {{"rfilename", "y"}, {"size", 1}, {"blobId", kSha1}}}));
      ASSERT_TRUE(listing.has_value()) << file << listing.error().message();
      EXPECT_TRUE(choose_files(*listing, {"y"}, "hub").has_value());
      const auto files = choose_files(*listing, {"x"}, "hub");
      if (files) {
        EXPECT_THAT(files->at(0).etag, testing::AnyOf(kSha1, kSha256)) << file;
      } else {
        EXPECT_THAT(message_of(files), HasSubstr("does not say the")) << file;
      }
    }
  }
  const auto bare = parse(answer_with({{{"rfilename", "x"}, {"size", 6}}}));
  EXPECT_THAT(message_of(choose_files(*bare, {}, "hub")), HasSubstr("hub: does not say the hash"));
  const auto sizeless = parse(answer_with({{{"rfilename", "x"}, {"blobId", kSha1}}}));
  EXPECT_THAT(message_of(choose_files(*sizeless, {}, "hub")), HasSubstr("does not say the size of 'x'"));
}

TEST(Listing, SizesThatWouldOverflowAreRefused) {
  Json files = Json::array();
  for (int i = 0; i < 1025; ++i) {
    files.push_back({{"rfilename", std::to_string(i)}, {"size", std::uint64_t{1} << 50}, {"blobId", kSha1}});
  }
  EXPECT_THAT(message_of(choose_files(*parse(answer_with(files)), {}, "hub")), HasSubstr("2^60"));
}

TEST(ChooseFiles, PatternsAreComparedByComponentsFromTheEnd) {
  const std::vector<std::string> paths{"README.md", "data/test-0.parquet", "data/test-1.parquet", "old/test-0.parquet"};
  EXPECT_EQ(chosen(paths, {}), paths);
  EXPECT_EQ(chosen(paths, {"*"}), paths);
  EXPECT_THAT(chosen(paths, {"data/test-*.parquet"}), ElementsAre(paths[1], paths[2]));
  EXPECT_THAT(chosen(paths, {"test-0.parquet"}), ElementsAre(paths[1], paths[3]));
  EXPECT_THAT(chosen(paths, {"old/*", "README.md"}), ElementsAre(paths[0], paths[3]));
}

TEST(ChooseFiles, TwoStarsAtTheEndAreEverythingBelow) {
  const std::vector<std::string> paths{"images/a.png", "images/ct/b.png", "more/images/c.png", "images"};
  EXPECT_THAT(chosen(paths, {"images/**"}), ElementsAre(paths[0], paths[1]));
  EXPECT_THAT(chosen(paths, {"*/ct/**"}), ElementsAre(paths[1]));
}

TEST(ChooseFiles, APatternThatMatchesNothingIsNamedWithWhatIsThere) {
  EXPECT_THAT(chosen({"a.csv", "b.csv"}, {"a.csv", "*.parquet"}),
              ElementsAre(testing::AllOf(HasSubstr("'*.parquet'"), HasSubstr("it has a.csv, b.csv"))));
  EXPECT_THAT(chosen({}, {"*"}), ElementsAre(HasSubstr("no files at all")));
  EXPECT_THAT(chosen({}, {}), IsEmpty());
}

}  // namespace
}  // namespace osler::hub
