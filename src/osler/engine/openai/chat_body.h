#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/openai/server.h"
#include "osler/storage/json.h"

namespace osler::openai {

/// A text in pieces, so that requests that show one picture share its bytes.
class Pieces {
 public:
  using Piece = std::shared_ptr<const std::string>;

  void add(std::string text);
  void add(Piece piece);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  /// Copies what follows `offset`, at most `room` bytes; returns how many. Fast where offsets go up.
  std::size_t copy(std::uint64_t offset, char* to, std::size_t room) const;
  [[nodiscard]] std::string whole() const;
  [[nodiscard]] const std::vector<Piece>& all() const { return pieces_; }

 private:
  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

/// Pictures as data URIs. The last few are kept, because questions on one picture follow each other.
class ImageUris {
 public:
  explicit ImageUris(ServerKind kind) : kind_(kind) {}

  /// The file's own bytes where the server takes its format and sees in it what Osler sees; else a PNG of the decoded
  /// pixels, which is counted. Fails only where libpng does.
  [[nodiscard]] Result<Pieces::Piece> uri(const std::shared_ptr<const Image>& image);

  [[nodiscard]] std::uint64_t encoded_anew() const { return encoded_anew_; }

 private:
  struct Known {
    std::weak_ptr<const Image> image;
    Pieces::Piece uri;
  };

  ServerKind kind_;
  std::deque<Known> known_;
  std::uint64_t encoded_anew_ = 0;
};

/// What all requests of a run have in common.
struct ChatSettings {
  std::string model;
  ServerKind kind = ServerKind::other;
  Json extra_body = Json::object();  ///< Put over what Osler says, key by key.
  bool logprobs = true;
};

struct ChatBody {
  Pieces text;
  std::string prompt_hash;  ///< SHA-256 of the messages as they are sent.
};

/// The body of a chat completion request. Fails for what cannot be asked of this kind of server.
[[nodiscard]] Result<ChatBody> make_chat_body(const Request& request, const ChatSettings& settings, ImageUris& uris);

}  // namespace osler::openai
