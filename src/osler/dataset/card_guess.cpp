#include "osler/dataset/card_guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/dataset/card_guesser.h"
#include "osler/dataset/fields.h"
#include "osler/dataset/image_folders.h"
#include "osler/dataset/text.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

std::string of_rows(std::uint64_t count, std::size_t all) { return fmt::format("{} of {} records", count, all); }

}  // namespace

std::string plain_name(std::string_view column) {
  std::string plain;
  for (const char c : to_lower(column)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) plain += c;
  }
  return plain;
}

Result<CardGuess> CardGuesser::guess() {
  form().format = sample_.format;
  form().name = sample_.format;
  // Pictures before options: both may be lists.
  guess_images();
  if (auto status = guess_question(); !status) return pass(status);
  guess_options();
  if (auto status = guess_answer(); !status) return pass(status);
  guess_kinds();
  guess_splits();
  guess_capability();
  guess_id();
  guess_strata();
  return std::move(guess_);
}

std::vector<const ColumnFacts*> CardGuesser::named(std::initializer_list<std::string_view> names) const {
  std::vector<const ColumnFacts*> found;
  for (const auto name : names) {
    for (const auto& facts : sample_.columns) {
      if (facts.in_first_record && facts.filled > 0 && !is_taken(facts) && plain_name(facts.name) == name) {
        found.push_back(&facts);
      }
    }
  }
  return found;
}

