#include "osler/engine/worker/worker_engine.h"
#include "osler/core/machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "engine/worker/support.h"
#include "osler/engine/worker/placement.h"
#include "support/environment.h"

namespace osler::test {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

std::unique_ptr<Engine> open_workers(std::int32_t workers = 1, std::chrono::milliseconds stall = seconds(600)) {
  WorkerOptions options;
  options.llama.model = "scripted.gguf";
  options.workers = workers;
  options.stall_timeout = stall;
  auto engine = open_worker_engine(options);
  if (!engine) throw std::runtime_error(engine.error().message());
  return std::move(*engine);
}

/// Every question has its answer, save those named, which have an error.
void expect_all_answered(const std::vector<Request>& asked, const KeptByItem& sink,
                         const std::set<std::string>& failed = {}) {
  EXPECT_EQ(sink.kept.size(), asked.size());
  for (const auto& request : asked) {
    const auto response = sink.kept.find(request.item_id);
    ASSERT_NE(response, sink.kept.end()) << request.item_id;
    if (failed.contains(request.item_id)) {
      EXPECT_EQ(response->second.finish, FinishReason::error) << request.item_id;
    } else {
      EXPECT_EQ(response->second.finish, FinishReason::stop) << request.item_id << response->second.error;
      EXPECT_EQ(response->second.text, scripted_answer(request));
    }
  }
}

Status answer_all(Engine& engine, const std::vector<Request>& asked, KeptByItem& sink) {
  GivenRequests source(asked);
  return engine.answer(source, sink, {});
}

TEST(WorkerEngine, AnswersEverythingOnceWithAnyNumberOfWorkers) {
  const auto asked = questions(12, 7);
  for (const int workers : {1, 2, 5}) {
    const auto engine = open_workers(workers);
    KeptByItem sink;
    ASSERT_TRUE(answer_all(*engine, asked, sink).has_value());
    expect_all_answered(asked, sink);
    EXPECT_EQ(engine->facts().kind, "scripted");
    EXPECT_EQ(engine->facts().details.at("workers"), std::to_string(workers));
    KeptByItem again;
    ASSERT_TRUE(answer_all(*engine, asked, again).has_value()) << "an engine answers more than one run";
    expect_all_answered(asked, again);
  }
}

TEST(WorkerEngine, QuestionsOnOnePictureGoToOneWorkerAndAllWorkersHaveWork) {
  const auto asked = questions(12, 40);
  const auto engine = open_workers(3);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*engine, asked, sink).has_value());
  std::map<std::string, std::set<std::string>> processes;  // by picture
  std::set<std::string> all;
  for (const auto& [id, response] : sink.kept) {
    processes[id.substr(0, id.find('-'))].insert(response.first_reply);
    all.insert(response.first_reply);
  }
  for (const auto& [picture, those] : processes) EXPECT_EQ(those.size(), 1U) << picture;
  EXPECT_EQ(all.size(), 3U);
  EXPECT_FALSE(all.contains(std::to_string(getpid())));
}

TEST(WorkerEngine, EachWorkerHasCpusOfItsOwn) {
  const auto cpus = usable_cpu_numbers();
  if (cpus.size() < 2) GTEST_SKIP() << "this machine has one CPU";
  const auto engine = open_workers(2);
  const auto asked = questions(8, 8);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*engine, asked, sink).has_value());
  std::set<std::string> seen;
  for (const auto& [id, response] : sink.kept) seen.insert(response.image_cluster);
  const auto places = place_workers(2, cpus, {});
  EXPECT_EQ(seen, (std::set<std::string>{ranges_text(places[0].cpus), ranges_text(places[1].cpus)}));
  EXPECT_EQ(usable_cpu_numbers(), cpus) << "this process keeps its own";
}

TEST(WorkerEngine, AllWorkersHaveTheContextOfTheFirstAndKnowHowManyShareTheMemory) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:2-3");
  const auto asked = questions(8, 8);
  KeptByItem sink;
  const auto engine = open_workers(3);
  ASSERT_TRUE(answer_all(*engine, asked, sink).has_value());
  std::set<std::string> seen;
  for (const auto& [id, response] : sink.kept) seen.insert(response.prompt_hash);
  EXPECT_EQ(seen, std::set<std::string>{engine->facts().details.at("kv_budget") + " by 3"});
}

TEST(WorkerEngine, AnEngineMayWantEverythingBeforeItAnswersAnything) {
  const EnvironmentVariable window("OSLER_TEST_WINDOW", "1000000");
  const auto asked = questions(40, 10);
  for (const int workers : {1, 2}) {
    KeptByItem sink;
    ASSERT_TRUE(answer_all(*open_workers(workers), asked, sink).has_value());
    expect_all_answered(asked, sink);
  }
}

