#include "osler/dataset/card_draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "osler/core/utf8.h"
#include "osler/dataset/card_guess.h"
#include "osler/dataset/data_sample.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// A scalar as YAML: bare where nobody could take it for something else.
std::string quoted(const std::string& text) {
  constexpr std::array<std::string_view, 9> kWords{"yes", "no", "true", "false", "on", "off", "null", "y", "n"};
  const std::string lower = to_lower(text);
  const bool bare = !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
  }) && std::find(kWords.begin(), kWords.end(), lower) == kWords.end();
  return bare ? text : dump_json(text);
}

std::string list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const auto& text : texts) out += (out.size() > 1 ? ", " : "") + quoted(text);
  return out + "]";
}

std::string condition(const Match& match) {
  return fmt::format("{{column: {}, in: {}}}", quoted(match.column), list(match.values));
}

/// Writes a guessed form line by line.
class Writer {
 public:
  explicit Writer(const CardGuess& guess) : guess_(guess) {}

  [[nodiscard]] std::string form(const std::string& file_pattern, std::uint64_t items) {
    const Form& form = guess_.form;
    add("  - name: " + form.name);
    add("    format: " + form.format, "the file's name");
    add_files(file_pattern);
    if (!form.literals.empty()) add_literals();
    if (reason("id").empty()) {
      add("    id: " + quoted(form.id), "no column fits: this changes when records are put in or taken out", "");
    } else {
      add("    id: " + quoted(form.id), reason("id"));
    }
    add("    question: " + quoted(form.question.column), reason("question"));
    add(fmt::format("    answer: {{column: {}{}}}", quoted(form.answer.column),
                    form.answer.form == AnswerForm::letter ? ", is: letter" : ""),
        reason("answer"));
    if (form.options.any()) add_options();
    if (!form.images.columns.empty()) add_images();
    add("    kinds:", reason("kinds"));
    for (const auto& rule : form.kinds) {
      add(fmt::format("      - {{kind: {}{}}}", name_of(rule.kind),
                      rule.when ? ", when: " + condition(*rule.when) : std::string()));
    }
    add_strata();
    if (!form.capability_column.empty()) {
      add(fmt::format("    capability: {{column: {}, understanding: [understanding], reasoning: [reasoning]}}",
                      quoted(form.capability_column)),
          reason("capability"));
    }
    // Of a file with several splits the number of the test's is not known here.
    if (items > 0 && form.split_rows.empty()) {
      add(fmt::format("    expect: {{test: {{items: {}}}}}", items),
          "the number of records; 'osler data check' compares", "");
    }
    return std::move(text_);
  }

 private:
  [[nodiscard]] std::string reason(const std::string& key) const {
    const auto found = guess_.reasons.find(key);
    return found == guess_.reasons.end() ? std::string() : found->second;
  }

  void add(const std::string& line, const std::string& comment = {}, const std::string& before = "guessed from ") {
    text_ += line;
    if (!comment.empty()) text_ += "  # " + before + printable_line(comment);
    text_ += '\n';
  }

  void add_files(const std::string& pattern) {
    const Form& form = guess_.form;
    if (form.split_rows.empty()) {
      add(fmt::format("    files: {{test: {}}}", list({pattern})));
      return;
    }
    add("    files:");
    for (const auto& [split, match] : form.split_rows) add(fmt::format("      {}: {}", split, list({pattern})));
    add("    splits:", reason("splits"));
    for (const auto& [split, match] : form.split_rows) add(fmt::format("      {}: {}", split, condition(match)));
  }

  void add_literals() {
    add("    literals:", "texts that spell a list");
    for (const auto& [column, literal] : guess_.form.literals) {
      add(fmt::format("      {}: {}", quoted(column), literal == Literal::json ? "json" : "python"));
    }
  }

  void add_options() {
    const OptionColumns& options = guess_.form.options;
    add(options.strip_letters ? fmt::format("    options: {{columns: {}, strip_letters: true}}", list(options.columns))
                              : "    options: " + list(options.columns),
        reason("options"));
  }

  void add_images() {
    const ImageColumns& images = guess_.form.images;
    std::string line = "    images: {columns: " + list(images.columns);
    if (!images.folders.empty()) line += ", folders: " + list(images.folders);
    if (!images.extension.empty()) line += ", extension: " + quoted(images.extension);
    if (images.base64) line += ", base64: true";
    add(line + "}", reason("images"));
  }

  void add_strata() {
    if (guess_.form.strata.empty()) return;
    add("    strata:", reason("strata"));
    for (const auto& [name, stratum] : guess_.form.strata) {
      add(fmt::format("      {}: {}", quoted(name), quoted(stratum.columns.front())));
    }
  }

  const CardGuess& guess_;
  std::string text_;
};

/// A file's name as a pattern that matches it.
std::string pattern_of(const fs::path& file) {
  std::string pattern = file.filename().string();
  for (char& c : pattern) {
    if (c == '{' || c == '}') c = '*';
  }
  return pattern;
}

}  // namespace

std::string card_name(const std::string& text) {
  std::string name = text;
  for (char& c : name) {
    if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '.' && c != '-') c = '-';
  }
  if (name.starts_with('.')) name.front() = '-';
  return name.empty() ? "my-benchmark" : name;
}

Result<CardDraft> draft_card(const fs::path& data_file, const std::string& name) {
  const auto sample = sample_data(data_file);
  if (!sample) return pass(sample);
  auto guess = guess_card(*sample, data_file);
  if (!guess) return pass(guess);
  CardDraft draft;
  draft.text = fmt::format(
      "# A card: how the records of a data file become questions. All keys: docs/your-own-benchmark.md\n"
      "# Guessed from {}{}: look at every line that says so.\n"
      "name: {}\n"
      "title: {}\n"
      "licence: internal use only  # who may use the data\n"
      "default_protocol: paper  # how it is asked and graded\n"
      "default_split: test\n\n"
      "forms:\n",
      sample->whole ? "" : fmt::format("the first {} records of ", sample->rows.size()),
      printable_line(data_file.filename().string()), quoted(name), quoted(name));
  draft.text += Writer(*guess).form(pattern_of(data_file), sample->whole ? sample->rows.size() : 0);
  draft.notes = std::move(guess->notes);
  return draft;
}

}  // namespace osler
