#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "osler/core/error.h"
#include "osler/core/grade.h"
#include "osler/core/hash.h"
#include "osler/core/item.h"
#include "osler/core/response.h"

namespace osler {
namespace {

TEST(Error, MessageNamesThePlaceTheFaultAndTheWayOut) {
  const Error error{ErrorCode::malformed, "the JSON breaks off", {"a.json", {}, 7, 120}, "fetch it again"};
  EXPECT_EQ(error.message(), "a.json, record 7, byte 120: the JSON breaks off; fetch it again");
}

TEST(Error, MessageWithoutPlaceIsJustTheFault) {
  EXPECT_EQ((Error{ErrorCode::usage, "no model was given", {}, {}}).message(), "no model was given");
}

TEST(Names, EveryEnumeratorGoesThereAndBack) {
  for (const auto kind : {Kind::mcq, Kind::yes_no, Kind::open}) EXPECT_EQ(kind_from(name_of(kind)), kind);
  for (const auto c : {Capability::unlabeled, Capability::understanding, Capability::reasoning}) {
    EXPECT_EQ(capability_from(name_of(c)), c);
  }
  for (const auto o :
       {Outcome::correct, Outcome::wrong, Outcome::unparsed, Outcome::refused, Outcome::truncated, Outcome::error}) {
    EXPECT_EQ(outcome_from(name_of(o)), o);
  }
  for (const auto f : {FinishReason::stop, FinishReason::length, FinishReason::error}) {
    EXPECT_EQ(finish_reason_from(name_of(f)), f);
  }
  EXPECT_FALSE(kind_from("essay").has_value());
}

TEST(Hash, KnownVectorOfFips180) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Hash, FieldsDoNotRunIntoEachOther) {
  Sha256 first;
  first.update_field("ab");
  first.update_field("c");
  Sha256 second;
  second.update_field("a");
  second.update_field("bc");
  EXPECT_NE(first.hex(), second.hex());
}

TEST(Hash, PicturesOfDifferentShapeButEqualBytesDiffer) {
  const std::vector<std::uint8_t> pixels(12, 7);
  EXPECT_NE(pixel_hash({4, 1, pixels}), pixel_hash({1, 4, pixels}));
  EXPECT_EQ(pixel_hash({4, 1, pixels}), pixel_hash({4, 1, pixels}));
}

TEST(Hash, FileHashEqualsHashOfItsBytesAndAMissingFileIsNamed) {
  const auto path = std::filesystem::temp_directory_path() / "osler_hash_test.bin";
  std::ofstream(path) << "abc";
  EXPECT_EQ(sha256_of_file(path).value(), sha256_hex("abc"));
  std::filesystem::remove(path);
  const auto missing = sha256_of_file(path);
  ASSERT_FALSE(missing.has_value());
  EXPECT_NE(missing.error().message().find("osler_hash_test.bin"), std::string::npos);
}

}  // namespace
}  // namespace osler