std::string CardGuesser::column_names() const {
  constexpr std::size_t kEnough = 20;
  std::vector<std::string> names;
  for (const auto& facts : sample_.columns) {
    if (names.size() < kEnough) names.push_back(facts.name);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

void CardGuesser::read_as_literal(const ColumnFacts& facts) {
  if (facts.json_literals + facts.python_literals == 0) return;
  form().literals[facts.name] = facts.python_literals > 0 ? Literal::python : Literal::json;
}

Status CardGuesser::guess_question() {
  const auto candidates = named(
      {"question", "questions", "query", "questiontext", "prompt", "problem", "text", "instruction", "input", "frage"});
  const ColumnFacts* best = candidates.empty() ? nullptr : candidates.front();
  guess_.reasons["question"] = "its name";
  if (best == nullptr) {
    for (const auto& facts : sample_.columns) {
      const bool asks = std::any_of(facts.values.begin(), facts.values.end(),
                                    [](const auto& value) { return value.first.ends_with('?'); });
      if (facts.in_first_record && !is_taken(facts) && asks) best = best == nullptr ? &facts : best;
    }
    guess_.reasons["question"] = "the question marks in it";
  }
  if (best == nullptr) {
    return fail(ErrorCode::unsupported, "has no column that looks like a question", {file_.string()},
                fmt::format("it has: {}; write a card without --from and name the columns", column_names()));
  }
  form().question.column = best->name;
  take(best->name);
  return {};
}

void CardGuesser::guess_images() {
  const auto collect = [this](std::uint64_t ColumnFacts::*count) {
    for (const auto& facts : sample_.columns) {
      if (!facts.in_first_record || !facts.mostly(facts.*count)) continue;
      form().images.columns.push_back(facts.name);
      read_as_literal(facts);
    }
    return !form().images.columns.empty();
  };
  if (sample_.format == "parquet" && collect(&ColumnFacts::embedded)) {
    guess_.reasons["images"] = "the pictures in this column";
  } else if (sample_.format != "parquet" && collect(&ColumnFacts::base64)) {
    form().images.base64 = true;
    guess_.reasons["images"] = "what looks like pictures in base64";
    form().literals.clear();  // Such cells are read as they are.
  } else if (collect(&ColumnFacts::picture_names)) {
    guess_.reasons["images"] = "names of picture files";
    guess_image_folders();
  } else if (const auto by_name = named({"image", "images", "img", "imagename", "imageid", "imagepath", "imgname",
                                         "picture", "figure", "file", "filename"});
             !by_name.empty()) {
    form().images.columns = {by_name.front()->name};
    guess_.reasons["images"] = "its name";
    guess_image_folders();
  } else {
    guess_.notes.emplace_back("no column looks like images: the questions will be asked without any");
  }
  for (const auto& column : form().images.columns) take(column);
}

void CardGuesser::guess_image_folders() {
  constexpr std::size_t kEnough = 20;
  std::vector<std::string> names;
  for (auto fields : sample_.rows) {
    static_cast<void>(read_literals(form(), fields));
    for (const auto& column : form().images.columns) {
      const Json* cell = field_of(fields, column);
      if (cell == nullptr) continue;
      const auto found = picture_file_name(cell->is_array() && !cell->empty() ? cell->front() : *cell);
      std::string name(trim(found.value_or("")));
      if (!name.empty() && names.size() < kEnough) names.push_back(std::move(name));
    }
  }
  const auto found = find_image_folders(file_, names);
  form().images.folders = found.folders;
  form().images.extension = found.extension;
  guess_.reasons["images"] += fmt::format("; {} of {} that were looked for are there", found.found, found.looked_for);
  if (found.found < found.looked_for) {
    guess_.notes.push_back(
        fmt::format("{} of {} images that were looked for are not beside the data file: name their "
                    "folder in 'folders'",
                    found.looked_for - found.found, found.looked_for));
  }
  if (std::any_of(names.begin(), names.end(), [](const auto& name) { return to_lower(name).ends_with(".dcm"); })) {
    guess_.notes.emplace_back("the images are DICOM files, which Osler does not read yet: convert them to PNG");
  }
}

bool CardGuesser::take_option_column(const ColumnFacts& facts) {
  if (is_taken(facts) || facts.option_lists == 0 || !facts.mostly(facts.option_lists)) return false;
  form().options.columns = {facts.name};
  read_as_literal(facts);
  guess_.reasons["options"] = fmt::format("lists in {}", of_rows(facts.option_lists, sample_.rows.size()));
  take(facts.name);
  return true;
}

void CardGuesser::guess_options() {
  for (const auto* facts : named({"options", "choices", "candidates", "answers", "option", "choice"})) {
    if (take_option_column(*facts)) return;
  }
  guess_option_columns();
  if (form().options.any()) return;
  for (const auto& facts : sample_.columns) {
    options_by_shape_ = take_option_column(facts);
    if (options_by_shape_) return;
  }
}

/// A, B, C; option_A, option_B; Choice A; opa, opb; option1, option2, ...
void CardGuesser::guess_option_columns() {
  for (const std::string prefix : {"", "option", "choice", "opt", "op", "answer"}) {
    for (const char first : {'a', '1', '0'}) {
      if (first != 'a' && prefix.empty()) continue;
      std::vector<std::string> columns;
      for (char letter = first; letter < first + 10; ++letter) {
        const auto found = std::find_if(sample_.columns.begin(), sample_.columns.end(), [&](const ColumnFacts& facts) {
          return plain_name(facts.name) == prefix + letter && facts.filled > 0 && !is_taken(facts);
        });
        if (found == sample_.columns.end()) break;
        columns.push_back(found->name);
      }
      if (columns.size() < 2) continue;
      form().options.columns = columns;
      guess_.reasons["options"] = "their names";
      for (const auto& column : columns) take(column);
      return;
    }
  }
}

void CardGuesser::ask(const std::string& answer_column) {
  asked_.clear();
  for (const auto& row : sample_.rows) {
    Json fields = row;
    static_cast<void>(read_literals(form(), fields));
    Asked asked{&row, choices_of(form().options, fields, {}), {}, false};
    const Json* cell = field_of(fields, answer_column);
    const bool wrapped = cell != nullptr && cell->is_array() && cell->size() == 1;
    if (cell != nullptr) asked.answer = collapse_space(text_of_value(wrapped ? cell->front() : *cell));
    const std::string folded = to_lower(asked.answer);
    asked.yes_no = folded == "yes" || folded == "no";
    asked_.push_back(std::move(asked));
  }
}

Status CardGuesser::guess_answer() {
  const auto candidates =
      named({"answer",  "gold",     "goldanswer",  "correctanswer", "answertext",  "groundtruth", "gtanswer",
             "gt",      "label",    "answerlabel", "answeridx",     "answerindex", "target",      "correctoption",
             "correct", "solution", "output",      "response",      "reference",   "antwort"});
  if (candidates.empty()) {
    return fail(ErrorCode::unsupported, "has no column that looks like an answer", {file_.string()},
                fmt::format("it has: {}; write a card without --from and name the columns", column_names()));
  }
  const std::size_t all = sample_.rows.size();
  std::uint64_t most = 0;
  for (const auto* facts : candidates) {
    ask(facts->name);
    std::uint64_t letters = 0;
    std::uint64_t texts = 0;
    for (const auto& asked : asked_) {
      if (choice_by_letter(asked.answer, asked.choices)) ++letters;
      if (!asked.answer.empty() && choice_by_text(asked.answer, asked.choices)) ++texts;
    }
    if (!form().answer.column.empty() && std::max(letters, texts) <= most) continue;
    most = std::max(letters, texts);
    form().answer.column = facts->name;
    form().answer.form = letters > texts ? AnswerForm::letter : AnswerForm::text;
    guess_.reasons["answer"] = "its name";
    if (letters > texts) guess_.reasons["answer"] += "; a letter of an option in " + of_rows(letters, all);
    if (texts > 0 && texts >= letters) guess_.reasons["answer"] += "; repeats an option in " + of_rows(texts, all);
  }
  take(form().answer.column);
  ask(form().answer.column);
  const auto offered = static_cast<std::uint64_t>(
      std::count_if(asked_.begin(), asked_.end(), [](const Asked& asked) { return asked.choices.size() >= 2; }));
  if (options_by_shape_ && 2 * most < offered) {
    // Lists of something else.
    taken_.erase(form().options.columns.front());
    form().literals.erase(form().options.columns.front());
    form().options = {};
    guess_.reasons["answer"] = "its name";
    ask(form().answer.column);
    return {};
  }
  const auto letters = std::count_if(asked_.begin(), asked_.end(), [](const Asked& asked) {
    return asked.answer.size() == 1 && asked.answer >= "A" && asked.answer <= "Z";
  });
  if (offered == 0 && 2 * static_cast<std::size_t>(letters) > asked_.size()) {
    guess_.notes.emplace_back("the answers are letters, but no columns look like options: name them in 'options'");
  }
  if (most < offered) {
    guess_.notes.push_back(
        fmt::format("{} of {} answers are neither the letter nor the text of an option", offered - most, offered));
  }
  return {};
}

Result<CardGuess> guess_card(const DataSample& sample, const fs::path& file) {
  return CardGuesser(sample, file).guess();
}

}  // namespace osler
