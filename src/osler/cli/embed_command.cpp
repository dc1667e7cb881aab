#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/cli/embed_flow.h"
#include "osler/cli/interrupt.h"
#include "osler/core/utf8.h"
#include "osler/storage/duckdb_columns.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

struct EmbedCommand : EmbedOptions {
  std::string benchmark;
  RowSetRequest rows;
  std::string data;
  std::string output;
  std::optional<std::uint64_t> limit;
  bool json = false;
};

Result<RowSet> load(const EmbedCommand& options) {
  auto rows = load_one_row_set(options.benchmark, options.rows, options.data);
  if (rows && options.limit && rows->items.size() > *options.limit) rows->items.resize(*options.limit);
  return rows;
}

/// Columns id, identity and d0, d1, ...: numbers of their own are what every reader of parquet takes.
Status write_vectors(const std::filesystem::path& file, const EmbeddedItems& embedded) {
  std::vector<ParquetColumn> columns;
  columns.push_back({"id", ColumnType::text, [&](ColumnCells& cells, std::size_t first, std::size_t count) {
                       for (std::size_t i = 0; i < count; ++i) cells.set(i, embedded.item_ids[first + i]);
                     }});
  columns.push_back({"identity", ColumnType::text,
                     [&](ColumnCells& cells, std::size_t, std::size_t) { cells.set_all(embedded.identity); }});
  for (std::size_t d = 0; d < embedded.dimensions; ++d) {
    columns.push_back(
        {fmt::format("d{}", d), ColumnType::single, [&, d](ColumnCells& cells, std::size_t first, std::size_t count) {
           for (std::size_t i = 0; i < count; ++i) {
             cells.set(i, embedded.values[(first + i) * embedded.dimensions + d]);
           }
         }});
  }
  return write_parquet(file, columns, embedded.item_ids.size());
}

void say_errors(const EmbeddedItems& embedded) {
  constexpr std::size_t kEnough = 5;
  for (std::size_t i = 0; i < std::min(kEnough, embedded.errors.size()); ++i) {
    note(printable_line(fmt::format("osler: item {}: {}", embedded.errors[i].first, embedded.errors[i].second)));
  }
  if (embedded.errors.size() > kEnough) note(fmt::format("osler: {} more", embedded.errors.size() - kEnough));
}

std::string summary(const EmbedCommand& options, const RowSet& rows, const EmbeddedItems& embedded) {
  if (options.json) {
    const Json out = {{"benchmark", rows.name()},          {"identity", embedded.identity},
                      {"dimensions", embedded.dimensions}, {"items", embedded.item_ids.size()},
                      {"cached", embedded.cached},         {"errors", embedded.errors.size()},
                      {"output", options.output}};
    return dump_json(out) + "\n";
  }
  return fmt::format("{}: {} vectors of {} numbers ({} from the cache), {} errors\n{}\n{}\n", rows.name(),
                     embedded.item_ids.size(), embedded.dimensions, embedded.cached, embedded.errors.size(),
                     embedded.identity, options.output);
}

int embed(const EmbedCommand& options) {
  const InterruptGuard interrupt;
  const auto rows = load(options);
  if (!rows) return complain(rows.error());
  const auto embedder = open_embedder(options, interrupt.token());
  if (!embedder) return complain(embedder.error());
  const auto embedded = embed_items(**embedder, rows->items, options, interrupt.token());
  if (!embedded) return complain(embedded.error());
  say_errors(*embedded);
  if (auto status = write_vectors(options.output, *embedded); !status) {
    Error error = status.error();
    error.where.file = options.output;
    return complain(error);
  }
  std::cout << summary(options, *rows, *embedded);
  return embedded->errors.empty() ? kDone : kFailed;
}

}  // namespace

void add_embed_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("embed", "Make a vector of every item of a benchmark, by a model");
  auto options = std::make_shared<EmbedCommand>();
  command
      ->add_option("-m,--model", options->model,
                   "A model: path.gguf, hf:ORG/NAME[:QUANT], a model card's name, or openai:NAME as a server has it")
      ->required();
  command
      ->add_option("-b,--benchmark", options->benchmark,
                   "A row set: BENCHMARK[:SPLIT][/SUBSET], or the path of a benchmark's card")
      ->required();
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("-o,--output", options->output, "Parquet file: id, identity, then a column for each number")
      ->required();
  command->add_option("-n,--limit", options->limit, "Only the first N items")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000}));
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_flag("--json", options->json, "One object for programs");
  add_embed_options(*command, *options);
  command->footer(
      "A vector of length 1 for each question with its options and pictures (docs/embeddings.md).\n"
      "Example:\n"
      "  osler embed --model gme-Qwen2-VL-2B-Instruct-Q8_0.gguf --benchmark medxpertqa --output medxpertqa.parquet");
  command->callback([&action, options] { action = [options] { return embed(*options); }; });
}

}  // namespace osler::cli
