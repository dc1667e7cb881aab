#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/published/known_sizes.h"
#include "osler/published/table_file.h"
#include "osler/published/table_reader.h"
#include "osler/report/audit_report.h"
#include "osler/storage/files.h"

namespace osler::cli {
namespace {

struct AuditCommandOptions {
  std::string table;
  std::string sizes;
  std::vector<std::string> claims;
  std::vector<std::string> ignored;
  std::string scale = "auto";
  std::string format = "text";
  std::string output;
  std::uint64_t largest = audit::kSearchedItems;
  bool json = false;
  bool all = false;
};

/// What was given comes first: it stands beside, and before, what the cards know.
Result<std::vector<audit::KnownSize>> all_sizes(const AuditCommandOptions& options, const audit::Table& table) {
  std::vector<audit::KnownSize> sizes;
  if (!options.sizes.empty()) {
    auto text = read_file(options.sizes, std::uint64_t{1} << 20);
    if (!text) return pass(text);
    auto given = published::read_sizes(std::move(*text), options.sizes, table);
    if (!given) return pass(given);
    sizes = std::move(*given);
  }
  const auto known = published::sizes_of_cards(table);
  if (!known) return pass(known);
  sizes.insert(sizes.end(), known->begin(), known->end());
  return sizes;
}

Result<std::vector<audit::Claim>> all_claims(const AuditCommandOptions& options, std::vector<audit::Claim> claims) {
  for (const auto& text : options.claims) {
    auto claim = audit::parse_claim(text);
    if (!claim) return pass(claim);
    claims.push_back(std::move(*claim));
  }
  return claims;
}

Result<std::string> render(const AuditCommandOptions& options) {
  auto file = published::find_table(options.table);
  if (!file) return pass(file);
  published::ReadingOptions reading{.ignored = options.ignored};
  if (options.scale != "auto") reading.percent = options.scale == "percent";
  auto read = published::read_table(std::move(file->text), file->file, reading);
  if (!read) return pass(read);
  const auto sizes = all_sizes(options, read->table);
  if (!sizes) return pass(sizes);
  const auto claims = all_claims(options, std::move(file->source.claims));
  if (!claims) return pass(claims);
  const auto audit = audit::audit_table(std::move(read->table), *sizes, *claims, options.largest);
  if (!audit) return pass(audit);
  auto format = report::AuditFormat::text;
  if (options.format == "markdown") format = report::AuditFormat::markdown;
  if (options.json || options.format == "json") format = report::AuditFormat::json;
  return report::render_audit(format, *audit,
                              {.name = options.table,
                               .citation = file->source.citation,
                               .percent = read->percent,
                               .notes = read->notes,
                               .all = options.all});
}

int audit_published(const AuditCommandOptions& options) {
  const auto text = render(options);
  if (!text) return complain(text.error());
  return write_or_print(*text, options.output);
}

}  // namespace

void add_audit_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("audit", "Check whether a published table holds together");
  auto options = std::make_shared<AuditCommandOptions>();
  constexpr std::uint64_t kMostSearched = 1'000'000;
  command->add_option("table", options->table, "Table of accuracies (.csv, .tsv), or the name of one: liu2025")
      ->required();
  command->add_option("--n", options->sizes, "CSV of how many items: benchmark, n, perhaps stratum");
  command->add_option("--claim", options->claims, "What its text says: \"reasoning < understanding\"");
  command->add_option("--ignore", options->ignored, "Columns that are no accuracies")->delimiter(',');
  command->add_option("--scale", options->scale, "How values are written: auto, percent or fraction")
      ->check(CLI::IsMember({"auto", "percent", "fraction"}))
      ->capture_default_str();
  command->add_option("--largest-n", options->largest, "Numbers of items that are tried")
      ->check(CLI::Range(std::uint64_t{1}, kMostSearched))
      ->capture_default_str();
  command->add_option("-f,--format", options->format, "text, markdown or json")
      ->check(CLI::IsMember({"text", "markdown", "json"}))
      ->capture_default_str();
  command->add_flag("--json", options->json, "As --format json");
  command->add_flag("--all", options->all, "Every check, not only what fails");
  command->add_option("-o,--output", options->output, "File to write (default: standard output)");
  command->footer("Example:\n  osler audit liu2025\n  osler audit table.csv --n n.csv --claim \"A < B\" --json");
  command->callback([&action, options] { action = [options] { return audit_published(*options); }; });
}

}  // namespace osler::cli
