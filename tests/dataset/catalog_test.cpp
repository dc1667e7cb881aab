#include "osler/dataset/catalog.h"

#include <gmock/gmock.h>

#include "dataset/support.h"

namespace osler {
namespace {

using testing::HasSubstr;

class CatalogTest : public test::FolderTest {};

TEST(Catalog, EveryShippedCardParsesUnderItsOwnName) {
  ASSERT_THAT(benchmark_names(), testing::Contains("vqa-rad"));
  for (const auto& name : benchmark_names()) {
    const auto card = find_card(name);
    ASSERT_TRUE(card) << test::message_of(card);
    EXPECT_EQ(card->name, name);
    EXPECT_FALSE(card->citation.empty()) << name;
    EXPECT_FALSE(card->licence.empty()) << name;
    if (name == "phantom")
      continue;  // Has as many images as its user asked for; the card that is made with it says it.
    for (const auto& form : card->forms) EXPECT_FALSE(form.expect.empty()) << name << ' ' << form.name;
  }
}

TEST(Catalog, TheCardOfTheTestSlicesParses) {
  const auto card = find_card(OSLER_SOURCE_DIR "/tests/fixtures/slices/slices.yaml");
  ASSERT_TRUE(card) << test::message_of(card);
  EXPECT_EQ(card->name, "slices");
}

TEST(Catalog, AnUnknownNameGetsTheClosestOne) {
  const auto card = find_card("vqarad");
  ASSERT_FALSE(card);
  EXPECT_EQ(card.error().code, ErrorCode::usage);
  EXPECT_THAT(card.error().message(), HasSubstr("there is no benchmark 'vqarad'; did you mean 'vqa-rad'?"));
}

TEST(Catalog, ANameLikeNoneGetsTheList) {
  const auto card = find_card("weather");
  ASSERT_FALSE(card);
  EXPECT_THAT(card.error().message(), testing::Not(HasSubstr("did you mean")));
  EXPECT_THAT(card.error().message(), HasSubstr("vqa-rad"));
}

TEST_F(CatalogTest, APathIsReadAndNamedInErrors) {
  EXPECT_TRUE(find_card(write("mine.yml", test::card_text("json")).string()));
  const auto path = write("broken.yaml", test::card_text("jpeg"));
  EXPECT_THAT(test::message_of(find_card(path.string())), testing::StartsWith(path.string() + ", line 4: "));
  const auto missing = find_card((folder_ / "none.yaml").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_THAT(missing.error().message(), HasSubstr("none.yaml"));
}

}  // namespace
}  // namespace osler
