#include "osler/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/core/version.h"
#include "osler/run/grades_file.h"
#include "osler/run/image_order.h"
#include "osler/run/journal.h"
#include "osler/run/recorded_run.h"
#include "osler/run/requests.h"
#include "osler/run/run_labels.h"
#include "osler/storage/data_path.h"
#include "osler/storage/files.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Names and sizes of the image files: cheap at any number, and enough to see afterwards which pictures were meant. Not
/// a reason to refuse: an image that was missing may be there now.
std::string images_hash(const RowSet& rows) {
  Sha256 hash;
  std::unordered_map<std::string, std::string> sizes;
  for (const auto& item : rows.items) {
    for (const auto& image : item.images) {
      const auto [entry, is_new] = sizes.try_emplace(image.file);
      if (is_new) {
        const auto size = data_file_size(image.file);
        entry->second = size ? std::to_string(*size) : "missing";
      }
      hash.update_field(image.key);
      hash.update_field(entry->second);
    }
  }
  return hash.hex();
}

std::string ablation_suffix(Ablation ablation, std::string_view joint = ".") {
  return ablation == Ablation::none ? std::string() : std::string(joint) + std::string(name_of(ablation));
}

/// Where images stand in the prompts. Named by what it comes to: interleaving is images first where no text marks them,
/// and runs of such benchmarks go on whether they were begun before there was a choice or after.
std::string image_places(const RunSpec& spec) {
  const auto marks = [](const Item& item) { return item.marks_images; };
  switch (spec.protocol.image_policy) {
    case ImagePolicy::first_only:
      return "first image only";
    case ImagePolicy::interleave:
      if (std::any_of(spec.rows.items.begin(), spec.rows.items.end(), marks)) return "interleaved";
      break;
    case ImagePolicy::images_last:
      return "images last";
    case ImagePolicy::images_first:
      break;
  }
  return "images first";
}

Manifest describe_run(const RunSpec& spec, const Engine& engine) {
  const EngineFacts& facts = engine.facts();
  Manifest manifest;
  manifest.model = facts.model;
  // A control is never taken for the real thing, in a table or in a query over many runs.
  manifest.benchmark = spec.rows.label() + ablation_suffix(spec.ablation);
  manifest.row_set = spec.rows.name() + ablation_suffix(spec.ablation, ", ");
  manifest.row_set_hash = spec.asked_hash();
  manifest.protocol = spec.protocol.name;
  manifest.engine = facts.kind;
  manifest.items = spec.rows.items.size();
  manifest.identity = facts.identity;
  manifest.identity["engine"] = facts.kind;
  manifest.identity["model"] = facts.model;
  manifest.identity["row_set"] = manifest.row_set;
  manifest.identity["row_set_hash"] = manifest.row_set_hash;
  manifest.identity["card_sha256"] = spec.card_hash;
  manifest.identity["protocol"] = spec.protocol.name;
  manifest.identity["protocol_sha256"] = spec.protocol.hash;
  manifest.identity["max_new_tokens"] = std::to_string(spec.protocol.decoding.max_new_tokens);
  manifest.identity["temperature"] = fmt::format("{}", spec.protocol.decoding.temperature);
  manifest.identity["seed"] = std::to_string(spec.protocol.decoding.seed);
  manifest.identity["image_policy"] = image_places(spec) + ", RGB8, EXIF orientation applied, alpha dropped";
  if (spec.ablation == Ablation::shuffled_image) {
    manifest.identity["shuffle_seed"] = std::to_string(ShuffledImages::kSeed);
  }
  manifest.details = facts.details;
  manifest.details.insert(spec.details.begin(), spec.details.end());
  if (spec.model_card) {
    manifest.details["model_card"] = spec.model_card->name;
    manifest.details["model_card_sha256"] = spec.model_card->hash;
    // Where the answer begins decides what is read as one.
    if (const auto& thinking = spec.model_card->thinking) {
      manifest.identity["reasoning"] = thinking->open + " ... " + thinking->close;
    }
  }
  manifest.details["images_sha256"] = images_hash(spec.rows);
  manifest.details["duckdb"] = std::string(kDuckdbVersion);
  manifest.details["max_pixels"] = std::to_string(spec.image_limits.max_pixels);
  if (spec.labels) manifest.details["capability_classifier_sha256"] = spec.labels->classifier;
  if (spec.limit) manifest.details["limit"] = std::to_string(*spec.limit);
  for (std::size_t i = 0; i < spec.rows.files.size(); ++i) {
    manifest.details[fmt::format("data_file_{}", i)] = spec.rows.files[i].string();
  }
  manifest.started = timestamp();
  return manifest;
}

bool counts_as_done(const Response& response, bool retry_errors) {
  return !(retry_errors && response.finish == FinishReason::error);
}

