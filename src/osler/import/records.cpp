#include "osler/import/records.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "osler/dataset/fields.h"
#include "osler/dataset/text.h"
#include "osler/import/record_rows.h"
#include "osler/import/recorded_options.h"

namespace osler {
namespace {

constexpr std::size_t kMostRecords = 5'000'000;

/// The first of the fields that is there and not null.
const Json* first_of(const Json& row, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const Json* value = field_of(row, name);
    if (value != nullptr && !value->is_null()) return value;
  }
  return nullptr;
}

std::string first_text(const Json& row, const std::vector<std::string>& names) {
  const Json* value = first_of(row, names);
  return value == nullptr ? std::string() : text_of_value(*value);
}

bool is_samples(RecordFormat format) { return format == RecordFormat::lmms_eval || format == RecordFormat::lm_eval; }

/// All texts in nested lists; false if there is anything else in them.
bool collect_texts(const Json& value, std::vector<std::string>& texts) {
  if (value.is_string()) {
    texts.push_back(value.get<std::string>());
    return true;
  }
  if (!value.is_array()) return false;
  return std::all_of(value.begin(), value.end(), [&texts](const Json& part) { return collect_texts(part, texts); });
}

tl::unexpected<Error> no_text(const Place& place) {
  return fail(ErrorCode::unsupported, "holds log-likelihoods, not a response", place,
              "import a task in which the model writes its answer (generate_until)");
}

/// The one response in the lists in which lm-eval and lmms-eval keep them.
Result<std::string> response_in_lists(const Json& value, const Place& place) {
  std::vector<std::string> texts;
  if (!collect_texts(value, texts)) return no_text(place);
  if (texts.empty()) return fail(ErrorCode::malformed, "has an empty list in the place of its response", place);
  // [["-4.2", "False"]] for every option: a log-likelihood and whether it is the greedy choice.
  const auto is_flag = [](const std::string& text) { return text == "True" || text == "False"; };
  if (texts.size() > 1 && std::any_of(texts.begin(), texts.end(), is_flag)) return no_text(place);
  if (std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return text != texts.front(); })) {
    return fail(ErrorCode::unsupported, fmt::format("holds {} different responses to one question", texts.size()),
                place, "record one response for each (repeats: 1), or pick one");
  }
  return texts.front();
}

/// The last message of a list of {"role", "content"}, if it is the model's; content may be a list of {"type": "text",
/// "text"}. A message of the user at the end was not answered: what the model said before is no answer to it.
std::optional<std::string> last_reply(const Json& messages) {
  if (messages.empty()) return std::nullopt;
  const Json& message = messages.back();
  if (!message.is_object() || text_of(message, "role") != "assistant") return std::nullopt;
  const auto content = message.find("content");
  if (content == message.end()) return std::nullopt;
  if (content->is_string()) return content->get<std::string>();
  if (!content->is_array()) return std::nullopt;
  std::string text;
  for (const auto& part : *content) {
    if (part.is_object() && text_of(part, "type") == "text") text += text_of(part, "text");
  }
  return text;
}

