#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace osler {

/// Numbers of the CPUs this process may use: what Slurm, taskset or a container left of the machine. Empty if it cannot
/// be told.
[[nodiscard]] std::vector<int> usable_cpu_numbers();
/// How many these are, at least 1.
[[nodiscard]] std::int32_t usable_cpus();

/// The processor's own name, or "unknown processor".
[[nodiscard]] std::string cpu_name();

/// Whether the processor has a feature, by its name in /proc/cpuinfo: "avx512_bf16".
[[nodiscard]] bool cpu_has(std::string_view feature);

/// Bytes of memory; 0 if it cannot be told.
[[nodiscard]] std::uint64_t total_memory();
/// Bytes that can still be had, in this machine or in what a container or a batch job leaves of it; 0 if it cannot be
/// told.
[[nodiscard]] std::uint64_t available_memory();

/// From now on large blocks go back to the system as soon as they are freed. By default the C library raises the size
/// from which that is so to that of the largest block it has seen, and pictures leave holes in its heap.
void return_large_blocks();

}  // namespace osler
