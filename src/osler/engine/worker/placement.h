#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace osler {

/// Where a worker computes.
struct Placement {
  std::vector<int> cpus;  ///< Numbers of the CPUs it may use; empty: all that this process may use.
  std::string gpu;        ///< The one that CUDA shows it; empty: all that this process sees.
};

/// The GPUs this process may use, by the names that CUDA_VISIBLE_DEVICES knows: those which the variable lists, else
/// all that the driver has.
[[nodiscard]] std::vector<std::string> visible_gpus();

/// Gives each worker CPUs of its own, as evenly as they go, and a GPU: workers beyond the number of either share. One
/// worker is left where it is.
[[nodiscard]] std::vector<Placement> place_workers(std::size_t workers, const std::vector<int>& cpus,
                                                   const std::vector<std::string>& gpus);

/// How many of the workers have to do with the same memory: all, or those on one GPU.
[[nodiscard]] std::int32_t workers_per_memory(std::int32_t workers, std::size_t gpus);

/// "0-3, 8": neighbours as ranges. Precondition: ascending.
[[nodiscard]] std::string ranges_text(const std::vector<int>& numbers);

}  // namespace osler
