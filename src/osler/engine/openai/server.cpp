#include "osler/engine/openai/server.h"

#include "osler/core/utf8.h"
#include "osler/engine/openai/json_fields.h"

namespace osler::openai {
namespace {

constexpr std::size_t kLongestName = 200;

/// A text of the server's that goes into manifests and sentences.
std::string short_text_of(const Json& object, const char* key) {
  return printable_line(utf8_beginning(text_of(object, key), kLongestName));
}

ServerKind kind_by_owner(std::string_view owner) {
  if (owner == "vllm") return ServerKind::vllm;
  if (owner == "sglang") return ServerKind::sglang;
  if (owner == "llamacpp") return ServerKind::llama_server;
  if (owner == "library") return ServerKind::ollama;
  return ServerKind::other;
}

std::string_view name_of(ServerKind kind) {
  switch (kind) {
    case ServerKind::vllm:
      return "vllm";
    case ServerKind::sglang:
      return "sglang";
    case ServerKind::llama_server:
      return "llama-server";
    case ServerKind::ollama:
      return "ollama";
    case ServerKind::other:
      return "unknown";
  }
  return {};
}

}  // namespace

std::string ServerFacts::name() const {
  std::string name(name_of(kind));
  if (!version.empty()) name += " " + version;
  return name;
}

const std::vector<VersionPage>& version_pages() {
  static const std::vector<VersionPage> pages{{"/props", ServerKind::llama_server},
                                              {"/get_server_info", ServerKind::sglang},
                                              {"/api/version", ServerKind::ollama},
                                              {"/version", ServerKind::vllm}};
  return pages;
}

void read_models(std::string_view body, std::string_view model, ServerFacts& facts) {
  const auto answer = parse_json(body, {});
  if (!answer || !answer->is_object() || !answer->contains("data") || !(*answer)["data"].is_array()) return;
  for (const auto& entry : (*answer)["data"]) {
    const std::string id = short_text_of(entry, "id");
    if (id.empty()) continue;
    facts.models.push_back(id);
    if (facts.kind == ServerKind::other) facts.kind = kind_by_owner(short_text_of(entry, "owned_by"));
    if (id != model) continue;
    facts.weights = short_text_of(entry, "root");
    facts.context = count_of(entry, "max_model_len");
  }
}

bool read_version(const VersionPage& page, std::string_view body, ServerFacts& facts) {
  const auto answer = parse_json(body, {});
  if (!answer || !answer->is_object()) return false;
  const bool is_llama = page.kind == ServerKind::llama_server;
  const std::string version = short_text_of(*answer, is_llama ? "build_info" : "version");
  if (version.empty()) return false;
  facts.kind = page.kind;
  facts.version = version;
  if (is_llama) {
    facts.weights = short_text_of(*answer, "model_path");
    const auto settings = answer->find("default_generation_settings");
    if (settings != answer->end()) facts.context = count_of(*settings, "n_ctx");
  }
  return true;
}

bool takes(ServerKind kind, ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
    case ImageFormat::png:
      return true;
    case ImageFormat::webp:
      return kind == ServerKind::vllm || kind == ServerKind::sglang || kind == ServerKind::ollama;
    default:
      return false;
  }
}

}  // namespace osler::openai
