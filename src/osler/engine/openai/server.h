#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/image.h"

namespace osler::openai {

/// Servers differ in what they take and what they do with what is left out.
enum class ServerKind { vllm, sglang, llama_server, ollama, other };

/// What a server says about itself.
struct ServerFacts {
  ServerKind kind = ServerKind::other;
  std::string version = {};              ///< "0.16.0", "b9994-7a2c"; empty if it does not tell.
  std::vector<std::string> models = {};  ///< Served names.
  std::string weights = {};              ///< The path or name behind the served name, where the server tells.
  std::uint64_t context = 0;             ///< Tokens of prompt and answer together; 0 if it does not tell.

  /// "vllm 0.16.0"; "unknown" for a server that does not say what it is.
  [[nodiscard]] std::string name() const;
};

/// Which address, below a server's root, tells its version. They are asked in this order until one answers.
struct VersionPage {
  std::string_view path;
  ServerKind kind;
};
[[nodiscard]] const std::vector<VersionPage>& version_pages();

/// Reads the answer of /v1/models, as far as it goes: anything else than the expected is passed over.
void read_models(std::string_view body, std::string_view model, ServerFacts& facts);

/// Reads the answer of a version page; false if it is none of that kind of server.
[[nodiscard]] bool read_version(const VersionPage& page, std::string_view body, ServerFacts& facts);

/// Whether a server takes pictures of a format as their files hold them.
[[nodiscard]] bool takes(ServerKind kind, ImageFormat format);

}  // namespace osler::openai
