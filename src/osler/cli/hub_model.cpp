#include "osler/cli/hub_model.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "osler/cli/common.h"
#include "osler/cli/fetch_progress.h"
#include "osler/core/utf8.h"
#include "osler/hub/fetch.h"
#include "osler/hub/model_choice.h"
#include "osler/storage/hub_cache.h"
#include "osler/storage/shipped.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// A model's files, and where they were found.
struct FoundModel {
  hub::Listing listing;  ///< The chosen ones alone: the parts of the model, then its projector if it is from there.
  fs::path snapshot;     ///< Set if they are all in the cache.
};

/// What is asked for, and where.
struct HubJob {
  hub::ModelName name;
  std::string projector;       ///< Its file in the repository; empty: the nearest.
  bool own_projector = false;  ///< It is a file of the user's.
  hub::HubSettings settings;

  [[nodiscard]] hub::FetchRequest request() const {
    return {.kind = RepoKind::model, .repo = name.repo, .revision = name.revision};
  }
  [[nodiscard]] std::string page() const { return fmt::format("{}/{}", settings.http.endpoint, name.repo); }
};

Result<FoundModel> choose(const HubJob& job, hub::Listing listing, const std::string& place) {
  auto choice = hub::choose_model(listing.files, job.name.quant, job.own_projector ? "" : job.projector, place);
  if (!choice) return pass(choice);
  FoundModel found{{std::move(listing.commit), std::move(choice->model)}, {}};
  if (job.own_projector) return found;
  if (choice->projector.empty()) {
    return fail(ErrorCode::not_found,
                fmt::format("has no vision projector (mmproj*.gguf) for '{}'", found.listing.files.front().path),
                {place},
                "choose a repository that has one, or give it with --mmproj FILE: without it a model cannot see");
  }
  found.listing.files.push_back(std::move(choice->projector.front()));
  return found;
}

/// The GGUF files in a snapshot, as a hub would list them. Links whose content is gone are no files.
hub::Listing files_in(const Snapshot& snapshot) {
  hub::Listing listing{snapshot.commit, {}};
  std::error_code problem;
  for (fs::recursive_directory_iterator entry(snapshot.folder, problem);
       !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    std::error_code none;
    if (entry->path().extension() != ".gguf" || !entry->is_regular_file(none)) continue;
    hub::HubFile file;
    file.path = entry->path().lexically_relative(snapshot.folder).string();
    file.size = entry->file_size(none);
    // The content's name is its hash, unless the cache was copied without its links.
    constexpr std::size_t kSha256Digits = 64;
    file.etag = entry->is_symlink(none) ? fs::read_symlink(entry->path(), none).filename().string() : std::string();
    file.large = file.etag.size() == kSha256Digits;
    listing.files.push_back(std::move(file));
  }
  return listing;
}

Result<FoundModel> find_in_cache(const HubJob& job) {
  const auto snapshot = snapshot_of(job.settings.cache, RepoKind::model, job.name.repo, job.name.revision);
  if (!snapshot) return pass(snapshot);
  if (!*snapshot) {
    return fail(ErrorCode::not_found, fmt::format("the cache does not have {} at {}", job.name.repo, job.name.revision),
                {job.settings.cache.string()},
                "fetch it with a hub at hand, or copy its folder from a machine that has it");
  }
  auto found = choose(job, files_in(**snapshot), (*snapshot)->folder.string());
  if (!found) return found;
  std::error_code problem;
  found->snapshot = fs::absolute((*snapshot)->folder, problem);
  return found;
}

Result<FoundModel> find_on_hub(const HubJob& job, const std::stop_token& stop) {
  auto listing = hub::list_files(job.request(), job.settings, stop);
  if (!listing) return pass(listing);
  return choose(job, std::move(*listing), job.page());
}

/// What was chosen, so that nobody takes another quant for the one that was meant.
std::string names_of(const hub::Listing& listing) {
  std::vector<std::string_view> names;
  for (const auto& file : listing.files) names.emplace_back(file.path);
  return printable_line(fmt::format("{}", fmt::join(names, ", ")));
}

/// On the hub, or in the cache where the hub must not or cannot be asked.
Result<FoundModel> find_model(const HubJob& job, const std::stop_token& stop) {
  if (hub_is_offline()) {
    auto found = find_in_cache(job);
    if (found) {
      note(fmt::format("osler: HF_HUB_OFFLINE is set: {} is taken from the cache, as it was at commit {} ({})",
                       job.name.repo, found->listing.commit, names_of(found->listing)));
      return found;
    }
    Error error = found.error();
    error.what += ", and HF_HUB_OFFLINE forbids to ask the hub";
    return tl::unexpected(std::move(error));
  }
  auto found = find_on_hub(job, stop);
  if (found || found.error().code != ErrorCode::io) return found;
  auto cached = find_in_cache(job);
  if (!cached) return found;
  note(printable_line(fmt::format("osler: {}: {} is taken from the cache, as it was at commit {} ({})",
                                  found.error().what, job.name.repo, cached->listing.commit,
                                  names_of(cached->listing))));
  return cached;
}

