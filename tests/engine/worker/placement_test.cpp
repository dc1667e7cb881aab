#include "osler/engine/worker/placement.h"

#include <gtest/gtest.h>

#include "support/environment.h"

namespace osler::test {
namespace {

using Cpus = std::vector<int>;

TEST(Placement, OneWorkerIsLeftWhereItIs) {
  const auto places = place_workers(1, {0, 1, 2, 3}, {"0", "1"});
  ASSERT_EQ(places.size(), 1U);
  EXPECT_TRUE(places[0].cpus.empty());
  EXPECT_EQ(places[0].gpu, "");
}

TEST(Placement, CpusAreSplitEvenlyAndNoneIsLeftOut) {
  const auto places = place_workers(3, {2, 3, 5, 8, 9, 10, 11}, {});
  ASSERT_EQ(places.size(), 3U);
  EXPECT_EQ(places[0].cpus, (Cpus{2, 3}));
  EXPECT_EQ(places[1].cpus, (Cpus{5, 8}));
  EXPECT_EQ(places[2].cpus, (Cpus{9, 10, 11}));
}

TEST(Placement, MoreWorkersThanCpusShareThem) {
  const auto places = place_workers(4, {6, 7}, {});
  for (const auto& place : places) EXPECT_EQ(place.cpus.size(), 1U);
}

TEST(Placement, EachWorkerGetsAGpuOfItsOwnAsFarAsTheyGo) {
  const auto places = place_workers(3, {0, 1, 2}, {"4", "GPU-7"});
  EXPECT_EQ(places[0].gpu, "4");
  EXPECT_EQ(places[1].gpu, "GPU-7");
  EXPECT_EQ(places[2].gpu, "4");
  EXPECT_EQ(place_workers(2, {0, 1}, {"4"})[1].gpu, "") << "a single one needs no choosing";
}

TEST(Placement, TheGpusThatWereChosenAreRespected) {
  const EnvironmentVariable chosen("CUDA_VISIBLE_DEVICES", "3, GPU-abc,-1,5");
  EXPECT_EQ(visible_gpus(), (std::vector<std::string>{"3", "GPU-abc"}));
  const EnvironmentVariable none("CUDA_VISIBLE_DEVICES", "");
  EXPECT_TRUE(visible_gpus().empty());
}

TEST(Placement, WorkersOnOneGpuOrOnNoneShareItsMemory) {
  EXPECT_EQ(workers_per_memory(1, 0), 1);
  EXPECT_EQ(workers_per_memory(4, 0), 4) << "the machine's own memory";
  EXPECT_EQ(workers_per_memory(4, 1), 4);
  EXPECT_EQ(workers_per_memory(4, 4), 1);
  EXPECT_EQ(workers_per_memory(5, 4), 2) << "the first GPU has two";
  EXPECT_EQ(workers_per_memory(2, 8), 1);
}

TEST(Placement, NeighboursAreARange) {
  EXPECT_EQ(ranges_text({}), "");
  EXPECT_EQ(ranges_text({4}), "4");
  EXPECT_EQ(ranges_text({0, 1, 2, 5, 7, 8}), "0-2, 5, 7-8");
}

}  // namespace
}  // namespace osler::test
