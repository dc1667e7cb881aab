#include "osler/run/import_run.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "osler/core/hash.h"
#include "osler/core/version.h"
#include "osler/dataset/image_ahead.h"
#include "osler/run/journal.h"
#include "osler/run/manifest.h"
#include "osler/run/requests.h"
#include "osler/run/runner.h"
#include "osler/storage/file_hash.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

std::string order_of_options(const Matching& matching) {
  if (matching.reordered == 0) return "as in the benchmark";
  return fmt::format("as the tool asked, in {} items other than in the benchmark", matching.reordered);
}

/// What the responses depend on is the files that they stand in.
Result<Manifest> describe_import(const ImportSpec& spec) {
  Manifest manifest;
  manifest.model = spec.model;
  manifest.benchmark = spec.rows.label();
  manifest.row_set = spec.rows.name();
  manifest.row_set_hash = spec.row_set_hash;
  manifest.protocol = spec.rules.name;
  manifest.engine = "import";
  manifest.items = spec.rows.items.size();
  manifest.answered = spec.matching.matches.size();
  manifest.identity = {{"engine", manifest.engine},
                       {"model", manifest.model},
                       {"row_set", manifest.row_set},
                       {"row_set_hash", manifest.row_set_hash},
                       {"card_sha256", spec.card_hash.empty() ? "none: items as recorded" : spec.card_hash},
                       {"protocol", spec.rules.name},
                       {"protocol_sha256", spec.rules.hash},
                       {"format", spec.format},
                       {"options_order", order_of_options(spec.matching)}};
  if (!spec.mapping.empty()) manifest.identity["map"] = fmt::format("{}", fmt::join(spec.mapping, ","));
  Sha256 sources;
  for (std::size_t i = 0; i < spec.files.size(); ++i) {
    const auto hash = cached_sha256_of_file(spec.files[i]);
    if (!hash) return pass(hash);
    manifest.details[fmt::format("source_file_{}", i)] = spec.files[i].string();
    manifest.details[fmt::format("source_sha256_{}", i)] = *hash;
    sources.update_field(*hash);
    if (spec.files.size() == 1) manifest.identity["source_sha256"] = *hash;
  }
  if (spec.files.size() > 1) manifest.identity["source_sha256"] = sources.hex();
  const auto& matching = spec.matching;
  manifest.details["records"] = std::to_string(spec.records.size());
  manifest.details["matched_by_id"] = std::to_string(matching.count(MatchedBy::id));
  manifest.details["matched_by_question"] = std::to_string(matching.count(MatchedBy::question));
  manifest.details["matched_by_position"] = std::to_string(matching.count(MatchedBy::position));
  manifest.details["repeated"] = std::to_string(matching.repeated);
  manifest.details["unmatched"] = std::to_string(matching.unmatched.size());
  manifest.details["duckdb"] = std::string(kDuckdbVersion);
  for (std::size_t i = 0; i < spec.rows.files.size(); ++i) {
    manifest.details[fmt::format("data_file_{}", i)] = spec.rows.files[i].string();
  }
  manifest.started = timestamp();
  if (manifest.answered >= manifest.items) manifest.finished = manifest.started;
  return manifest;
}

Response response_of(const Record& record, const Item& item) {
  Response response;
  response.item_id = item.id;
  response.finish = record.finish;
  if (record.response) {
    response.text = *record.response;
  } else {
    response.finish = FinishReason::error;
    response.error = fmt::format("{}: the tool recorded no response", record.place.text());
  }
  return response;
}

/// The journal, with the cluster of every item's images. Where nothing is known of an item's images there is none.
std::string journal_of(const ImportSpec& spec) {
  std::vector<const Item*> items;
  for (const auto& match : spec.matching.matches) items.push_back(&spec.rows.items[match.item]);
  const bool knows_images = !spec.card_hash.empty();
  ImageAhead images(items, spec.image_limits);
  std::string journal;
  for (const auto& match : spec.matching.matches) {
    const Item& item = spec.rows.items[match.item];
    Response response = response_of(spec.records[match.record], item);
    const auto decoded = images.next();
    if (knows_images || !item.images.empty()) response.image_cluster = image_cluster(decoded, item);
    journal += dump_json(response_to_json(response)) + "\n";
  }
  return journal;
}

std::string unmatched_lines(const ImportSpec& spec) {
  std::string lines;
  for (const auto& [index, why] : spec.matching.unmatched) {
    const Record& record = spec.records[index];
    Json line = {{"file", record.place.file}, {"why", why}};
    if (record.place.record) line["record"] = *record.place.record;
    if (!record.id.empty()) line["id"] = record.id;
    if (!record.question.empty()) line["question"] = record.question;
    lines += dump_json(line) + "\n";
  }
  for (const auto item : spec.matching.unanswered) {
    lines += dump_json({{"item", spec.rows.items[item].id}, {"why", "has no response"}}) + "\n";
  }
  return lines;
}

Status write_unmatched(const ImportSpec& spec) {
  const fs::path path = spec.folder / "unmatched.jsonl";
  const std::string lines = unmatched_lines(spec);
  if (!lines.empty()) return write_file_atomically(path, lines);
  std::error_code problem;
  fs::remove(path, problem);
  return {};
}

/// Takes the folder's lock, after which nobody else writes here, and makes sure that it is ours.
Result<Journal> claim_folder(const ImportSpec& spec, const Manifest& manifest) {
  if (auto status = make_writable_folder(spec.folder); !status) return pass(status);
  std::error_code problem;
  if (fs::exists(spec.folder / "manifest.json", problem)) {
    const auto stored = read_manifest(spec.folder);
    if (!stored) return pass(stored);
    if (auto same = check_same_run(*stored, manifest, spec.folder); !same) return pass(same);
    return Journal::open(spec.folder);
  }
  auto journal = Journal::open(spec.folder);
  if (journal && !journal->responses().empty()) {
    return fail(ErrorCode::mismatch, "holds responses without a manifest", {spec.folder.string()},
                "choose another folder with --out");
  }
  return journal;
}

}  // namespace

std::string folder_of_model(std::string model) {
  const auto unfit = [](char c) { return c == '/' || c == '\\' || static_cast<unsigned char>(c) < 0x20; };
  std::replace_if(model.begin(), model.end(), unfit, '_');
  if (model.starts_with('.')) model.front() = '_';
  return model;
}

Result<std::uint64_t> write_import(const ImportSpec& spec, const grade::Grader& grader) {
  const auto manifest = describe_import(spec);
  if (!manifest) return pass(manifest);
  const auto journal = claim_folder(spec, *manifest);
  if (!journal) return pass(journal);
  if (auto status = write_items(spec.folder, spec.rows.items); !status) return pass(status);
  if (auto status = write_file_atomically(spec.folder / "protocol.yaml", spec.rules.text); !status) return pass(status);
  if (auto status = write_unmatched(spec); !status) return pass(status);
  // The manifest goes before the responses: a folder with responses and no manifest is nobody's.
  if (auto status = write_manifest(spec.folder, *manifest); !status) return pass(status);
  if (auto status = write_file_atomically(spec.folder / "responses.jsonl", journal_of(spec)); !status) {
    return pass(status);
  }
  return grade_run(spec.folder, spec.rules, grader);
}

}  // namespace osler
