#include "osler/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace osler {

unsigned usable_threads() { return std::max(1U, std::thread::hardware_concurrency()); }

void on_threads(unsigned threads, const std::function<void()>& work) {
  std::mutex mutex;
  std::exception_ptr problem;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::lock_guard lock(mutex);
      problem = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      while (others.size() + 1 < threads) others.emplace_back(guarded);
    } catch (const std::system_error&) {
      // A limit on the number of threads: those that there are do it all.
    }
    guarded();
  }
  if (problem) std::rethrow_exception(problem);
}

void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto threads = static_cast<unsigned>(std::min<std::size_t>(count, usable_threads()));
  on_threads(threads, [&] {
    for (std::size_t i = next++; i < count; i = next++) work(i);
  });
}

}  // namespace osler
