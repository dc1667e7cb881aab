#pragma once

#include <jinja/lexer.h>

#include <vector>

namespace osler {

/// llama.cpp parses and runs a template by recursion without a limit of its own, so that one that is nested deeply
/// enough ends the process. True for any that goes far beyond every model's: those have some 10 levels and some 300
/// tokens in their longest expression.
[[nodiscard]] bool is_nested_too_deeply(const std::vector<jinja::token>& tokens);

}  // namespace osler
