#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iostream>
#include <memory>
#include <unordered_map>

#include "osler/capability/labels.h"
#include "osler/capability/sampling.h"
#include "osler/cli/capability_commands.h"
#include "osler/cli/capability_flow.h"
#include "osler/cli/capability_labels.h"
#include "osler/cli/common.h"

namespace osler::cli {
namespace {

struct SampleOptions {
  CapabilityItems items;
  std::string labels;
  std::size_t n = 200;
  std::uint64_t seed = 1;
  std::string output;
};

/// A field of RFC 4180. A text that a spreadsheet would run as a formula gets a blank in front.
std::string csv_field(const std::string& text) {
  const bool formula = !text.empty() && std::string_view("=+-@").find(text.front()) != std::string_view::npos;
  std::string field = formula ? "\" " : "\"";
  for (const char c : text) field += c == '"' ? std::string("\"\"") : std::string(1, c);
  return field + '"';
}

std::string csv_line(const capability::SampledItem& drawn, const Item& item) {
  std::vector<std::string> images;
  for (const auto& image : item.images) images.push_back(image.key);
  // The id must come back as it is: no blank in front of it.
  std::string id = "\"";
  for (const char c : item.id) id += c == '"' ? std::string("\"\"") : std::string(1, c);
  return fmt::format("{}\",{},{},,{},{},{}\n", id, drawn.stratum, drawn.stratum_items, csv_field(item.question),
                     csv_field(fmt::format("{}", fmt::join(item.options, "; "))),
                     csv_field(fmt::format("{}", fmt::join(images, "; "))));
}

int sample(const SampleOptions& options) {
  const auto rows = load_capability_items(options.items);
  if (!rows) return complain(rows.error());
  const auto labels = find_labels(options.labels, rows->label());
  if (!labels) return complain(labels.error());
  if (auto status = capability::check_texts(*labels, rows->items); !status) return complain(status.error());
  std::unordered_map<std::string_view, const Item*> items;
  for (const auto& item : rows->items) items.emplace(item.id, &item);
  const auto drawn = capability::draw_sample(*labels, options.n, options.seed);
  std::string text = "item,stratum,stratum_items,label,question,options,images\n";
  std::size_t written = 0;
  for (const auto& one : drawn) {
    const auto found = items.find(one.id);
    if (found == items.end()) continue;
    text += csv_line(one, *found->second);
    ++written;
  }
  if (written == 0) {
    return complain({ErrorCode::unsupported,
                     fmt::format("no item of {} was labelled by a classifier", rows->name()),
                     {options.labels},
                     "there is nothing to check where the benchmark or people have labelled everything"});
  }
  if (options.output.empty()) {
    std::cout << text;
  } else if (auto status = write_output(options.output, text); !status) {
    return complain(status.error());
  }
  note(fmt::format("osler: {} items drawn with --seed {}; write understanding or reasoning into the column label",
                   written, options.seed));
  return kDone;
}

}  // namespace

void add_capability_sample(CLI::App& capability, Action& action) {
  auto* command = capability.add_subcommand("sample", "Draw items for people to label, to see how a classifier errs");
  auto options = std::make_shared<SampleOptions>();
  add_capability_items(*command, options->items);
  command->add_option("-l,--labels", options->labels, "What 'osler capability label' wrote: its folder or a file")
      ->required();
  command->add_option("-n,--n", options->n, "How many")->capture_default_str()->check(CLI::Range(1, 1'000'000));
  add_seed_option(*command, options->seed, "Draws the same items again")->capture_default_str();
  command->add_option("-o,--output", options->output, "CSV file to write (default: standard output)");
  command->footer(
      "The file does not say what was predicted. 'osler capability label --human FILE' takes it back.\n"
      "Example:\n"
      "  osler capability sample --benchmark slake --data ~/data --labels labels -n 200 --output to-label.csv");
  command->callback([&action, options] { action = [options] { return sample(*options); }; });
}

}  // namespace osler::cli
