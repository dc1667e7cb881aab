#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>

#include "osler/cli/common.h"
#include "osler/cli/data_commands.h"
#include "osler/cli/fetch_progress.h"
#include "osler/cli/form_files.h"
#include "osler/cli/interrupt.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/finder.h"
#include "osler/hub/fetch.h"
#include "osler/storage/hub_cache.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// More than this is not fetched without --yes: it takes an hour or more, and a disk's room.
constexpr std::uint64_t kLargeFetch = 5'000'000'000;

struct GetOptions {
  std::vector<std::string> benchmarks;
  std::string form;
  std::string split;
  std::string revision;
  std::string cache;
  bool dry_run = false;
  bool yes = false;
  bool json = false;
};

/// The fetching of one benchmark.
struct Job {
  RowSetName name;
  std::string benchmark;
  std::string licence;
  std::string form;
  hub::FetchRequest request;
  hub::Listing listing;       ///< What is needed of the repository.
  fs::path snapshot;          ///< Set if everything is known to be there.
  std::uint64_t missing = 0;  ///< Bytes that the cache does not have.

  [[nodiscard]] std::uint64_t bytes() const {
    std::uint64_t sum = 0;
    for (const auto& file : listing.files) sum += file.size.value_or(0);
    return sum;
  }
};

std::string where_else(const Card& card) {
  if (card.name == "phantom") return "draw it with 'osler phantom generate'";
  if (card.url.empty()) return "its card does not say where it can be had; give its folder with --data DIR";
  return fmt::format("get it at {} and give its folder with --data DIR", card.url);
}

/// The named form, else the first that a hub has; one that has the split if there is a split.
Result<const Form*> choose_form(const Card& card, const std::string& wanted, const std::string& split) {
  std::set<std::string> splits;
  std::vector<std::string> names;
  const Form* without_source = nullptr;
  for (const auto& form : card.forms) {
    names.push_back(form.name);
    if (!wanted.empty() && form.name != wanted) continue;
    for (const auto& own : splits_of(form)) splits.insert(own);
    if (!split.empty() && patterns_of(form, split) == nullptr) continue;
    if (!form.hub.repo.empty()) return &form;
    without_source = &form;
  }
  if (!wanted.empty() && std::find(names.begin(), names.end(), wanted) == names.end()) {
    return fail(ErrorCode::usage, fmt::format("{} has no form '{}'", card.name, wanted), {},
                fmt::format("it has: {}", fmt::join(names, ", ")));
  }
  const std::string of_form = wanted.empty() ? std::string() : fmt::format(" in the form '{}'", wanted);
  if (without_source == nullptr) {
    return fail(ErrorCode::usage, fmt::format("{} has no split '{}'{}", card.name, split, of_form), {},
                fmt::format("it has: {}", fmt::join(splits, ", ")));
  }
  const std::string part = split.empty() ? card.name : fmt::format("{}:{}", card.name, split);
  return fail(ErrorCode::not_found, fmt::format("the card names no hub that has {}{}", part, of_form), {},
              where_else(card));
}

/// The snapshot if all of it is there, without asking the hub. A branch may have moved, so that it is only believed
/// where the hub must not be asked.
Result<bool> find_in_cache(const Form& form, const std::string& split, const hub::HubSettings& settings, Job& job) {
  if (!is_commit(job.request.revision) && !hub_is_offline()) return false;
  const auto snapshot = snapshot_of(settings.cache, job.request.kind, job.request.repo, job.request.revision);
  if (!snapshot) return pass(snapshot);
  if (!*snapshot) return false;
  auto files = whole_snapshot((*snapshot)->folder, form, split);
  if (!files) return false;
  std::error_code problem;
  job.snapshot = fs::absolute((*snapshot)->folder, problem);
  job.listing = {(*snapshot)->commit, std::move(*files)};
  return true;
}

