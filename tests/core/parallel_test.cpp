#include "osler/core/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace osler {
namespace {

TEST(Parallel, TheWorkIsCalledOncePerThread) {
  EXPECT_GE(usable_threads(), 1U);
  for (const unsigned threads : {0U, 1U, 2U, 7U}) {
    std::mutex mutex;
    std::multiset<std::thread::id> seen;
    on_threads(threads, [&] {
      const std::lock_guard lock(mutex);
      seen.insert(std::this_thread::get_id());
    });
    EXPECT_EQ(seen.size(), std::max(1U, threads));
    EXPECT_EQ(seen.count(std::this_thread::get_id()), 1U) << "the caller works too";
  }
}

TEST(Parallel, AnExceptionIsThrownOnWhenAllHaveEnded) {
  std::atomic<int> ended = 0;
  const auto work = [&ended] {
    if (ended++ == 0) throw std::runtime_error("the first one");
  };
  EXPECT_THROW(on_threads(4, work), std::runtime_error);
  EXPECT_EQ(ended, 4);
}

TEST(Parallel, EveryIndexIsCalledOnce) {
  for (const std::size_t count : {0U, 1U, 2U, 1000U}) {
    std::vector<std::atomic<int>> calls(count);
    for_each_index(count, [&](std::size_t i) { ++calls.at(i); });
    for (const auto& called : calls) EXPECT_EQ(called, 1);
  }
}

}  // namespace
}  // namespace osler