TEST(WorkerEngine, LargePicturesGoThroughASmallSocket) {
  std::vector<Request> asked;
  for (std::uint64_t i = 0; i < 6; ++i)
    asked.push_back(question(std::to_string(i), {noise(1200, 1000, i), noise(3, 3, i)}));
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(2), asked, sink).has_value());
  expect_all_answered(asked, sink);
}

TEST(WorkerEngine, AnItemThatEndsItsWorkerTwiceIsAnErrorWithTheReasonAndTheOthersAreAnswered) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "abort:3-2");
  const auto asked = questions(6, 5);
  for (const int workers : {1, 2}) {
    KeptByItem sink;
    ASSERT_TRUE(answer_all(*open_workers(workers), asked, sink).has_value());
    expect_all_answered(asked, sink, {"3-2"});
    EXPECT_THAT(sink.kept.at("3-2").error, HasSubstr("signal 6"));
    EXPECT_THAT(sink.kept.at("3-2").error, HasSubstr("GGML_ASSERT(false) failed"));
  }
}

TEST(WorkerEngine, WhenEveryItemEndsItsWorkerEveryItemIsAnError) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "abort:*");
  const auto asked = questions(2, 3);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(2), asked, sink).has_value());
  expect_all_answered(asked, sink, {"0-0", "0-1", "0-2", "1-0", "1-1", "1-2"});
}

TEST(WorkerEngine, AWorkerThatIsKilledOnceCostsNothing) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:0-0,kill-once:4-4");
  const auto asked = questions(6, 5);
  for (const int workers : {1, 2}) {
    KeptByItem sink;
    ASSERT_TRUE(answer_all(*open_workers(workers), asked, sink).has_value());
    expect_all_answered(asked, sink);
  }
}

TEST(WorkerEngine, AWorkerThatSaysNothingForTooLongIsReplaced) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang:1-1");
  const auto asked = questions(3, 3);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(1, seconds(2)), asked, sink).has_value());
  expect_all_answered(asked, sink, {"1-1"});
  EXPECT_THAT(sink.kept.at("1-1").error, HasSubstr("no sign of life for 2 s"));
}

TEST(WorkerEngine, SlowIsNotStuckAsLongAsThereAreSignsOfLife) {
  const EnvironmentVariable steps("OSLER_TEST_STEPS", "20");
  const EnvironmentVariable delay("OSLER_TEST_DELAY", "200000");
  const auto asked = questions(1, 1);  // 4 s
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(1, seconds(3)), asked, sink).has_value());
  expect_all_answered(asked, sink);
  EXPECT_EQ(sink.kept.size(), 1U);
}

TEST(WorkerEngine, AWorkerThatTalksNonsenseIsReplaced) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "garbage:1-1");
  const auto asked = questions(3, 3);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(), asked, sink).has_value());
  expect_all_answered(asked, sink, {"1-1"});
  EXPECT_THAT(sink.kept.at("1-1").error, HasSubstr("makes no sense"));
}

TEST(WorkerEngine, AModelThatEndsTheWorkerWhileItLoadsIsAnErrorWithTheReason) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "abort-on-load");
  WorkerOptions options;
  options.llama.model = "scripted.gguf";
  const auto engine = open_worker_engine(options);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, ErrorCode::engine);
  EXPECT_EQ(engine.error().where.file, "scripted.gguf");
  EXPECT_THAT(engine.error().message(), HasSubstr("GGML_ASSERT(false) failed"));
}

TEST(WorkerEngine, AModelThatNeverComesToAnEndOfLoadingIsAnErrorThatSaysSo) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang-on-load");
  WorkerOptions options;
  options.llama.model = "scripted.gguf";
  options.stall_timeout = seconds(1);
  const auto engine = open_worker_engine(options);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, ErrorCode::engine);
  EXPECT_EQ(engine.error().where.file, "scripted.gguf");
  EXPECT_THAT(engine.error().what, HasSubstr("no sign of life for 1 s (--stall-timeout)"));
}

TEST(WorkerEngine, LoadingMayTakeLongerThanThatAsLongAsItGetsOn) {
  const EnvironmentVariable steps("OSLER_TEST_LOADING", "25");  // 2.5 s
  const auto asked = questions(1, 1);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*open_workers(1, seconds(2)), asked, sink).has_value());
  expect_all_answered(asked, sink);
}

TEST(WorkerEngine, OneThatIsStuckWhileItLoadsAgainIsReplacedAndThreeEndTheRun) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:0-1,hang-on-reload");
  KeptByItem sink;
  const auto status = answer_all(*open_workers(1, seconds(1)), questions(3, 3), sink);
  ASSERT_FALSE(status.has_value());
  EXPECT_THAT(status.error().what, HasSubstr("3 workers in a row"));
  EXPECT_THAT(status.error().what, HasSubstr("no sign of life for 1 s"));
}

TEST(WorkerEngine, AProgramThatCannotBeStartedIsAnError) {
  WorkerOptions options;
  options.command = {"/no/such/program"};
  const auto engine = open_worker_engine(options);
  ASSERT_FALSE(engine.has_value());
  EXPECT_THAT(engine.error().message(), HasSubstr("cannot start a worker"));
}

