#include "osler/engine/worker/placement.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string_view>

namespace osler {
namespace {

namespace fs = std::filesystem;

/// CUDA stops reading at the first entry that is not a device.
std::vector<std::string> listed(std::string_view names) {
  std::vector<std::string> gpus;
  std::istringstream list{std::string(names)};
  for (std::string name; std::getline(list, name, ',');) {
    const auto first = name.find_first_not_of(' ');
    if (first == std::string::npos || name[first] == '-') break;
    gpus.push_back(name.substr(first, name.find_last_not_of(' ') + 1 - first));
  }
  return gpus;
}

}  // namespace

std::vector<std::string> visible_gpus() {
  if (const char* named = std::getenv("CUDA_VISIBLE_DEVICES"); named != nullptr) return listed(named);
  std::vector<std::string> gpus;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator("/proc/driver/nvidia/gpus", problem)) {
    if (entry.is_directory(problem)) gpus.push_back(std::to_string(gpus.size()));
  }
  return gpus;
}

std::vector<Placement> place_workers(std::size_t workers, const std::vector<int>& cpus,
                                     const std::vector<std::string>& gpus) {
  std::vector<Placement> places(workers);
  if (workers <= 1) return places;
  for (std::size_t i = 0; i < workers; ++i) {
    Placement& place = places[i];
    if (gpus.size() > 1) place.gpu = gpus[i % gpus.size()];
    for (std::size_t cpu = i * cpus.size() / workers; cpu < (i + 1) * cpus.size() / workers; ++cpu) {
      place.cpus.push_back(cpus[cpu]);
    }
    if (place.cpus.empty() && !cpus.empty()) place.cpus.push_back(cpus[i % cpus.size()]);
  }
  return places;
}

std::int32_t workers_per_memory(std::int32_t workers, std::size_t gpus) {
  const auto all = static_cast<std::size_t>(std::max(1, workers));
  const std::size_t memories = std::max<std::size_t>(1, gpus);
  return static_cast<std::int32_t>((all + memories - 1) / memories);
}

std::string ranges_text(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1] == numbers[last] + 1) ++last;
    if (!text.empty()) text += ", ";
    text += std::to_string(numbers[first]);
    if (last > first) text += "-" + std::to_string(numbers[last]);
    first = last + 1;
  }
  return text;
}

}  // namespace osler
