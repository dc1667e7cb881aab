#include "osler/engine/cache/caching_engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cache/support.h"
#include "support/temporary_folder.h"

namespace osler::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CachingEngineTest : public testing::Test {
 protected:
  /// One program's life: opens the cache, asks, and ends.
  Status ask(std::vector<Request> requests, std::stop_token stop = {}) {
    auto store = ResponseStore::open(folder_.path() / "cache.sqlite",
                                     [](const Error& error) { ADD_FAILURE() << error.message(); });
    if (!store) return tl::unexpected<Error>(store.error());
    auto inner = std::make_unique<CountingEngine>(asked_);
    inner->reply = reply_;
    inner->on_asked = on_asked_;
    inner->facts_ = facts_;
    CachingEngine engine(std::move(inner), std::move(*store));
    asked_.clear();
    sink_.responses.clear();
    ListSource source(std::move(requests));
    return engine.answer(source, sink_, std::move(stop));
  }

  TemporaryFolder folder_;
  EngineFacts facts_ = made_up_facts();
  std::function<Response(const Request&)> reply_ = made_up_response;
  std::function<void()> on_asked_ = [] {};
  std::vector<std::string> asked_;
  ListSink sink_;
};

TEST_F(CachingEngineTest, WhatWasAskedBeforeIsNotAskedAgainUnderAnyId) {
  ASSERT_TRUE(ask({made_up_request("1"), made_up_request("2", "Where?")}));
  EXPECT_THAT(asked_, ElementsAre("1", "2"));
  const auto first = sink_.responses;
  EXPECT_FALSE(first[0].cached);
  ASSERT_TRUE(ask({made_up_request("other 2", "Where?"), made_up_request("3", "Why?"), made_up_request("other 1")}));
  EXPECT_THAT(asked_, ElementsAre("3"));
  ASSERT_EQ(sink_.responses.size(), 3U);
  EXPECT_EQ(sink_.responses[0].item_id, "other 2");
  EXPECT_EQ(sink_.responses[0].text, first[1].text);
  EXPECT_EQ(sink_.responses[0].prompt_hash, first[1].prompt_hash);
  EXPECT_TRUE(sink_.responses[0].cached);
  EXPECT_FALSE(sink_.responses[1].cached);
  EXPECT_EQ(sink_.responses[2].item_id, "other 1");
  EXPECT_EQ(sink_.responses[2].text, first[0].text);
}

TEST_F(CachingEngineTest, AnotherModelIsAsked) {
  ASSERT_TRUE(ask({made_up_request("1")}));
  facts_.identity["model_sha256"] = "another";
  ASSERT_TRUE(ask({made_up_request("1")}));
  EXPECT_THAT(asked_, ElementsAre("1"));
}

TEST_F(CachingEngineTest, ErrorsAndAnswersCutByTheContextAreAskedAgain) {
  reply_ = [](const Request& request) {
    Response response = made_up_response(request);
    if (request.item_id == "error") response.finish = FinishReason::error;
    if (request.item_id == "context" || request.item_id == "limit") response.finish = FinishReason::length;
    if (request.item_id == "limit") response.completion_tokens = 16;
    return response;
  };
  const std::vector<Request> requests{made_up_request("error", "a"), made_up_request("context", "b"),
                                      made_up_request("limit", "c")};
  ASSERT_TRUE(ask(requests));
  ASSERT_TRUE(ask(requests));
  EXPECT_THAT(asked_, ElementsAre("error", "context"));
}

TEST_F(CachingEngineTest, ExactRequestsNeitherReadNorWrite) {
  Request exact = made_up_request("1");
  exact.exact = true;
  ASSERT_TRUE(ask({exact}));
  ASSERT_TRUE(ask({made_up_request("1")}));
  EXPECT_THAT(asked_, ElementsAre("1"));
  ASSERT_TRUE(ask({exact}));
  EXPECT_THAT(asked_, ElementsAre("1"));
  EXPECT_FALSE(sink_.responses[0].cached);
}

TEST_F(CachingEngineTest, WithTemperatureOnlyTheSameSeedIsServed) {
  Request sampled = made_up_request("1");
  sampled.decoding.temperature = 0.5;
  sampled.decoding.seed = 1;
  ASSERT_TRUE(ask({sampled}));
  ASSERT_TRUE(ask({sampled}));
  EXPECT_THAT(asked_, IsEmpty());
  sampled.decoding.seed = 2;
  ASSERT_TRUE(ask({sampled}));
  EXPECT_THAT(asked_, ElementsAre("1"));
}

TEST_F(CachingEngineTest, AFullDiskAmongHitsEndsTheAnswering) {
  ASSERT_TRUE(ask({made_up_request("1"), made_up_request("2", "Where?")}));
  sink_.most = 1;
  const auto status = ask({made_up_request("1"), made_up_request("2", "Where?"), made_up_request("3", "Why?")});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "the disk is full");
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(CachingEngineTest, StoppedItSaysSoAndKeepsWhatWasAnswered) {
  std::stop_source stop;
  on_asked_ = [this, &stop] {
    if (asked_.size() == 2) stop.request_stop();
  };
  const std::vector<Request> requests{made_up_request("1"), made_up_request("2", "Where?"),
                                      made_up_request("3", "Why?")};
  const auto status = ask(requests, stop.get_token());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
  on_asked_ = [] {};
  ASSERT_TRUE(ask(requests));
  EXPECT_THAT(asked_, ElementsAre("2", "3"));
}

TEST_F(CachingEngineTest, AStopThatComesAmongHitsIsNotTakenForTheEnd) {
  ASSERT_TRUE(ask({made_up_request("1")}));
  std::stop_source stop;
  stop.request_stop();
  const auto status = ask({made_up_request("1")}, stop.get_token());
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace osler::test
