#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/response.h"
#include "osler/engine/engine.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/worker/frames.h"

/// What an engine's process (the parent) and its workers say to each other.
///
///     parent                                   worker
///     open                  ->
///                           <-  loading ...
///                           <-  ready, or failed (and it ends)
///     image, request ...    ->
///     no_more               ->
///                           <-  began, tick, response ...
///                           <-  finished (then the next requests may come)
///
/// stop may be said at any time; a last finished follows, perhaps behind those of rounds that had ended before.
namespace osler::messages {

/// The first message: what to load, and how.
struct Open {
  LlamaOptions options;
  bool verbose = false;  ///< The libraries' log goes to standard error.
  bool restart = false;  ///< A worker before this one has died.
};

/// How far loading is.
struct Loading {
  float fraction = 0.0F;  ///< 0..1.
};

/// Loading is done.
struct Ready {
  EngineFacts facts;
};

/// Loading failed.
struct Failed {
  Error error;
};

/// A picture that requests will name by its number. It stays until it is to be forgotten.
struct ImageSent {
  std::uint64_t number = 0;
  std::shared_ptr<const Image> image;
};

struct ForgetImage {
  std::uint64_t number = 0;
};

struct Asked {
  std::uint64_t ticket = 0;           ///< Names the request in began and response: nobody else need have unique ids.
  Request request;                    ///< Without its images.
  std::vector<std::uint64_t> images;  ///< Their numbers, in the request's order.
  bool again = false;                 ///< A worker has ended while it had this request.
};

/// The engine has pulled this request: from now on it may be to blame for the worker's end.
struct Began {
  std::uint64_t ticket = 0;
};

/// A sign of life.
struct Tick {};

struct Answered {
  std::uint64_t ticket = 0;
  Response response;
};

/// Nothing follows those requests: the engine need not wait for company for them.
struct NoMore {};

/// What is in hand is to be dropped.
struct Stop {};

/// The engine has returned from the requests up to no_more or stop.
struct Finished {
  std::optional<Error> error;
  bool last = false;  ///< It was told to stop, or failed: it answers nothing more.
};

using Message = std::variant<Open, Loading, Ready, Failed, ImageSent, ForgetImage, Asked, Began, Tick, Answered, NoMore,
                             Stop, Finished>;

[[nodiscard]] OutgoingFrame encode(const Message& message);

/// What a frame says; ErrorCode::malformed when it says nothing, or holds more than it should. Any bytes may come.
[[nodiscard]] Result<Message> decode(const Frame& frame);

}  // namespace osler::messages