/// Finds out what there is to fetch.
Result<Job> plan(const RowSetName& name, const GetOptions& options, const hub::HubSettings& settings,
                 const std::stop_token& stop) {
  const auto request =
      request_for(name, {.split = options.split, .form = options.form, .subset = {}, .capability = {}});
  if (!request) return pass(request);
  const auto card = find_card(name.benchmark);
  if (!card) return pass(card);
  const auto form = choose_form(*card, request->form, request->split);
  if (!form) return pass(form);
  Job job{name, card->name, card->licence, (*form)->name, {}, {}, {}, 0};
  job.name.split = request->split;
  job.request.repo = (*form)->hub.repo;
  job.request.revision = options.revision.empty() ? (*form)->hub.revision : options.revision;
  job.request.patterns = patterns_to_fetch(**form, request->split);
  const auto there = find_in_cache(**form, request->split, settings, job);
  if (!there) return pass(there);
  if (*there) return job;
  if (hub_is_offline()) {
    return fail(ErrorCode::not_found,
                fmt::format("{} at {} is not whole in the cache, and HF_HUB_OFFLINE forbids to ask the hub for it",
                            job.request.repo, job.request.revision),
                {settings.cache.string()}, "unset HF_HUB_OFFLINE, or copy the folder from a machine that has it");
  }
  auto listing = hub::list_files(job.request, settings, stop);
  if (!listing) return pass(listing);
  job.listing = std::move(*listing);
  std::erase_if(job.listing.files,
                [&](const hub::HubFile& file) { return !is_needed(**form, request->split, file.path); });
  const auto missing = hub::missing_bytes(job.request, job.listing, settings);
  if (!missing) return pass(missing);
  job.missing = *missing;
  return job;
}

bool same_files(const Job& a, const Job& b) {
  return a.request.repo == b.request.repo && a.listing.commit == b.listing.commit &&
         std::equal(a.listing.files.begin(), a.listing.files.end(), b.listing.files.begin(), b.listing.files.end(),
                    [](const auto& left, const auto& right) { return left.path == right.path; });
}

Result<std::vector<Job>> plan_all(const GetOptions& options, const hub::HubSettings& settings,
                                  const std::stop_token& stop) {
  const auto names = expand_row_set_names(options.benchmarks);
  if (!names) return pass(names);
  if (!options.revision.empty() && names->size() > 1) {
    return fail(ErrorCode::usage, "--revision is of one repository, but several benchmarks are named", {},
                "fetch them one by one");
  }
  std::vector<Job> jobs;
  for (const auto& name : *names) {
    auto job = plan(name, options, settings, stop);
    if (!job) return pass(job);
    // Bundles hold several benchmarks: what one of them brings, the next finds.
    const bool shared =
        std::any_of(jobs.begin(), jobs.end(), [&job](const Job& other) { return same_files(other, *job); });
    if (shared) job->missing = 0;
    jobs.push_back(std::move(*job));
  }
  return jobs;
}

/// A word as a shell takes it.
std::string shell_word(const std::string& word) {
  static constexpr std::string_view kPlain = "+-./:_@,%";
  const bool plain = std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string_view::npos;
  });
  if (plain && !word.empty()) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// The command as it was given, with --yes.
std::string with_yes(const GetOptions& options) {
  std::string text = "osler data get";
  for (const auto& name : options.benchmarks) text += " " + shell_word(name);
  for (const auto& [option, value] : {std::pair{" --form ", options.form},
                                      {" --split ", options.split},
                                      {" --revision ", options.revision},
                                      {" --cache ", options.cache}}) {
    if (!value.empty()) text += option + shell_word(value);
  }
  return text + (options.json ? " --json --yes" : " --yes");
}

/// The command that looks at what was fetched. A place or revision that is not the usual one must be named to it.
std::string check_command(const Job& job, const GetOptions& options, const fs::path& snapshot) {
  std::string name = job.name.benchmark;
  if (!job.name.split.empty()) name += ":" + job.name.split;
  if (!job.name.subset.empty()) name += "/" + job.name.subset;
  std::string text = "osler data check " + shell_word(name);
  if (!options.form.empty()) text += " --form " + shell_word(options.form);
  if (!options.cache.empty() || !options.revision.empty()) text += " --data " + shell_word(snapshot.string());
  return text;
}

void print_line(const std::string& text) { std::cout << printable_line(text) << '\n'; }

void print_plan(const Job& job, const hub::HubSettings& settings, bool with_files) {
  print_line(fmt::format("{}  (form {}, licence: {})", job.benchmark, job.form, job.licence));
  print_line(fmt::format("  from   {} at {}", job.request.repo, job.listing.commit));
  if (!is_commit(job.request.revision)) {
    print_line(
        fmt::format("  note   no commit is named, and this is where '{}' stands: cite it", job.request.revision));
  }
  std::string state = job.missing == 0 ? "nothing is to be fetched" : hub::size_text(job.missing) + " to be fetched";
  print_line(fmt::format("  files  {}, {}; {}", job.listing.files.size(), hub::size_text(job.bytes()),
                         job.snapshot.empty() ? state : "all are in the cache"));
  if (with_files) {
    for (const auto& file : job.listing.files) {
      print_line(fmt::format("         {:>10}  {}", hub::size_text(file.size.value_or(0)), file.path));
    }
  }
  print_line(fmt::format("  to     {}", settings.cache.string()));
}