/// Fields that say nothing about question or gold answer.
bool tells_nothing(const std::string& name, const RecordFields& fields) {
  constexpr const char* kOthers[] = {"answer_id", "metadata", "shortuuid", "latency", "tokens"};
  const auto in = [&name](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return in(fields.id) || in(fields.prompt) || in(fields.model) || in(fields.finish) ||
         std::find(std::begin(kOthers), std::end(kOthers), name) != std::end(kOthers);
}

/// Where the response stands, or why that is not certain.
Result<std::string> response_field(const Json& row, const RecordFields& fields, const Place& place) {
  for (const auto& name : fields.response) {
    if (field_of(row, name) != nullptr) return name;
  }
  std::string meant;
  bool certain = true;
  for (const auto& [name, value] : row.items()) {
    const auto& uncertain = fields.uncertain_response;
    if (std::find(uncertain.begin(), uncertain.end(), name) != uncertain.end()) {
      certain = certain && meant.empty();
      meant = name;
    } else {
      certain = certain && tells_nothing(name, fields);
    }
  }
  if (meant.empty()) {
    return fail(ErrorCode::malformed, fmt::format("has no response (looked for: {})", fmt::join(fields.response, ", ")),
                place, "name its column with --map response=COLUMN, or choose another --format");
  }
  if (certain) return meant;
  return fail(ErrorCode::malformed,
              fmt::format("has a column '{}', which may be the gold answer or the question", meant), place,
              fmt::format("if it is the model's response, say so with --map response={}", meant));
}

/// `name` is response_field()'s, which two turns do not need.
Status read_response(const Json& row, RecordFormat format, const Result<std::string>& name, Record& record) {
  if (format == RecordFormat::medxpertqa) {
    // Of two turns the second one answers; `prediction_rationale` is the first.
    const Json* messages = field_of(row, "messages");
    if (messages != nullptr && messages->is_array()) {
      record.response = last_reply(*messages);
      return {};
    }
  }
  if (!name) return pass(name);
  const Json& value = *field_of(row, *name);
  if (value.is_null()) return {};
  if (is_samples(format)) {
    auto text = response_in_lists(value, record.place);
    if (!text) return pass(text);
    record.response = std::move(*text);
    return {};
  }
  if (value.is_structured()) {
    return fail(ErrorCode::malformed,
                fmt::format("has a list or an object in '{}' in the place of its response", *name), record.place,
                "name the column with the response with --map response=COLUMN");
  }
  record.response = text_of_value(value);
  return {};
}

/// Ids that tables of numbers make of 11: 11.0.
std::string id_text(const Json& value) {
  std::string text(trim(text_of_value(value)));
  if (text.size() > 2 && text.ends_with(".0")) {
    const auto whole = std::string_view(text).substr(0, text.size() - 2);
    if (std::all_of(whole.begin(), whole.end(), [](char c) { return c >= '0' && c <= '9'; })) text.resize(whole.size());
  }
  return text;
}

/// lmms-eval leaves the question out of its newer files, but its tasks often repeat the id in what they score.
std::string id_in_scores(const Json& row) {
  std::string id;
  for (const auto& [name, value] : row.items()) {
    if (name == "doc" || !value.is_object()) continue;
    const Json* found = first_of(value, {"id", "qid", "question_id"});
    if (found == nullptr || found->is_structured()) continue;
    const std::string here = id_text(*found);
    if (!id.empty() && here != id) return {};
    id = here;
  }
  return id;
}

/// The first text in nested lists and objects: of a request, what was asked.
std::string first_text_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_structured()) return {};
  for (const auto& part : value) {
    std::string text = first_text_in(part);
    if (!text.empty()) return text;
  }
  return {};
}

/// MedEvalKit keeps only the prompt of PMC-VQA: "Question: ... Options: ... Answer with ...".
std::string question_in_prompt(std::string_view prompt) {
  constexpr std::string_view kBegin = "Question: ";
  const auto begin = prompt.find(kBegin);
  const auto end = prompt.rfind("\nOptions:");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin + kBegin.size()) return {};
  return std::string(prompt.substr(begin + kBegin.size(), end - begin - kBegin.size()));
}

bool is_picture_name(std::string_view name) {
  constexpr std::size_t kLongest = 1000;
  constexpr std::string_view kEndings[] = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".dcm"};
  const std::string lower = to_lower(name.substr(0, kLongest));
  return name.size() < kLongest && std::any_of(std::begin(kEndings), std::end(kEndings),
                                               [&lower](std::string_view ending) { return lower.ends_with(ending); });
}

std::vector<std::string> image_names(const Json& value) {
  std::vector<std::string> names;
  const auto add = [&names](const Json& part) {
    auto name = picture_file_name(part);
    if (name && is_picture_name(*name)) names.push_back(std::move(*name));
  };
  if (value.is_array()) {
    for (const auto& part : value) add(part);
  } else {
    add(value);
  }
  return names;
}