/// Takes the responses: names their image cluster, journals them, grades them for the observer.
class JournalSink : public ResponseSink {
 public:
  JournalSink(Journal& journal, const grade::Grader& grader, RunObserver& observer, RunTotals& totals)
      : journal_(journal), grader_(grader), observer_(observer), totals_(totals) {}

  void expect(const Item& item, std::string image_cluster) {
    const std::lock_guard lock(mutex_);
    waiting_.insert_or_assign(item.id, Waiting{&item, std::move(image_cluster)});
  }

  [[nodiscard]] Status accept(Response response) override {
    const std::lock_guard lock(mutex_);
    const auto waiting = waiting_.find(response.item_id);
    if (waiting == waiting_.end()) {
      return fail(ErrorCode::engine, fmt::format("the engine answered '{}', which was not asked", response.item_id));
    }
    const Item& item = *waiting->second.item;
    response.image_cluster = std::move(waiting->second.image_cluster);
    waiting_.erase(waiting);
    if (auto status = journal_.append(response); !status) return status;
    ++totals_.answered;
    totals_.cached += response.cached ? 1U : 0U;
    observer_.answered(response, grader_.grade(item, response), totals_.kept + totals_.answered, totals_.total);
    return {};
  }

  /// Items that were asked and have no answer.
  [[nodiscard]] std::size_t unanswered() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Waiting {
    const Item* item = nullptr;
    std::string image_cluster;
  };

  Journal& journal_;
  const grade::Grader& grader_;
  RunObserver& observer_;
  RunTotals& totals_;
  /// Guards everything: engines may pull requests on one thread and hand over responses on another.
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Waiting> waiting_;
};

std::vector<const Item*> items_to_ask(const RunSpec& spec, const Journal& journal, RunTotals& totals) {
  std::vector<const Item*> pending;
  totals.total = std::min<std::uint64_t>(spec.limit.value_or(spec.rows.items.size()), spec.rows.items.size());
  for (std::size_t i = 0; i < totals.total; ++i) {
    const Item& item = spec.rows.items[i];
    const auto before = journal.responses().find(item.id);
    if (before != journal.responses().end() && counts_as_done(before->second, spec.retry_errors)) {
      ++totals.kept;
    } else {
      pending.push_back(&item);
    }
  }
  return pending;
}

/// A journal finds its items again by their ids.
Status check_ids(const RowSet& rows) {
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < rows.items.size(); ++i) {
    const std::string& id = rows.items[i].id;
    Place place{rows.name()};
    place.record = i;
    if (!is_utf8(id)) {
      return fail(ErrorCode::malformed, "an item has an id that is not UTF-8", place, "mend the benchmark's file");
    }
    if (!seen.insert(id).second) {
      return fail(ErrorCode::malformed, fmt::format("a second item has the id '{}'", id), place,
                  "mend the benchmark's file: every item needs an id of its own");
    }
  }
  return {};
}

/// What a killed run was about to rename. The run's own files are written by the holder of its lock only; grades also
/// by 'osler grade', which may be at it now.
void remove_leftovers(const fs::path& folder) {
  constexpr auto kSurelyDone = std::chrono::minutes(10);
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".tmp")) continue;
    const bool own = name.starts_with("manifest.json.") || name.starts_with("items.jsonl.") ||
                     name.starts_with("protocol.yaml.") || name.starts_with(kModelCardFile);
    const bool derived = name.starts_with("grades.parquet.") || name.starts_with("capability.");
    const bool old_grades = derived && entry.last_write_time(problem) + kSurelyDone < fs::file_time_type::clock::now();
    if (own || old_grades) fs::remove(entry.path(), problem);
  }
}

/// What the grading needs beside items and responses.
Status write_rules(const RunSpec& spec) {
  if (auto status = write_file_atomically(spec.folder / "protocol.yaml", spec.protocol.text); !status) return status;
  const auto card = spec.folder / kModelCardFile;
  if (spec.model_card) return write_file_atomically(card, spec.model_card->text);
  std::error_code problem;
  fs::remove(card, problem);  // of an earlier start, which was made with one
  return {};
}

