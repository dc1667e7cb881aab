#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "osler/capability/labels.h"
#include "osler/core/error.h"
#include "osler/dataset/image_loader.h"
#include "osler/dataset/loader.h"
#include "osler/engine/engine.h"
#include "osler/grade/grader.h"
#include "osler/model/model_card.h"
#include "osler/prompt/protocol.h"
#include "osler/run/ablation.h"
#include "osler/run/grading.h"
#include "osler/run/manifest.h"
#include "osler/run/sharing_check.h"

namespace osler {

/// One model x benchmark x protocol, to be answered into one folder.
struct RunSpec {
  /// row_set_hash, or that of `rows`: what the run is asked, as its manifest says it.
  [[nodiscard]] std::string asked_hash() const { return row_set_hash.empty() ? rows.hash() : row_set_hash; }

  RowSet rows;
  std::string
      row_set_hash{};  ///< Empty: that of `rows`. Under Ablation::permuted that of the items in their own order.
  std::string card_hash;
  Protocol protocol;
  std::filesystem::path folder;
  std::optional<std::uint64_t> limit;  ///< Only the first items; a later start without it goes on to the end.
  bool retry_errors = false;           ///< Ask again what came out as an error before.
  DecodeLimits image_limits;
  Ablation ablation = Ablation::none;
  std::optional<capability::LabelSet> labels = {};  ///< Kept in the folder; empty: those that it keeps stay.
  std::optional<ModelCard> model_card = {};         ///< Kept in the folder: grading again needs what it says.
  std::map<std::string, std::string> details{};  ///< Of the manifest, beside the engine's: where the model came from.
  std::uint64_t verify_sharing = 0;              ///< So many items are asked again one by one, when all have an answer.
};

/// Told of every answer, in the order in which they arrive, and of what comes before the first.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  /// `done` of `total` have an answer now, those of earlier starts included.
  virtual void answered(const Response& response, const Grade& grade, std::uint64_t done, std::uint64_t total) = 0;
  /// The pictures of `done` of `total` items are known; the first question follows the last of them.
  virtual void arranging(std::uint64_t done, std::uint64_t total) {
    static_cast<void>(done);
    static_cast<void>(total);
  }
};

struct RunTotals {
  std::uint64_t total = 0;     ///< Items asked for, by the limit.
  std::uint64_t kept = 0;      ///< Answered by an earlier start.
  std::uint64_t answered = 0;  ///< Answered by this one.
  std::uint64_t cached = 0;    ///< Of these: taken from a cache (Response::cached).
  std::optional<SharingCheck> check = {};
};

/// Answers what is missing, grades everything and writes manifest.json, items.jsonl, responses.jsonl and
/// grades.parquet. When it is stopped or the disk is full, all that was answered is kept and graded, and the error
/// says how to go on.
[[nodiscard]] Result<RunTotals> execute_run(const RunSpec& spec, Engine& engine, const grade::Grader& grader,
                                            RunObserver& observer, const std::stop_token& stop);

/// The folder of a run below `out`: <model>/<benchmark>/<protocol>, with what differs from the benchmark's default
/// row set, and the control if it is one, appended to its name.
[[nodiscard]] std::filesystem::path run_folder(const std::filesystem::path& out, const std::string& model,
                                               const RowSet& rows, const std::string& protocol,
                                               Ablation ablation = Ablation::none);

}  // namespace osler