std::vector<std::string> options_of(const Json& row, const RecordFields& fields) {
  const Json* cell = first_of(row, fields.options);
  auto options = cell == nullptr ? std::vector<std::string>() : recorded_options(*cell);
  if (!options.empty()) return options;
  for (const auto& name : fields.option_columns) options.emplace_back(trim(text_of(row, name)));
  while (!options.empty() && options.back().empty()) options.pop_back();
  return without_letters(std::move(options));
}

std::optional<Kind> kind_of(const std::string& word) {
  const std::string name = to_lower(trim(word));
  if (name == "multiple-choice" || name == "multiple_choice" || name == "mcq") return Kind::mcq;
  if (name == "yes_no" || name == "yes/no" || name == "judgement") return Kind::yes_no;
  if (name == "open" || name == "short-answer") return Kind::open;
  return std::nullopt;
}

/// A letter or a text; MedXpertQA's evaluator wraps the letter in a list.
std::string gold_text(const Json* gold) {
  if (gold == nullptr) return {};
  const bool wrapped = gold->is_array() && gold->size() == 1;
  return std::string(trim(text_of_value(wrapped ? gold->front() : *gold)));
}

FinishReason finish_of(const std::string& word) {
  const std::string reason = to_lower(word);
  return reason == "length" || reason.starts_with("max_") ? FinishReason::length : FinishReason::stop;
}

}  // namespace

Result<Record> record_of_row(const Json& row, RecordFormat format, const RecordFields& fields, const Place& place) {
  for (const auto& name : fields.required) {
    if (field_of(row, name) == nullptr) {
      return fail(ErrorCode::malformed, fmt::format("has no column '{}'", name), place, "mend the --map");
    }
  }
  Record record;
  record.place = place;
  const auto response = response_field(row, fields, place);
  if (auto status = read_response(row, format, response, record); !status) return pass(status);
  const Json* id = first_of(row, fields.id);
  if (id != nullptr && !id->is_structured()) record.id = id_text(*id);
  record.question = trim(first_text(row, fields.question));
  const Json* prompt = first_of(row, fields.prompt);
  if (prompt != nullptr) record.prompt = first_text_in(*prompt);
  if (format == RecordFormat::medevalkit && record.question.empty())
    record.question = question_in_prompt(record.prompt);
  // Of a column that is taken for the response nothing else can be read.
  std::vector<std::string> gold = fields.gold;
  if (response) std::erase(gold, *response);
  record.gold = gold_text(first_of(row, gold));
  record.options = options_of(row, fields);
  if (const Json* image = first_of(row, fields.image)) record.images = image_names(*image);
  record.kind = kind_of(first_text(row, fields.kind));
  record.model = trim(first_text(row, fields.model));
  record.finish = finish_of(first_text(row, fields.finish));
  if (is_samples(format)) {
    if (record.id.empty()) record.id = id_in_scores(row);
    const Json* position = field_of(row, "doc_id");
    if (position != nullptr && position->is_number_unsigned()) record.position = position->get<std::uint64_t>();
  }
  return record;
}

Result<std::vector<Record>> read_records(const std::vector<std::filesystem::path>& files, RecordFormat format,
                                         const RecordFields& fields) {
  std::vector<Record> records;
  for (const auto& file : files) {
    const std::size_t before = records.size();
    const auto status = for_each_record_row(file, [&](Json&& row, const Place& place) -> Status {
      if (records.size() >= kMostRecords) {
        return fail(ErrorCode::limit, fmt::format("is one record more than the {} that are read", kMostRecords), place,
                    "import the files one by one");
      }
      auto record = record_of_row(row, format, fields, place);
      if (!record) return pass(record);
      records.push_back(std::move(*record));
      return {};
    });
    if (!status) return pass(status);
    if (records.size() == before) {
      return fail(ErrorCode::malformed, "holds no record", {file.string()}, "give a file with responses in it");
    }
  }
  return records;
}

}  // namespace osler
