#include <fmt/format.h>

#include <iostream>
#include <memory>

#include "osler/cli/common.h"
#include "osler/cli/data_commands.h"
#include "osler/core/utf8.h"
#include "osler/dataset/card.h"
#include "osler/dataset/card_draft.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string file;
  std::string from;
  std::string name;
};

/// A card is known by its ending, and one that is there was perhaps written by hand.
Status check_target(const fs::path& file) {
  const auto extension = file.extension();
  if (extension != ".yaml" && extension != ".yml") {
    return fail(ErrorCode::usage, fmt::format("'{}' is no name for a card", file.string()), {},
                "let it end in .yaml or .yml");
  }
  std::error_code problem;
  if (fs::symlink_status(file, problem).type() != fs::file_type::not_found) {
    return fail(ErrorCode::usage, "is there already, and is not written over", {file.string()},
                "name another file, or remove this one");
  }
  return {};
}

Result<CardDraft> make_draft(const InitOptions& options, const std::string& name) {
  if (!options.from.empty()) return draft_card(options.from, name);
  return CardDraft{card_template(name), {}};
}

int init(const InitOptions& options) {
  const fs::path file = !options.file.empty()  ? fs::path(options.file)
                        : options.name.empty() ? fs::path("my-benchmark.yaml")
                                               : fs::path(options.name + ".yaml");
  if (!options.name.empty() && options.name != card_name(options.name)) {
    return complain({ErrorCode::usage,
                     fmt::format("'{}' cannot be a benchmark's name", options.name),
                     {},
                     "use letters, digits, '-', '_' and '.'"});
  }
  if (auto status = check_target(file); !status) return complain(status.error());
  const auto draft = make_draft(options, options.name.empty() ? card_name(file.stem().string()) : options.name);
  if (!draft) return complain(draft.error());
  if (const auto card = parse_card(draft->text, file.string()); !card) return complain(card.error());
  if (auto status = write_file_atomically(file, draft->text); !status) return complain(status.error());
  for (const auto& text : draft->notes) note("osler: " + printable_line(text));
  std::string folder = "DIR";
  if (!options.from.empty()) {
    folder = fs::path(options.from).parent_path().string();
    if (folder.empty()) folder = ".";
  }
  std::cout << printable_line(fmt::format("{} is written. Next, when you have read it:", file.string())) << '\n'
            << printable_line(fmt::format("  osler data check {} --data {}", file.string(), folder)) << '\n';
  return kDone;
}

}  // namespace

void add_data_init(CLI::App& data, Action& action) {
  auto* command = data.add_subcommand("init", "Write a card to start from, for a benchmark of your own");
  auto options = std::make_shared<InitOptions>();
  command->add_option("file", options->file, "The card to write (default: my-benchmark.yaml); never written over");
  command->add_option("--from", options->from,
                      "Data file to guess the card from (.parquet, .json, .jsonl, .csv, .tsv); without it a template");
  command->add_option("--name", options->name, "The benchmark's name (default: the card's, without its ending)");
  command->footer(
      "Every guess says what it is guessed from. The data file is only read.\n"
      "Examples:\n"
      "  osler data init ward.yaml --from ward/items.csv\n"
      "  osler data init my-benchmark.yaml");
  command->callback([&action, options] { action = [options] { return init(*options); }; });
}

}  // namespace osler::cli
