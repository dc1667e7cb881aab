#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <optional>

#include "osler/cli/common.h"
#include "osler/cli/counter.h"
#include "osler/cli/data_commands.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/check.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> benchmarks;
  std::string data;
  RowSetRequest rows;
  std::uint64_t max_megapixels = 100;
  bool without_training = false;
  bool json = false;
};

using Counts = std::map<std::string, std::uint64_t>;

nlohmann::ordered_json to_json(const std::vector<Problem>& problems) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& problem : problems) list.push_back({{"item", problem.item_id}, {"what", problem.what}});
  return list;
}

nlohmann::ordered_json to_json(const DataReport& report) {
  auto training = nlohmann::ordered_json::array();
  for (const auto& overlap : report.training) {
    training.push_back({{"row_set", overlap.row_set},
                        {"images", overlap.pictures},
                        {"shared", overlap.shared},
                        {"compared_pixels", overlap.compared_pixels}});
  }
  return {{"benchmark", report.benchmark},
          {"row_set", report.row_set},
          {"row_set_hash", report.row_set_hash},
          {"items", report.items},
          {"kinds", report.kinds},
          {"subsets", report.subsets},
          {"capabilities", report.capabilities},
          {"gold_letters", report.gold_letters},
          {"gold_yes_no", report.gold_yes_no},
          {"images", report.images},
          {"distinct_images", report.distinct_images},
          {"near_duplicates", report.near_duplicates},
          {"training", training},
          {"problems", to_json(report.problems)},
          {"remarks", to_json(report.remarks)}};
}

std::string counts_text(const Counts& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

/// "22 A, 29 B; B always: 56.9% right": what a model gets that looks at nothing.
std::string gold_text(const Counts& counts) {
  const auto most =
      std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return fmt::format("{}; who always says {} has {:.1f}% right", counts_text(counts), most->first,
                     100.0 * static_cast<double>(most->second) / static_cast<double>(total));
}

void print_list(const std::string& title, const std::vector<Problem>& problems) {
  if (problems.empty()) return;
  std::cout << fmt::format("  {} {}{}\n", problems.size(), title, problems.size() == 1 ? "" : "s");
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(kShown, problems.size()); ++i) {
    const auto& problem = problems[i];
    std::cout << "    "
              << printable_line(problem.item_id.empty() ? fmt::format("the row set {}", problem.what)
                                                        : fmt::format("item {}: {}", problem.item_id, problem.what))
              << '\n';
  }
  if (problems.size() > kShown) {
    std::cout << fmt::format("    and {} more; --json lists them all\n", problems.size() - kShown);
  }
}

void print_text(const DataReport& report, const std::string& licence) {
  std::cout << fmt::format("{}  ({})\n", report.row_set, licence);
  std::cout << fmt::format("  items    {} ({})\n", report.items, counts_text(report.kinds));
  if (!report.subsets.empty()) std::cout << fmt::format("  subsets  {}\n", counts_text(report.subsets));
  if (report.capabilities.size() > 1 || !report.capabilities.contains("unlabeled")) {
    std::cout << fmt::format("  labels   {}\n", counts_text(report.capabilities));
  }
  if (!report.gold_letters.empty()) std::cout << fmt::format("  letters  {}\n", gold_text(report.gold_letters));
  if (!report.gold_yes_no.empty()) std::cout << fmt::format("  yes/no   {}\n", gold_text(report.gold_yes_no));
  std::cout << fmt::format("  images   {} references, {} distinct pictures, {} pair{} of near-duplicates\n",
                           report.images, report.distinct_images, report.near_duplicates,
                           report.near_duplicates == 1 ? "" : "s");
  for (const auto& overlap : report.training) {
    std::cout << fmt::format("  train    {} of {} images are also in {}{}\n", overlap.shared, overlap.pictures,
                             overlap.row_set, overlap.compared_pixels ? "" : " (compared by name only)");
  }
  std::cout << fmt::format("  hash     {}\n", report.row_set_hash);
  print_list("remark", report.remarks);
  print_list("problem", report.problems);
  if (report.problems.empty()) std::cout << "  whole    every image decodes, every count is as the card says\n";
}

/// The card's training splits that are at hand in the same form.
std::vector<RowSet> training_of(const Card& card, const RowSet& rows, const DataPlaces& places) {
  std::vector<RowSet> training;
  for (const auto& split : card.training_splits) {
    if (split == rows.split) continue;
    auto loaded = load_row_set(card, {split, rows.form, {}, {}}, places);
    if (loaded) training.push_back(std::move(*loaded));
  }
  return training;
}

DataReport check_one(const Card& card, const RowSet& rows, const DataPlaces& places, const CheckOptions& options) {
  std::vector<RowSet> training;
  if (!options.without_training) training = training_of(card, rows, places);
  CheckSettings settings{{options.max_megapixels * 1'000'000}, {}, {}};
  for (const auto& split : training) settings.training.push_back(&split);
  std::optional<Counter> counter;
  std::string counted;
  settings.progress = [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
    if (!counter || counted != what) {
      if (counter) counter->finish();
      counter.emplace("checking the " + what, "images");
      counted = what;
    }
    counter->show(done, total);
  };
  auto report = check_data(card, rows, settings);
  if (counter) counter->finish();
  return report;
}

int check(const CheckOptions& options) {
  auto all = nlohmann::ordered_json::array();
  bool whole = true;
  const auto names = expand_row_set_names(options.benchmarks);
  if (!names) return complain(names.error());
  const auto places = data_places(options.data);
  for (const auto& name : *names) {
    const auto card = find_card(name.benchmark);
    if (!card) return complain(card.error());
    const auto request = request_for(name, options.rows);
    if (!request) return complain(request.error());
    const auto rows = load_row_set(*card, *request, places);
    if (!rows) return complain(rows.error());
    say_notes(*rows);
    const auto report = check_one(*card, *rows, places, options);
    whole = whole && report.problems.empty();
    if (options.json) {
      all.push_back(to_json(report));
    } else {
      print_text(report, rows->licence);
    }
  }
  if (options.json) {
    std::cout << (all.size() == 1 ? all.front() : all).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  }
  if (whole) return kDone;
  if (options.json) return kFailed;
  return complain({ErrorCode::malformed, "the data is not whole", {}, "the problems are listed above"});
}

}  // namespace

void add_data_check(CLI::App& data, Action& action) {
  auto* command =
      data.add_subcommand("check", "Count the items, decode every image, compare with the benchmark's card");
  auto options = std::make_shared<CheckOptions>();
  command
      ->add_option("benchmark", options->benchmarks,
                   "Row sets: BENCHMARK[:SPLIT][/SUBSET], a suite (liu2025), all, or the path of a card")
      ->required();
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_option("--max-megapixels", options->max_megapixels, "Refuse larger images")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--no-training", options->without_training, "Do not compare with the images of training splits");
  command->add_flag("--json", options->json, "One object (or a list of them) for programs");
  command->footer(
      "Exit status 1 when something is missing, undecodable or not as the card says.\n"
      "Example:\n  osler data check vqa-rad --data ~/data/vqa-rad --json");
  command->callback([&action, options] { action = [options] { return check(*options); }; });
}

}  // namespace osler::cli
