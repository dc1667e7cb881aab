#include "osler/storage/shipped.h"

#include <gmock/gmock.h>

namespace osler {
namespace {

using testing::HasSubstr;

constexpr ShippedKind kProtocols{"protocols/", "protocol", "one of your own"};

TEST(ClosestName, AllowsAThirdOfTheNameAndOneSlipMore) {
  const std::vector<std::string> known{"vqa-rad", "pathvqa", "slake"};
  EXPECT_EQ(closest_name("vqa-rad", known), "vqa-rad");
  EXPECT_EQ(closest_name("vqa_rad", known), "vqa-rad");
  EXPECT_EQ(closest_name("slkae", known), "slake");
  EXPECT_EQ(closest_name("omnimed", known), "");
  EXPECT_EQ(closest_name("", known), "");
  EXPECT_EQ(closest_name(std::string(5000, 'a'), known), "");
  EXPECT_EQ(closest_name("x", {}), "");
}

TEST(Shipped, AFileComesByItsNameWithTheNameForErrors) {
  const auto found = find_shipped(kProtocols, "paper");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->file, "protocols/paper.yaml");
  EXPECT_THAT(found->text, HasSubstr("name: paper"));
  EXPECT_THAT(shipped_names(kProtocols), testing::IsSupersetOf({"paper", "direct"}));
}

TEST(Shipped, AnUnknownNameGetsTheClosestOrTheWayToOnesOwn) {
  ShippedKind suggesting = kProtocols;
  suggesting.suggests_closest = true;
  const auto close = find_shipped(suggesting, "papr");
  ASSERT_FALSE(close);
  EXPECT_EQ(close.error().code, ErrorCode::usage);
  EXPECT_THAT(close.error().message(), HasSubstr("there is no protocol 'papr'; did you mean 'paper'? known: direct"));
  EXPECT_THAT(find_shipped(kProtocols, "zebra").error().message(), HasSubstr("give the path of one of your own"));
  EXPECT_EQ(find_shipped(kProtocols, "/nowhere/x.yaml").error().code, ErrorCode::not_found);
}

}  // namespace
}  // namespace osler
