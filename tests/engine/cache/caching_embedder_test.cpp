#include "osler/engine/cache/caching_embedder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>

#include "osler/engine/cache/cache_file.h"
#include "osler/engine/cache/request_key.h"
#include "support/embeddings.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::shared_ptr<const Image> grey(std::uint8_t value) {
  return std::make_shared<const Image>(Image{1, 1, {value, value, value}});
}

/// A vector of a text's first letter; of "bad" an error. Notes what it was asked.
class LetterEmbedder : public Embedder {
 public:
  explicit LetterEmbedder(std::vector<std::string>& asked, bool sees = true) : asked_(asked), sees_(sees) {
    facts_.kind = "letters";
    facts_.identity["version"] = "1";
  }
  [[nodiscard]] const EngineFacts& facts() const override { return facts_; }
  [[nodiscard]] bool sees_images() const override { return sees_; }
  [[nodiscard]] Status embed(EmbeddingSource& source, EmbeddingSink& sink, std::stop_token) override {
    while (auto request = source.next()) {
      asked_.push_back(request->item_id);
      Embedding made;
      made.item_id = request->item_id;
      if (request->text == "bad") {
        made.error = "cannot be embedded";
      } else {
        made.vector = {static_cast<float>(request->text.front()), 0.1F};
      }
      if (auto status = sink.accept(std::move(made)); !status) return status;
    }
    return {};
  }
  EngineFacts facts_;

 private:
  std::vector<std::string>& asked_;
  bool sees_;
};

class CachingEmbedderTest : public testing::Test {
 protected:
  std::map<std::string, Embedding> embed(std::vector<EmbeddingRequest> requests, bool sees = true,
                                         const std::string& version = "1") {
    asked_.clear();
    auto inner = std::make_unique<LetterEmbedder>(asked_, sees);
    inner->facts_.identity["version"] = version;
    auto store = EmbeddingStore::open(file_, [this](const Error& error) { told_.push_back(error.message()); });
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().message());
    CachingEmbedder embedder(std::move(inner), std::move(*store));
    ListedTexts source(std::move(requests));
    KeptEmbeddings sink;
    EXPECT_TRUE(embedder.embed(source, sink, {}).has_value());
    return sink.kept;
  }

  const TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "embeddings.sqlite";
  std::vector<std::string> asked_;
  std::vector<std::string> told_;
};

TEST_F(CachingEmbedderTest, WhatWasEmbeddedOnceIsNotEmbeddedAgain) {
  const std::vector<EmbeddingRequest> requests = {{"1", "a", {grey(1)}, {}}, {"2", "b", {}, {}}};
  const auto first = embed(requests);
  EXPECT_THAT(asked_, ElementsAre("1", "2"));
  auto renamed = requests;
  renamed[0].item_id = "another";
  const auto second = embed(renamed);
  EXPECT_THAT(asked_, IsEmpty());
  EXPECT_EQ(second.at("another").vector, first.at("1").vector);
  EXPECT_TRUE(second.at("2").cached);
  EXPECT_FALSE(first.at("2").cached);
}

TEST_F(CachingEmbedderTest, WhateverAVectorDependsOnMakesItAnother) {
  const EmbeddingRequest base{"0", "a", {grey(1)}, "Look."};
  (void)embed({base});
  EmbeddingRequest text = base, image = base, both = base, instruction = base;
  text.text = "b";
  image.images = {grey(2)};
  both.images = {grey(1), grey(1)};
  instruction.instruction = "Think.";
  for (const auto& other : {text, image, both, instruction}) {
    (void)embed({other});
    EXPECT_THAT(asked_, ElementsAre("0"));
  }
  (void)embed({base}, true, "2");
  EXPECT_THAT(asked_, ElementsAre("0"));
  (void)embed({base});
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(CachingEmbedderTest, PicturesThatAreNotLookedAtDoNotMatter) {
  (void)embed({{"1", "a", {grey(1)}, {}}}, false);
  (void)embed({{"1", "a", {grey(2)}, {}}}, false);
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(CachingEmbedderTest, ErrorsAreNotKept) {
  EXPECT_EQ(embed({{"1", "bad", {}, {}}}).at("1").error, "cannot be embedded");
  (void)embed({{"1", "bad", {}, {}}});
  EXPECT_THAT(asked_, ElementsAre("1"));
}

TEST_F(CachingEmbedderTest, ADamagedVectorIsMadeAgain) {
  (void)embed({{"1", "a", {}, {}}});
  {
    const auto database =
        cache_file::open(file_, SqliteDatabase::Mode::existing, cache_file::kPatience, cache_file::Kind::embeddings);
    ASSERT_TRUE(database.has_value());
    ASSERT_TRUE(database->execute("UPDATE embeddings SET value = x'0000803F0000803F'").has_value());
  }
  const auto again = embed({{"1", "a", {}, {}}});
  EXPECT_THAT(asked_, ElementsAre("1"));
  EXPECT_EQ(again.at("1").vector.front(), 97.0F);
  (void)embed({{"1", "a", {}, {}}});
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(CachingEmbedderTest, AFullDiskOfWhoeverAsksEndsIt) {
  (void)embed({{"1", "a", {}, {}}, {"2", "b", {}, {}}});
  auto store = EmbeddingStore::open(file_, {});
  ASSERT_TRUE(store.has_value());
  CachingEmbedder embedder(std::make_unique<LetterEmbedder>(asked_), std::move(*store));
  ListedTexts source({{"1", "a", {}, {}}, {"2", "b", {}, {}}});
  KeptEmbeddings sink;
  sink.most = 1;
  const auto status = embedder.embed(source, sink, {});
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().message(), HasSubstr("full"));
}

TEST_F(CachingEmbedderTest, AFileThatIsSomethingElseIsRefusedAndLeftAlone) {
  ASSERT_TRUE(cache_file::open(file_, SqliteDatabase::Mode::create).has_value());
  const auto refused = EmbeddingStore::open(file_, {});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::malformed);
  EXPECT_THAT(refused.error().message(), HasSubstr("answers"));
  const auto text = folder_.path() / "text";
  std::ofstream(text) << std::string(2000, 'x');
  EXPECT_FALSE(EmbeddingStore::open(text, {}).has_value());
  EXPECT_EQ(std::filesystem::file_size(text), 2000U);
}

}  // namespace
}  // namespace osler::test
