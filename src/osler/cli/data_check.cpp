#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

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
  bool json = false;
};

nlohmann::ordered_json to_json(const DataReport& report) {
  auto problems = nlohmann::ordered_json::array();
  for (const auto& problem : report.problems) problems.push_back({{"item", problem.item_id}, {"what", problem.what}});
  return {{"benchmark", report.benchmark},
          {"row_set", report.row_set},
          {"row_set_hash", report.row_set_hash},
          {"items", report.items},
          {"kinds", report.kinds},
          {"subsets", report.subsets},
          {"capabilities", report.capabilities},
          {"gold_letters", report.gold_letters},
          {"images", report.images},
          {"distinct_images", report.distinct_images},
          {"problems", problems}};
}

std::string counts_text(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name);
  return text;
}

void print_text(const DataReport& report, const std::string& licence) {
  std::cout << fmt::format("{}  ({})\n", report.row_set, licence);
  std::cout << fmt::format("  items    {} ({})\n", report.items, counts_text(report.kinds));
  if (!report.subsets.empty()) std::cout << fmt::format("  subsets  {}\n", counts_text(report.subsets));
  if (!report.gold_letters.empty()) std::cout << fmt::format("  gold     {}\n", counts_text(report.gold_letters));
  std::cout << fmt::format("  images   {} references, {} distinct pictures\n", report.images, report.distinct_images);
  std::cout << fmt::format("  hash     {}\n", report.row_set_hash);
  if (report.problems.empty()) {
    std::cout << "  whole    every image decodes, every count is as the card says\n";
    return;
  }
  std::cout << fmt::format("  {} problem{}\n", report.problems.size(), report.problems.size() == 1 ? "" : "s");
  constexpr std::size_t kShown = 20;
  for (std::size_t i = 0; i < std::min(kShown, report.problems.size()); ++i) {
    const auto& problem = report.problems[i];
    std::cout << "    "
              << printable_line(problem.item_id.empty() ? fmt::format("the row set {}", problem.what)
                                                        : fmt::format("item {}: {}", problem.item_id, problem.what))
              << '\n';
  }
  if (report.problems.size() > kShown) {
    std::cout << fmt::format("    and {} more; --json lists them all\n", report.problems.size() - kShown);
  }
}

int check(const CheckOptions& options) {
  auto all = nlohmann::ordered_json::array();
  bool whole = true;
  const auto names = expand_row_set_names(options.benchmarks);
  if (!names) return complain(names.error());
  for (const auto& name : *names) {
    const auto card = find_card(name.benchmark);
    if (!card) return complain(card.error());
    const auto request = request_for(name, options.rows);
    if (!request) return complain(request.error());
    const auto rows = load_row_set(*card, *request, data_places(options.data));
    if (!rows) return complain(rows.error());
    for (const auto& text : rows->notes) note("osler: " + text);
    Counter counter("checking " + rows->name(), "items");
    const auto report = check_data(*card, *rows, {options.max_megapixels * 1'000'000},
                                   [&counter](std::uint64_t done, std::uint64_t total) { counter.show(done, total); });
    counter.finish();
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
  command->add_option("benchmark", options->benchmarks, "Benchmarks by name, or the path of a card")->required();
  command->add_option("-d,--data", options->data, "Folder that holds the benchmark (default: $OSLER_DATA)");
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_option("--max-megapixels", options->max_megapixels, "Refuse larger images")
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--json", options->json, "One object (or a list of them) for programs");
  command->footer(
      "Exit status 1 when something is missing, undecodable or not as the card says.\n"
      "Example:\n  osler data check vqa-rad --data ~/data/vqa-rad --json");
  command->callback([&action, options] { action = [options] { return check(*options); }; });
}

}  // namespace osler::cli