/// Everything that must stand before the first question is asked: the folder, the lock, the manifest, the items.
Result<Journal> open_run(const RunSpec& spec, Manifest& manifest) {
  if (auto status = check_ids(spec.rows); !status) return pass(status);
  if (auto status = make_writable_folder(spec.folder); !status) return pass(status);
  auto journal = Journal::open(spec.folder);
  if (!journal) return pass(journal);
  std::error_code problem;
  if (fs::exists(spec.folder / "manifest.json", problem)) {
    const auto stored = read_manifest(spec.folder);
    if (!stored) return pass(stored);
    if (auto same = check_same_run(*stored, manifest, spec.folder); !same) return pass(same);
    manifest.started = stored->started;
    if (stored->answered >= manifest.items) manifest.finished = stored->finished;
    manifest.seconds = stored->seconds;
  } else if (!journal->responses().empty()) {
    return fail(ErrorCode::mismatch, "holds responses without a manifest", {spec.folder.string()},
                "choose another folder with --out");
  }
  remove_leftovers(spec.folder);
  if (auto status = write_items(spec.folder, spec.rows.items); !status) return pass(status);
  if (auto status = write_rules(spec); !status) return pass(status);
  if (spec.labels) {
    if (auto status = record_labels(spec.folder, *spec.labels, spec.rows.items); !status) return pass(status);
  }
  manifest.answered = journal->responses().size();
  if (auto status = write_manifest(spec.folder, manifest); !status) return pass(status);
  return journal;
}

/// What a protocol asks of its engine.
Status check_engine(const RunSpec& spec, const Engine& engine) {
  const auto& likelihood = spec.protocol.likelihood;
  if (!likelihood || likelihood->choose == DecidingScore::letter || engine.scores_texts()) return {};
  return fail(
      ErrorCode::unsupported,
      fmt::format("the protocol {} decides by the likelihood of texts, which servers do not tell", spec.protocol.name),
      {}, "use a protocol that decides by letters (likelihood), or a .gguf file as the model");
}

/// Who compares times must know how many answers took none.
void note_cached(Manifest& manifest, const Journal& journal) {
  const auto cached = std::ranges::count_if(journal.responses(), [](const auto& one) { return one.second.cached; });
  if (cached > 0) manifest.details["cached_responses"] = std::to_string(cached);
}

}  // namespace

fs::path run_folder(const fs::path& out, const std::string& model, const RowSet& rows, const std::string& protocol,
                    Ablation ablation) {
  std::string benchmark = rows.label();
  std::replace_if(
      benchmark.begin(), benchmark.end(), [](char c) { return c == ':' || c == '/'; }, '.');
  benchmark += ablation_suffix(ablation);
  return out / model / benchmark / protocol;
}

Result<RunTotals> execute_run(const RunSpec& spec, Engine& engine, const grade::Grader& grader, RunObserver& observer,
                              const std::stop_token& stop) {
  if (auto status = check_engine(spec, engine); !status) return pass(status);
  Manifest manifest = describe_run(spec, engine);
  auto journal = open_run(spec, manifest);
  if (!journal) return pass(journal);
  RunTotals totals;
  auto pending = items_to_ask(spec, *journal, totals);
  if (spec.ablation != Ablation::no_image && engine.wants_image_order()) {
    pending = in_image_order(pending, spec.image_limits, stop,
                             [&](std::uint64_t done, std::uint64_t total) { observer.arranging(done, total); });
  }
  const auto start = Clock::now();
  JournalSink sink(*journal, grader, observer, totals);
  std::optional<ShuffledImages> shuffled;
  if (spec.ablation == Ablation::shuffled_image) shuffled.emplace(spec.rows.items);
  PendingRequests requests(
      spec.protocol, pending, spec.image_limits, sink,
      [&sink](const Item& item, std::string cluster) { sink.expect(item, std::move(cluster)); }, spec.ablation,
      shuffled ? &*shuffled : nullptr);
  Status answered = pending.empty() ? Status{} : engine.answer(requests, sink, stop);
  if (answered) answered = requests.status();
  if (answered && sink.unanswered() > 0) {
    answered = fail(ErrorCode::engine, fmt::format("the engine left {} of the items unanswered", sink.unanswered()), {},
                    "start the run again to ask them");
  }

  if (answered && spec.verify_sharing > 0) {
    SampleChecker checker(spec, journal->responses(), grader, shuffled ? &*shuffled : nullptr);
    auto check = checker.ask_again(engine, stop);
    if (check) {
      manifest.details["verify_sharing"] = check->sentence();
      totals.check = std::move(*check);
    } else {
      answered = pass(check);
    }
  }

  // Whatever ended the answering, what is there is graded and stands in the manifest.
  for (const auto& [key, value] : engine.facts().details) manifest.details[key] = value;
  manifest.seconds += std::chrono::duration<double>(Clock::now() - start).count();
  manifest.answered = journal->responses().size();
  note_cached(manifest, *journal);
  const bool complete = manifest.answered >= manifest.items;
  if (complete && (totals.answered > 0 || manifest.finished.empty())) manifest.finished = timestamp();
  const auto rows = grade_all(spec.rows.items, journal->responses(), grader);
  const auto graded = write_grades(spec.folder, manifest, spec.protocol.name, rows);
  const auto noted = write_manifest(spec.folder, manifest);
  if (!answered) return pass(answered);
  if (!graded) return pass(graded);
  if (!noted) return pass(noted);
  return totals;
}

}  // namespace osler