nlohmann::ordered_json to_json(const Job& job) {
  return {{"benchmark", job.benchmark},        {"form", job.form},
          {"repo", job.request.repo},          {"revision", job.request.revision},
          {"commit", job.listing.commit},      {"folder", job.snapshot.string()},
          {"files", job.listing.files.size()}, {"bytes", job.bytes()}};
}

/// What would be fetched: the folder is not there yet, but each file is named.
nlohmann::ordered_json plan_to_json(const Job& job) {
  auto json = to_json(job);
  if (job.snapshot.empty()) json["folder"] = nullptr;
  json["missing_bytes"] = job.missing;
  json["list"] = nlohmann::ordered_json::array();
  for (const auto& file : job.listing.files) {
    json["list"].push_back({{"path", file.path}, {"bytes", file.size.value_or(0)}});
  }
  return json;
}

void print_json(const nlohmann::ordered_json& all) {
  std::cout << (all.size() == 1 ? all.front() : all).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Status fetch_one(Job& job, const hub::HubSettings& settings, const std::stop_token& stop) {
  if (!job.snapshot.empty()) return {};
  FetchProgress progress(job.benchmark);
  const auto fetched = hub::fetch_listed(
      job.request, job.listing, settings, [&progress](const hub::FetchProgress& now) { progress.show(now); }, stop);
  progress.finish();
  if (!fetched) return pass(fetched);
  job.snapshot = fetched->snapshot;
  return {};
}

/// A download of hours must be meant.
Status check_size(const std::vector<Job>& jobs, const GetOptions& options) {
  std::uint64_t missing = 0;
  for (const auto& job : jobs) missing += job.missing;
  if (options.yes || missing <= kLargeFetch) return {};
  return fail(ErrorCode::usage, fmt::format("{} would be fetched", hub::size_text(missing)), {},
              fmt::format("if that is meant, type: {}", with_yes(options)));
}

Status fetch_all(std::vector<Job>& jobs, const GetOptions& options, const hub::HubSettings& settings,
                 const std::stop_token& stop) {
  if (auto status = check_size(jobs, options); !status) return status;
  for (auto& job : jobs) {
    if (auto status = fetch_one(job, settings, stop); !status) return status;
    if (options.json) continue;
    print_line(fmt::format("{} is in {}", job.benchmark, job.snapshot.string()));
    print_line(fmt::format("  next   {}", check_command(job, options, job.snapshot)));
    std::cout << std::flush;
  }
  return {};
}

int get(const GetOptions& options) {
  const InterruptGuard interrupt;
  auto settings = hub::hub_settings();
  if (!options.cache.empty()) settings.cache = options.cache;
  auto jobs = plan_all(options, settings, interrupt.token());
  if (!jobs) return complain(jobs.error());
  if (!options.json) {
    for (const auto& job : *jobs) print_plan(job, settings, options.dry_run);
    std::cout << std::flush;
  }
  if (!options.dry_run) {
    if (auto status = fetch_all(*jobs, options, settings, interrupt.token()); !status) {
      if (status.error().code == ErrorCode::interrupted) {
        status.error().way_out = "the same command goes on where this one stopped";
      }
      return complain(status.error());
    }
  }
  if (options.json) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& job : *jobs) all.push_back(options.dry_run ? plan_to_json(job) : to_json(job));
    print_json(all);
  }
  return kDone;
}

}  // namespace

void add_data_get(CLI::App& data, Action& action) {
  auto* command = data.add_subcommand("get", "Fetch benchmarks from a hub into the Hugging Face cache");
  auto options = std::make_shared<GetOptions>();
  command
      ->add_option("benchmark", options->benchmarks, "Benchmarks (NAME or NAME:SPLIT), suites, or the path of a card")
      ->required();
  command->add_option("--form", options->form, "Form to fetch (default: the first that a hub has)");
  command->add_option("--split", options->split, "Only the files of this split (default: those that the card names)");
  command->add_option("--revision", options->revision, "Commit, branch or tag (default: the card's)");
  command->add_option("--cache", options->cache, "Folder to fetch into (default: $HF_HUB_CACHE or where that lies)");
  command->add_flag("--dry-run", options->dry_run, "Say what would be fetched, file by file");
  command->add_flag("--yes", options->yes, fmt::format("Fetch also more than {}", hub::size_text(kLargeFetch)));
  command->add_flag("--json", options->json, "One object (or a list of them) for programs");
  command->footer(
      "What is there is not fetched again, and what was interrupted goes on.\n"
      "HF_TOKEN, HF_ENDPOINT, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE count, and https_proxy.\n"
      "Example:\n  osler data get vqa-rad\n  osler data get liu2025 --dry-run");
  command->callback([&action, options] { action = [options] { return get(*options); }; });
}

}  // namespace osler::cli
