#pragma once

#include <optional>
#include <string_view>
#include <vector>

/// Numbers as Python reads them, in linear time.
namespace osler::grade::python {

/// float(text): none where Python raises ValueError. Takes digits of every script, "1_000", "inf" and "nan".
[[nodiscard]] std::optional<double> to_float(std::string_view text);

/// round(value, digits): the double nearest to the decimal nearest to the value.
[[nodiscard]] double round(double value, int digits);

/// extract_numbers in MMMU's eval/eval_utils.py: "1,234", then "1.5e-3", then what else is a number, each kind from the
/// left. Digits of every script; \b is Python's.
[[nodiscard]] std::vector<double> extract_numbers(std::string_view text);

}  // namespace osler::grade::python
