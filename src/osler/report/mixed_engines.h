#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "osler/report/sheet.h"

namespace osler::report {

/// The name of a model without what says how it is stored: "qwen2.5-vl-7b-instruct" for
/// "Qwen2.5-VL-7B-Instruct-Q4_K_M", "Qwen/Qwen2.5-VL-7B-Instruct" and "Qwen2.5-VL-7B-Instruct-AWQ".
[[nodiscard]] std::string model_family(std::string_view name);

/// A note for every model whose figures come from different engines or files of which no parity run says that they
/// answer alike: which cells, and how to make one.
void add_mixed_engine_notes(std::vector<std::string>& notes, std::span<const RunSummary> runs);

}  // namespace osler::report