TEST(WorkerEngine, LoadingCanBeStoppedAndItsProgressIsSeen) {
  WorkerOptions options;
  std::set<float> seen;
  ASSERT_TRUE(open_worker_engine(options, [&seen](float fraction) { return seen.insert(fraction), true; }).has_value());
  // On a busy machine the first steps may arrive as one.
  EXPECT_FALSE(seen.empty());
  const auto stopped = open_worker_engine(options, [](float) { return false; });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().code, ErrorCode::interrupted);
}

TEST(WorkerEngine, WhatCannotBeLoadedAgainEndsTheRunWithItsError) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:0-1,vanish-on-reload");
  KeptByItem sink;
  const auto status = answer_all(*open_workers(), questions(3, 3), sink);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::not_found);
  EXPECT_LT(sink.kept.size(), 9U);
}

TEST(WorkerEngine, WorkersThatEndWithoutHavingBegunAnythingEndTheRun) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:0-1,die-idle");
  KeptByItem sink;
  const auto status = answer_all(*open_workers(), questions(3, 3), sink);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::engine);
  EXPECT_THAT(status.error().what, HasSubstr("3 workers in a row"));
}

TEST(WorkerEngine, WorkersThatLoadDifferentThingsAreRefused) {
  const EnvironmentVariable own("OSLER_TEST_IDENTITY", "own");
  WorkerOptions options;
  options.workers = 2;
  const auto engine = open_worker_engine(options);
  ASSERT_FALSE(engine.has_value());
  EXPECT_EQ(engine.error().code, ErrorCode::mismatch);
  EXPECT_THAT(engine.error().what, HasSubstr("who"));
}

TEST(WorkerEngine, AFailureOfTheEngineIsPassedOn) {
  auto asked = questions(2, 2);
  asked.push_back(question("breakdown"));
  KeptByItem sink;
  const auto engine = open_workers();
  const auto status = answer_all(*engine, asked, sink);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().what, "broke down, as it was told");
}

TEST(WorkerEngine, AFullDiskEndsTheAnsweringAndTheEngineCanBeUsedAgain) {
  const auto asked = questions(10, 10);
  const auto engine = open_workers(2);
  KeptByItem full;
  full.full_at = 7;
  const auto status = answer_all(*engine, asked, full);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::io);
  EXPECT_EQ(full.kept.size(), 7U);
  KeptByItem sink;
  ASSERT_TRUE(answer_all(*engine, asked, sink).has_value());
  expect_all_answered(asked, sink);
}

TEST(WorkerEngine, StopsWhenItIsToldTo) {
  const EnvironmentVariable delay("OSLER_TEST_DELAY", "20000");
  const auto engine = open_workers(2);
  std::stop_source stop;
  KeptByItem sink;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    stop.request_stop();
  });
  GivenRequests source(questions(1000, 10));
  const auto status = engine->answer(source, sink, stop.get_token());
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
  EXPECT_LT(sink.kept.size(), 10'000U);
}

/// Takes its time over one answer, and wants to stop meanwhile.
class StopsAt : public KeptByItem {
 public:
  StopsAt(std::string item, std::stop_source stop) : item_(std::move(item)), stop_(std::move(stop)) {}
  [[nodiscard]] Status accept(Response response) override {
    if (response.item_id == item_) {
      stop_.request_stop();
      std::this_thread::sleep_for(seconds(2));
    }
    return KeptByItem::accept(std::move(response));
  }

 private:
  std::string item_;
  std::stop_source stop_;
};

// The second worker ends and what it had not begun goes to the first, behind the end of what that has in hand. While
// the answer of the second's successor is kept, the first says that it has finished the one and answers the other.
TEST(WorkerEngine, WhatWasAnsweredBeforeItIsToldToStopIsKept) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "kill-once:1-0");
  const EnvironmentVariable delay("OSLER_TEST_DELAY", "20000");
  std::vector<Request> asked = questions(1, 20);
  for (int i = 0; i < 6; ++i) asked.push_back(question("1-" + std::to_string(i), {noise(20, 10, 1)}));
  const auto engine = open_workers(2);
  std::stop_source stop;
  StopsAt sink("1-0", stop);
  GivenRequests source(asked);
  const auto status = engine->answer(source, sink, stop.get_token());
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
  expect_all_answered(asked, sink);
}

TEST(WorkerEngine, OneThatDoesNotStopIsEnded) {
  const EnvironmentVariable hook("OSLER_TEST_WORKER", "hang:0-0");
  const auto engine = open_workers();
  std::stop_source stop;
  KeptByItem sink;
  std::jthread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop.request_stop();
  });
  GivenRequests source(questions(1, 1));
  const auto status = engine->answer(source, sink, stop.get_token());
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::interrupted);
}

}  // namespace
}  // namespace osler::test
