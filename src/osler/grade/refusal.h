#pragma once

#include <string_view>

namespace osler::grade {

/// Whether a response without an answer declines to give one ("I'm sorry, but I can't ...", "I am unable to
/// determine ..."), in English or Chinese. Conservative: only its beginning and its end are read, what a model cannot
/// see in the picture is a finding and not a refusal, and a response that names an answer is none.
[[nodiscard]] bool is_refusal(std::string_view text);

}  // namespace osler::grade
