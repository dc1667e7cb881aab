#pragma once

#include <vector>

#include "osler/core/error.h"
#include "osler/engine/embedder.h"
#include "osler/engine/openai/chat_body.h"

namespace osler::openai {

/// The body of a request for the vectors of texts, in their order. An instruction stands before its text, on a line of
/// its own.
[[nodiscard]] Pieces make_texts_body(const std::vector<EmbeddingRequest>& requests, const ChatSettings& settings);

/// The body of a request for one item as a conversation, which vLLM takes at the same address: the instruction (else
/// `instruction`) as the system's turn, pictures and text as the user's. Fails only where libpng does.
[[nodiscard]] Result<Pieces> make_conversation_body(const EmbeddingRequest& request, const std::string& instruction,
                                                    const ChatSettings& settings, ImageUris& uris);

/// Reads the answer to a request for `count` vectors, and brings them to the length 1 (L2) and the requests' order.
/// Fails (ErrorCode::malformed, without the server's name) where some are missing, come twice, differ in size, hold
/// what is no number, or nothing but zeros.
[[nodiscard]] Result<std::vector<std::vector<float>>> read_embeddings(const std::string& body, std::size_t count);

}  // namespace osler::openai
