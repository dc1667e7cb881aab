#pragma once

#include <cstddef>
#include <functional>

namespace osler {

/// The processors that this process may use, 1 at least.
[[nodiscard]] unsigned usable_threads();

/// Calls `work` once on each of so many threads, this one among them, and waits for all. An exception of `work` is
/// thrown on when all have ended; one of several. Where the system gives no more threads, fewer do the work.
void on_threads(unsigned threads, const std::function<void()>& work);

/// Calls `work` with 0 .. count - 1, each once, on all usable threads. An exception of `work` is thrown on when all
/// threads have ended; one of several.
void for_each_index(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace osler
