#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/core/error.h"
#include "osler/engine/engine.h"

namespace osler {

struct OpenAiOptions {
  std::string model;                   ///< The name under which it is served.
  std::vector<std::string> base_urls;  ///< "http://127.0.0.1:8000/v1"; several serve the same model.
  std::string api_key = {};            ///< Sent to these addresses, and shown nowhere.
  bool insecure_http = false;          ///< Allows plain http to another machine.
  std::size_t parallel = 32;           ///< Requests in flight at each server, at most.
  std::string extra_body = {};         ///< A JSON object whose members go into every request; empty: none.
  bool logprobs = true;                ///< Ask for the log-probabilities of what is written.
  std::chrono::seconds connect_timeout{20};
  std::chrono::seconds first_byte_timeout{900};
  std::chrono::seconds request_timeout{3600};
  std::chrono::seconds patience{300};  ///< How long a server that is gone, or has too much to do, is waited for.
  /// Told in a sentence of what the user may want to know while waiting.
  std::function<void(const std::string&)> tell = {};
};

/// Opens an engine that asks servers for chat completions (vLLM, SGLang, llama-server, Ollama and their like). The
/// servers are asked what they are, and waited for while they start. Errors: `usage` (address, key, model's name, plain
/// http), `mismatch` (servers that differ), `engine` (not there in time), `interrupted`.
///
/// A request that the server refuses becomes a response of FinishReason::error. One at which a server breaks is tried
/// again, in the end by itself, and after some failures is an error too. When no server answers anything for
/// `patience`, answer() fails, and what was answered stays.
[[nodiscard]] Result<std::unique_ptr<Engine>> open_openai_engine(const OpenAiOptions& options,
                                                                 const std::stop_token& stop = {});

}  // namespace osler
