#include <fmt/format.h>

#include <iostream>
#include <memory>
#include <unordered_map>

#include "osler/capability/labels.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/common.h"

namespace osler::cli {
namespace {

struct SampleOptions : CapabilityOptions {
  std::string labels;
  std::size_t n = 100;
};

std::string csv_cell(const std::string& text) {
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

int sample(const SampleOptions& options) {
  const auto labels = capability::read_labels(options.labels);
  if (!labels) return complain(labels.error());
  const auto rows = load_items(options);
  if (!rows) return complain(rows.error());
  if (rows->hash() != labels->row_set_hash) {
    return complain({ErrorCode::mismatch,
                     fmt::format("the labels are of {}, which is not {} as it is here", labels->row_set, rows->name()),
                     {options.labels},
                     "run osler capability label anew"});
  }
  std::unordered_map<std::string, const Item*> items;
  for (const auto& item : rows->items) items.emplace(item.id, &item);
  // Neither prediction nor probability: they would lead whoever labels.
  std::cout << "item,label,stratum,weight,question\n";
  for (const auto& drawn : capability::draw_sample(*labels, options.n, options.seed)) {
    const std::string& id = labels->item_ids[drawn.index];
    const auto found = items.find(id);
    const std::string question = found == items.end() ? std::string() : embedding_text(*found->second);
    std::cout << fmt::format("{},,{},{},{}\n", csv_cell(id), drawn.stratum + 1, drawn.weight, csv_cell(question));
  }
  return kDone;
}

}  // namespace

void add_capability_sample(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("sample", "Draw items for people to label, by strata, as CSV");
  auto options = std::make_shared<SampleOptions>();
  add_item_options(*command, *options);
  command->add_option("-l,--labels", options->labels, "What 'osler capability label' wrote (.parquet)")->required();
  command->add_option("-n,--items", options->n, "How many")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}));
  command->add_option("--seed", options->seed, "Draws the same items again")->capture_default_str();
  command->footer(
      "Fill in understanding or reasoning, and give the file to 'osler capability label --human'.\n"
      "Example:\n  osler capability sample --benchmark vqa-rad --labels labels/vqa-rad.parquet > sample.csv");
  command->callback([&action, options] { action = [options] { return sample(*options); }; });
}

}  // namespace osler::cli
