#include "osler/cli/import_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "osler/cli/common.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/import/fields_of_format.h"
#include "osler/import/guess.h"
#include "osler/import/own_items.h"
#include "osler/import/record_files.h"
#include "osler/import/records.h"
#include "osler/prompt/protocol.h"
#include "osler/run/import_run.h"
#include "osler/run/runner.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShown = 5;

std::string_view protocol_of(RecordFormat format) {
  switch (format) {
    case RecordFormat::medevalkit:
      return "medevalkit";
    case RecordFormat::vlmevalkit:
      return "vlmevalkit";
    case RecordFormat::mmmu:
      return "mmmu-official";
    case RecordFormat::medxpertqa:
      return "medxpertqa-official";
    case RecordFormat::lmms_eval:
    case RecordFormat::lm_eval:
    case RecordFormat::table:
      break;
  }
  return "lenient";
}

/// The items that the records are matched to.
struct Questions {
  RowSet rows;
  std::string card_hash;
  bool own = false;
};

/// A name that tables and folders can have.
Status check_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (std::all_of(name.begin(), name.end(), fits) && !name.starts_with('.')) return {};
  return fail(ErrorCode::usage, fmt::format("'{}' is no name for a benchmark", printable_line(name)), {},
              "use letters, digits, '-', '_' and '.'");
}

Result<Questions> own_questions(const ImportOptions& options, const RowSetRequest& request, const std::string& name,
                                std::vector<Record>& records, const std::vector<fs::path>& files) {
  if (!request.subset.empty() || request.capability || !request.form.empty()) {
    return fail(ErrorCode::usage, "the records do not say to which form, subset or capability an item belongs", {},
                "leave these out, or give the benchmark's data with --data");
  }
  if (auto status = check_name(name); !status) return pass(status);
  auto rows = items_of_records(records, name, request.split, files);
  if (!rows) return pass(rows);
  const std::string where = files.size() == 1 ? files.front().string()
                                              : fmt::format("{} and {} more", files.front().string(), files.size() - 1);
  note(
      printable_line(fmt::format("osler: {}: questions and gold answers are taken from {}",
                                 options.own_items ? name + " as recorded" : name + " is not on this machine", where)));
  return Questions{std::move(*rows), {}, true};
}

/// The benchmark's items; or what the records say themselves, if that was asked for or the benchmark is not here.
Result<Questions> find_questions(const ImportOptions& options, std::vector<Record>& records,
                                 const std::vector<fs::path>& files) {
  const auto request = request_for(options.benchmark, options.rows);
  if (!request) return pass(request);
  const auto card = find_card(options.benchmark.benchmark);
  if (options.own_items) {
    return own_questions(options, *request, card ? card->name : options.benchmark.benchmark, records, files);
  }
  if (!card) {
    Error error = card.error();
    error.way_out += "; --own-items takes questions and gold answers from the records, under any name";
    return tl::unexpected<Error>(std::move(error));
  }
  auto rows = load_row_set(*card, *request, data_places(options.data));
  if (rows) {
    say_notes(*rows);
    return Questions{std::move(*rows), card->hash, false};
  }
  if (rows.error().code != ErrorCode::not_found) return pass(rows);
  auto own = own_questions(options, *request, card->name, records, files);
  if (own) return own;
  // Neither way is open: what was looked for first is what the user can mend.
  Error error = rows.error();
  error.way_out += fmt::format("; the records alone will not do: {}", own.error().message());
  return tl::unexpected<Error>(std::move(error));
}

/// Questions, and which record answers which.
struct Matched {
  Questions questions;
  Matching matching;
  std::string row_set_hash;  ///< Before options were put into the order in which they were asked.
};

