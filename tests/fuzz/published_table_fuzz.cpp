// Whatever a table of accuracies holds: values within [0, 1] come of it and an audit of them, or a sentence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "osler/published/table_reader.h"
#include "osler/stats/audit/audit.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kSearched = 50;
  auto read = osler::published::read_table(std::string(reinterpret_cast<const char*>(data), size), "fuzz.csv");
  if (!read) {
    if (read.error().what.empty()) std::abort();
    return 0;
  }
  for (const auto& cell : read->table.cells) {
    if (cell.value.units < 0 || cell.value.units > osler::audit::power_of_ten(cell.value.decimals)) std::abort();
  }
  if (!osler::audit::audit_table(std::move(read->table), {}, {}, kSearched)) std::abort();
  return 0;
}
