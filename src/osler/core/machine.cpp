#include "osler/core/machine.h"

#include <malloc.h>
#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <optional>
#include <thread>

namespace osler {
namespace {

/// What stands behind "name : " in the first line of that name in /proc/cpuinfo.
std::optional<std::string> cpu_info(std::string_view name) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with(name) && colon != std::string::npos) return line.substr(colon + 2);
  }
  return std::nullopt;
}

/// A line of /proc/meminfo in bytes, or 0.
std::uint64_t memory_line(std::string_view name) {
  std::ifstream info("/proc/meminfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with(name) && line[name.size()] == ':') {
      return std::strtoull(line.c_str() + name.size() + 1, nullptr, 10) * 1024;
    }
  }
  return 0;
}

/// The number that a file holds; control groups without a limit have "max" there.
std::optional<std::uint64_t> number_in(const char* path) {
  std::ifstream file(path);
  std::uint64_t value = 0;
  if (file >> value) return value;
  return std::nullopt;
}

}  // namespace

std::vector<int> usable_cpu_numbers() {
  std::vector<int> numbers;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return numbers;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) numbers.push_back(cpu);
  }
  return numbers;
}

std::int32_t usable_cpus() {
  const auto numbers = usable_cpu_numbers();
  if (!numbers.empty()) return static_cast<std::int32_t>(numbers.size());
  return std::max(1, static_cast<std::int32_t>(std::thread::hardware_concurrency()));
}

std::string cpu_name() { return cpu_info("model name").value_or("unknown processor"); }

bool cpu_has(std::string_view feature) {
  const std::string features = " " + cpu_info("flags").value_or("") + " ";
  return features.find(" " + std::string(feature) + " ") != std::string::npos;
}

std::uint64_t total_memory() { return memory_line("MemTotal"); }

std::uint64_t available_memory() {
  const auto most = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  std::uint64_t group = std::numeric_limits<std::uint64_t>::max();
  if (most && used) group = *most > *used ? *most - *used : 0;
  return std::min(memory_line("MemAvailable"), group);
}

void return_large_blocks() {
#ifdef M_MMAP_THRESHOLD
  constexpr int kLarge = 1 << 20;
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, kLarge));
#endif
}

}  // namespace osler
