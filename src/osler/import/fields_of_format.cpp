#include "osler/import/fields_of_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

namespace osler {
namespace {

std::vector<std::string> letter_columns(const std::string& prefix) {
  std::vector<std::string> names;
  for (char letter = 'A'; letter <= 'Z'; ++letter) names.push_back(prefix + letter);
  return names;
}

RecordFields common() {
  RecordFields fields;
  fields.id = {"id", "qid", "question_id", "item_id", "index"};
  fields.response = {"response"};
  fields.question = {"question"};
  fields.prompt = {"prompt"};
  fields.options = {"options", "choices", "index2ans"};
  fields.option_columns = letter_columns("");
  fields.image = {"image_name", "img_name", "image_path", "image_file", "image", "images"};
  fields.kind = {"question_type", "answer_type", "kind"};
  fields.model = {"model", "model_name", "model_id"};
  fields.finish = {"finish_reason", "finish", "stop_reason"};
  return fields;
}

RecordFields of_table() {
  RecordFields fields = common();
  fields.id.insert(fields.id.end(), {"_key"});
  fields.response = {"response",         "prediction", "pred",       "model_response", "model_answer",
                     "generated_answer", "output",     "completion", "generation"};
  fields.uncertain_response = {"answer", "text"};
  fields.gold = {"gold", "gt", "gt_answer", "ground_truth", "target", "label", "answer"};
  return fields;
}

RecordFields of_samples() {
  RecordFields fields = common();
  fields.response = {"resps", "filtered_resps"};
  fields.id = {"doc.id", "doc.qid", "doc.question_id", "doc.item_id", "doc.index"};
  fields.question = {"doc.question"};
  fields.prompt = {"input", "input_text", "arguments"};
  fields.gold = {"target", "doc.answer"};
  fields.options = {"doc.options", "doc.choices"};
  fields.option_columns = letter_columns("doc.");
  fields.image = {"doc.image_name", "doc.img_name", "doc.image_path", "doc.image"};
  fields.kind = {"doc.question_type", "doc.answer_type"};
  return fields;
}

/// The fields that a user can name, and where the names go.
std::vector<std::string>* names_for(const std::string& key, RecordFields& fields) {
  const std::array<std::pair<std::string_view, std::vector<std::string>*>, 10> known = {{
      {"id", &fields.id},
      {"response", &fields.response},
      {"question", &fields.question},
      {"prompt", &fields.prompt},
      {"gold", &fields.gold},
      {"options", &fields.options},
      {"image", &fields.image},
      {"kind", &fields.kind},
      {"model", &fields.model},
      {"finish", &fields.finish},
  }};
  for (const auto& [name, names] : known) {
    if (name == key) return names;
  }
  return nullptr;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

}  // namespace

RecordFields fields_of_format(RecordFormat format) {
  RecordFields fields = common();
  switch (format) {
    case RecordFormat::table:
      return of_table();
    case RecordFormat::lmms_eval:
    case RecordFormat::lm_eval:
      return of_samples();
    case RecordFormat::medevalkit:
      fields.id = {"question_id", "id", "qid", "index"};
      fields.gold = {"answer", "gt_answer", "label"};
      fields.options = {"choices", "index2ans", "options"};
      break;
    case RecordFormat::vlmevalkit:
      fields.id = {"index"};
      fields.response = {"prediction"};
      fields.gold = {"answer"};
      break;
    case RecordFormat::mmmu:
      fields.id = {"id"};
      fields.gold = {"answer"};
      fields.options = {"index2ans", "options"};
      break;
    case RecordFormat::medxpertqa:
      fields.id = {"id"};
      fields.gold = {"label"};
      fields.options = {"options"};
      break;
  }
  return fields;
}

Status map_fields(const std::vector<std::string>& mapping, RecordFields& fields) {
  for (const auto& entry : mapping) {
    const auto cut = entry.find('=');
    const std::string key = entry.substr(0, cut);
    const std::string name = cut == std::string::npos ? std::string() : entry.substr(cut + 1);
    auto* names = names_for(key, fields);
    if (names == nullptr || name.empty()) {
      return fail(ErrorCode::usage, fmt::format("'{}' maps no field of a record to a column", entry), {},
                  "write FIELD=COLUMN with one of the fields id, response, question, prompt, gold, options, image, "
                  "kind, model, finish");
    }
    fields.required.push_back(name);
    if (key == "options" && name.find('+') != std::string::npos) {
      fields.required.back() = name.substr(0, name.find('+'));
      fields.options.clear();
      fields.option_columns = split(name, '+');
      continue;
    }
    if (key == "options") fields.option_columns.clear();
    if (key == "response") fields.uncertain_response.clear();
    *names = {name};
  }
  return {};
}

}  // namespace osler
