#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/engine/embedder.h"
#include "osler/engine/openai/embedding_body.h"
#include "osler/engine/openai/http_pool.h"
#include "osler/engine/openai/pacing.h"
#include "osler/engine/openai/traffic.h"

namespace osler::openai {

/// Brings texts in batches, and items with pictures one by one, to servers that embed, and the vectors to the sink. A
/// server that is gone or busy is waited for; a batch that a server refuses, or breaks at, is asked again item by item,
/// so that what is wrong with one is its own error.
class EmbeddingTraffic {
 public:
  /// `instruction` is that of items with pictures which have none of their own.
  EmbeddingTraffic(const std::vector<Endpoint>& endpoints, const TrafficSettings& settings, std::string instruction,
                   bool with_images);

  [[nodiscard]] Status run(EmbeddingSource& source, EmbeddingSink& sink, const std::stop_token& stop);

 private:
  struct Job {
    std::vector<EmbeddingRequest> requests;
    unsigned failures = 0;
  };
  struct Server {
    const Endpoint* endpoint = nullptr;
    Pacing pacing;
    std::size_t in_flight = 0;
    std::string trouble = {};
  };
  struct Sent {
    Job job;
    std::size_t server = 0;
  };

  void fill(EmbeddingSource& source, const std::stop_token& stop);
  [[nodiscard]] std::size_t wanted() const;
  [[nodiscard]] Status start(EmbeddingSink& sink);
  [[nodiscard]] Result<Pieces> body_of(const Job& job);
  [[nodiscard]] bool is_shown(const EmbeddingRequest& request) const { return with_images_ && !request.images.empty(); }
  [[nodiscard]] Status take(HttpOutcome outcome, EmbeddingSink& sink);
  [[nodiscard]] Status take_answer(Sent sent, const HttpOutcome& outcome, EmbeddingSink& sink);
  [[nodiscard]] Status take_vectors(Sent sent, const HttpOutcome& outcome, EmbeddingSink& sink);
  /// Its connection broke, or the server did.
  [[nodiscard]] Status take_failure(Sent sent, const std::string& what, EmbeddingSink& sink);
  /// The server cannot or will not now; that is not the job's fault.
  void take_trouble(Sent sent, const std::string& what, bool overload, std::chrono::seconds asked);
  /// The job is at fault: its items are asked one by one, and a single one is an error.
  [[nodiscard]] Status blame(Job job, const std::string& host, const std::string& why, EmbeddingSink& sink);
  [[nodiscard]] Status check_patience() const;
  [[nodiscard]] std::chrono::milliseconds time_to_wait() const;

  const TrafficSettings& settings_;
  std::string instruction_;
  bool with_images_;
  HttpPool pool_;
  ImageUris uris_;
  std::deque<Server> servers_;
  std::deque<Job> waiting_;
  std::map<std::uint64_t, Sent> sent_;  ///< By ticket.
  std::uint64_t next_ticket_ = 1;
  std::optional<EmbeddingRequest> pulled_;  ///< Which did not go into the last batch.
  bool exhausted_ = false;
  std::size_t dimensions_ = 0;  ///< Of the first vector; 0 before it.
  std::size_t refused_ = 0;     ///< Items, before the first vector.
};

}  // namespace osler::openai
