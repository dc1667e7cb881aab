#pragma once

#include "osler/core/error.h"
#include "osler/engine/llama/gguf_head.h"

namespace osler {

/// llama.cpp takes much in a GGUF head at its word, and a word that is wrong ends the process (an assertion, or a
/// null pointer where a tensor is missing). What can be seen without reading weights is seen here first.

/// Layers, heads and rotary sections of a text model.
[[nodiscard]] Status check_text_shape(const GgufHead& head);

/// Sizes and tensors of a vision projector. Of kinds that are not known here only what holds for all is checked.
[[nodiscard]] Status check_projector_shape(const GgufHead& head);

/// That the two are of one kind: a projector of another model can have the right size by chance, and then the answers
/// would be nonsense.
[[nodiscard]] Status check_pair(const GgufHead& model, const GgufHead& projector);

}  // namespace osler