/// The other forms of a benchmark that are here, where the user did not choose one.
std::vector<std::string> other_forms(const ImportOptions& options, const Questions& questions) {
  std::vector<std::string> names;
  const auto card = find_card(options.benchmark.benchmark);
  if (questions.own || !options.rows.form.empty() || !card) return names;
  const auto found = list_row_sets(*card, questions.rows.split, data_places(options.data));
  if (!found) return names;
  for (const auto& row_set : *found) {
    const std::string& name = row_set.form->name;
    if (name != questions.rows.form && std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

/// Copies of a benchmark number its items differently: where no record answers an item of the form that would be taken,
/// those of the other forms are tried.
Result<Matched> match_questions(const ImportOptions& options, std::vector<Record>& records,
                                const std::vector<fs::path>& files) {
  auto questions = find_questions(options, records, files);
  if (!questions) return pass(questions);
  std::string hash = questions->rows.hash();
  auto matching = match_records(records, questions->rows.items);
  if (matching) return Matched{std::move(*questions), std::move(*matching), std::move(hash)};
  if (matching.error().code != ErrorCode::mismatch) return pass(matching);
  for (const auto& form : other_forms(options, *questions)) {
    ImportOptions with_form = options;
    with_form.rows.form = form;
    auto others = find_questions(with_form, records, files);
    if (!others) continue;
    hash = others->rows.hash();
    auto found = match_records(records, others->rows.items);
    if (!found) continue;
    note(fmt::format("osler: no record answers an item of the form '{}'; those of the form '{}' are taken",
                     questions->rows.form, form));
    return Matched{std::move(*others), std::move(*found), std::move(hash)};
  }
  return pass(matching);
}

void say_list(const std::string& what, const std::vector<std::string>& names, const fs::path& folder) {
  if (names.empty()) return;
  const auto shown = std::min(kShown, names.size());
  note(printable_line(fmt::format("osler: {}:", what)));
  for (std::size_t i = 0; i < shown; ++i) note("  " + printable_line(names[i]));
  if (names.size() > shown) {
    note(printable_line(
        fmt::format("  and {} more; see {}", names.size() - shown, (folder / "unmatched.jsonl").string())));
  }
}

void say_matching(const ImportSpec& spec) {
  const Matching& matching = spec.matching;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < matching.unmatched.size() && i < kShown; ++i) {
    const Record& record = spec.records[matching.unmatched[i].record];
    constexpr std::size_t kEnough = 80;
    const std::string id = record.id.empty() ? std::string() : fmt::format(" ('{}')", record.id.substr(0, kEnough));
    names.push_back(fmt::format("{}{}: {}", record.place.text(), id, matching.unmatched[i].why));
  }
  names.resize(matching.unmatched.size());
  say_list(fmt::format("{} records belong to no item", matching.unmatched.size()), names, spec.folder);
  names.clear();
  for (const auto item : matching.unanswered) names.push_back(spec.rows.items[item].id);
  say_list(fmt::format("{} items have no response", matching.unanswered.size()), names, spec.folder);
  if (matching.reordered > 0) {
    note(fmt::format("osler: {} items were asked with their options in another order; they stand so in items.jsonl",
                     matching.reordered));
  }
  if (matching.repeated > 0) note(fmt::format("osler: {} records repeat another one", matching.repeated));
  std::vector<std::string> ways;
  constexpr std::pair<MatchedBy, const char*> kWays[] = {
      {MatchedBy::id, "id"}, {MatchedBy::question, "question"}, {MatchedBy::position, "position"}};
  for (const auto& [by, name] : kWays) {
    if (const auto count = matching.count(by); count > 0) ways.push_back(fmt::format("{} matched by {}", count, name));
  }
  note(fmt::format("{} records: {}, {} unmatched; {} of {} items have a response", spec.records.size(),
                   fmt::join(ways, ", "), matching.unmatched.size(), matching.matches.size(), spec.rows.items.size()));
}

/// Everything that can be wrong before something is written.
Result<ImportSpec> prepare(const ImportOptions& options, RecordFormat format, bool& own_items) {
  ImportSpec spec;
  RecordFields fields = fields_of_format(format);
  if (auto status = map_fields(options.mapping, fields); !status) return pass(status);
  auto rules = find_protocol(options.protocol.empty() ? std::string(protocol_of(format)) : options.protocol);
  if (!rules) return pass(rules);
  if (rules->likelihood) {
    return fail(ErrorCode::usage,
                fmt::format("the protocol '{}' needs scores of the options, and what is imported is text", rules->name),
                {}, "name a protocol that reads what a model writes with --protocol");
  }
  auto files = record_files(options.paths, format);
  if (!files) return pass(files);
  auto records = read_records(*files, format, fields);
  if (!records) return pass(records);
  auto matched = match_questions(options, *records, *files);
  if (!matched) return pass(matched);
  own_items = matched->questions.own;
  spec.row_set_hash = matched->row_set_hash;
  spec.model = printable_line(options.model.empty() ? default_model(*records, *files, format) : options.model);
  spec.rows = std::move(matched->questions.rows);
  spec.card_hash = std::move(matched->questions.card_hash);
  spec.records = std::move(*records);
  spec.matching = std::move(matched->matching);
  spec.format = name_of(format);
  spec.files = std::move(*files);
  spec.mapping = options.mapping;
  spec.rules = protocol_for(std::move(*rules), spec.rows.label());
  spec.folder = run_folder(options.out, folder_of_model(spec.model), spec.rows, spec.rules.name);
  spec.image_limits.max_pixels = options.max_megapixels * 1'000'000;
  return spec;
}

}  // namespace

Result<ImportTotals> import_responses(const ImportOptions& options) {
  auto format = options.format ? Result<RecordFormat>(*options.format) : guess_format(options.paths.front());
  if (!format) return pass(format);
  if (!options.format) note(fmt::format("osler: the format is {}", name_of(*format)));
  ImportTotals totals;
  auto spec = prepare(options, *format, totals.own_items);
  if (!spec) return pass(spec);
  const auto grader = make_grader(spec->rules);
  if (!grader) return pass(grader);
  note(printable_line(fmt::format("{} on {}, graded by {}: {} records into {}", spec->model, spec->rows.name(),
                                  spec->rules.name, spec->records.size(), spec->folder.string())));
  const auto graded = write_import(*spec, *grader);
  if (!graded) return pass(graded);
  say_matching(*spec);
  totals.folder = spec->folder;
  totals.model = spec->model;
  totals.benchmark = spec->rows.label();
  totals.row_set = spec->rows.name();
  totals.protocol = spec->rules.name;
  totals.format = *format;
  totals.records = spec->records.size();
  totals.items = spec->rows.items.size();
  totals.matching = std::move(spec->matching);
  return totals;
}

}  // namespace osler::cli