Status fetch_files(const HubJob& job, FoundModel& found, const std::stop_token& stop) {
  const auto missing = hub::missing_bytes(job.request(), found.listing, job.settings);
  if (!missing) return pass(missing);
  std::uint64_t bytes = 0;
  for (const auto& file : found.listing.files) bytes += file.size.value_or(0);
  note(printable_line(fmt::format(
      "osler: {} at commit {}: {}, {} of {}; {}", job.name.repo, found.listing.commit, found.listing.files.front().path,
      found.listing.files.size() == 1 ? "1 file" : fmt::format("{} files", found.listing.files.size()),
      hub::size_text(bytes),
      *missing == 0 ? "all are in the cache"
                    : fmt::format("{} to be fetched into {}", hub::size_text(*missing), job.settings.cache.string()))));
  FetchProgress progress(job.name.repo);
  const auto fetched = hub::fetch_listed(
      job.request(), found.listing, job.settings, [&progress](const hub::FetchProgress& now) { progress.show(now); },
      stop);
  progress.finish();
  if (!fetched) {
    Error error = fetched.error();
    if (error.code == ErrorCode::interrupted) error.way_out = "the same command goes on where this one stopped";
    return tl::unexpected(std::move(error));
  }
  found.snapshot = fetched->snapshot;
  return {};
}

/// Puts the files into the options, and what is known of them into what the manifest will say.
void take_files(const HubJob& job, const FoundModel& found, EngineOptions& options) {
  const auto& files = found.listing.files;
  options.model = (found.snapshot / files.front().path).string();
  if (!job.own_projector) options.llama.projector = found.snapshot / files.back().path;
  options.source = {{"hub_repo", job.name.repo},
                    {"hub_revision", job.name.revision},
                    {"hub_commit", found.listing.commit},
                    {"hub_quant", hub::quant_of(files.front().path)}};
  for (std::size_t i = 0; i < files.size(); ++i) {
    options.source[fmt::format("hub_file_{}", i)] = files[i].path;
    if (files[i].large) options.source[fmt::format("hub_sha256_{}", i)] = files[i].etag;
  }
}

/// A file of the user's is meant before one of the repository's.
void choose_projector(const EngineOptions& options, HubJob& job) {
  std::error_code problem;
  job.projector = options.llama.projector.empty() ? options.hub_projector : options.llama.projector.string();
  job.own_projector = !options.llama.projector.empty() && fs::exists(options.llama.projector, problem);
}

Error no_gguf(const ModelCard& card) {
  std::string way_out = fmt::format("give the path of a .gguf file, or a server that has {}", card.hub);
  if (card.serving) {
    way_out = fmt::format("serve it with {}: {} (see 'osler models show {}')", card.serving->server,
                          card.serving->command, card.name);
    if (!card.serving->why.empty()) way_out += "; " + card.serving->why;
  }
  return {ErrorCode::unsupported, fmt::format("the card of {} names no GGUF files", card.name), {}, way_out};
}

}  // namespace

std::string hub_model_of(const GgufSource& gguf) {
  return fmt::format("{}{}{}{}", kHubModel, gguf.repo, gguf.quant.empty() ? "" : ":" + gguf.quant,
                     gguf.revision.empty() ? "" : "@" + gguf.revision);
}

Result<std::optional<ModelCard>> name_hub_model(EngineOptions& options) {
  const std::string& name = options.model;
  if (name.ends_with(".gguf") || name.find(':') != std::string::npos) return std::nullopt;
  const auto known = model_card_names();
  const bool is_file = name.ends_with(".yaml") || name.ends_with(".yml");
  if (!is_file && std::ranges::find(known, name) == known.end()) {
    const auto close = closest_name(name, known);
    if (close.empty()) return std::nullopt;
    return fail(ErrorCode::usage, fmt::format("'{}' is not a model", name), {},
                fmt::format("did you mean '{}'? 'osler models list' has the names", close));
  }
  auto card = find_model_card(name);
  if (!card) return pass(card);
  if (!card->gguf) return tl::unexpected(no_gguf(*card));
  options.model = hub_model_of(*card->gguf);
  options.hub_projector = card->gguf->mmproj;
  return std::move(*card);
}

Status fetch_hub_model(EngineOptions& options, const std::stop_token& stop) {
  if (!options.model.starts_with(kHubModel)) return {};
  HubJob job;
  auto name = hub::parse_model_name(std::string_view(options.model).substr(kHubModel.size()));
  if (!name) return pass(name);
  job.name = std::move(*name);
  job.settings = hub::hub_settings();
  choose_projector(options, job);
  auto found = find_model(job, stop);
  if (!found) return pass(found);
  if (found->snapshot.empty()) {
    if (auto status = fetch_files(job, *found, stop); !status) return status;
  }
  take_files(job, *found, options);
  return {};
}

}  // namespace osler::cli
