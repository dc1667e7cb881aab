#pragma once

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "osler/core/error.h"
#include "osler/core/response.h"

namespace osler {

/// Where an engine pulls its work from. The engine may hold several requests at a time, and may pull them on another
/// thread than the one that hands over responses; never on two at once.
class RequestSource {
 public:
  virtual ~RequestSource() = default;
  /// The next request, or nothing when there are no more.
  [[nodiscard]] virtual std::optional<Request> next() = 0;
};

/// Where an engine puts its answers, in any order. Every request gets exactly one response, an error included.
class ResponseSink {
 public:
  virtual ~ResponseSink() = default;
  /// Keeps the response. A failure (a full disk) means that the engine must stop.
  [[nodiscard]] virtual Status accept(Response response) = 0;
};

/// What a manifest says about an engine.
struct EngineFacts {
  std::string kind;   ///< llama, openai or replay.
  std::string model;  ///< A short name of the model, fit for a folder.
  /// What the answers depend on: a run is not resumed when one of these differs.
  std::map<std::string, std::string> identity;
  /// Good to know, but no reason to refuse: hardware, thread count, sizes.
  std::map<std::string, std::string> details;
};

/// Answers prompts. What goes wrong with one request becomes a response with FinishReason::error;
/// a failed Status means that no further request can be answered.
class Engine {
 public:
  virtual ~Engine() = default;
  [[nodiscard]] virtual const EngineFacts& facts() const = 0;
  /// Pulls requests until there are none, or until `stop` is requested (ErrorCode::interrupted; the requests in hand
  /// then get no response and are asked again when the run goes on).
  [[nodiscard]] virtual Status answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) = 0;
  /// Whether it can hand pictures on as their files hold them (Image::original).
  [[nodiscard]] virtual bool wants_original_images() const { return false; }
  /// Whether it scores options by their texts; any that scores them at all does it by their letters.
  [[nodiscard]] virtual bool scores_texts() const { return true; }
  /// Whether requests on the same pictures had better follow one another. One that looks at no picture does not care.
  [[nodiscard]] virtual bool wants_image_order() const { return true; }
  /// `tell` is called from now on whenever the engine has got a little further (a token, a picture), by any of its
  /// threads; who hears nothing for long may take it for stuck.
  virtual void on_activity(const std::function<void()>& tell) { static_cast<void>(tell); }
};

}  // namespace osler
