#include "osler/storage/response_json.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cmath>
#include <limits>
#include <vector>

#include "osler/core/base64.h"
#include "osler/core/utf8.h"
#include "osler/storage/json_reader.h"

namespace osler {
namespace {

/// OpenSSL's decoder passes over white space and takes '=' anywhere; a journal has neither.
bool is_base64(std::string_view text) {
  if (text.size() % 4 != 0) return false;
  if (text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return text.find_first_not_of(kDigits) == std::string_view::npos && text.size() % 4 != 1;
}

std::optional<std::string> bytes_of(std::string_view base64) {
  if (!is_base64(base64)) return std::nullopt;
  std::string out(base64.size() / 4 * 3 + 1, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(base64.data()), static_cast<int>(base64.size()));
  if (size < 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < base64.size() && base64[base64.size() - 1 - padding] == '=') ++padding;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string text_field(const Json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// A value for a sentence: 'eos', or 5 as it stands.
std::string quoted(const Json& value) {
  return value.is_string() ? "'" + value.get<std::string>() + "'" : dump_json(value);
}

std::uint64_t count_field(const Json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

double number_field(const Json& value, const char* key) {
  const auto found = value.find(key);
  return found != value.end() && found->is_number() ? found->get<double>() : 0.0;
}

/// JSON has no number for what is not finite: it is null, or left out.
constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

Json option_scores_to_json(const std::vector<OptionScore>& scores) {
  Json list = Json::array();
  for (const auto& score : scores) {
    list.push_back({{"letter", score.letter_logprob},
                    {"text", score.text_logprob},
                    {"text_tokens", score.text_tokens},
                    {"unconditional", score.unconditional_logprob}});
  }
  return list;
}

Json letter_marks_to_json(const std::vector<LetterMark>& marks) {
  Json list = Json::array();
  for (const auto& mark : marks) list.push_back({{"at", mark.at}, {"logprob", mark.logprob}});
  return list;
}

/// A number, null or nothing; false for anything else.
bool read_logprob(const Json& object, const char* key, double& into) {
  into = kNoNumber;
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) return true;
  if (found->is_number()) into = found->get<double>();
  return found->is_number();
}

bool read_option_score(const Json& value, OptionScore& into) {
  if (!value.is_object()) return false;
  into.text_tokens = count_field(value, "text_tokens");
  return read_logprob(value, "letter", into.letter_logprob) && read_logprob(value, "text", into.text_logprob) &&
         read_logprob(value, "unconditional", into.unconditional_logprob);
}

bool read_letter_mark(const Json& value, LetterMark& into) {
  if (!value.is_object() || !value.contains("at") || !value["at"].is_number_unsigned()) return false;
  into.at = value["at"].get<std::uint64_t>();
  return read_logprob(value, "logprob", into.logprob);
}

/// The list under a key, empty where there is none; false if it is no list of what `read_one` reads.
template <class Entry>
bool read_list(const Json& object, const char* key, bool (*read_one)(const Json&, Entry&), std::vector<Entry>& into) {
  const auto list = object.find(key);
  if (list == object.end()) return true;
  if (!list->is_array()) return false;
  for (const auto& value : *list) {
    if (!read_one(value, into.emplace_back())) return false;
  }
  return true;
}

/// Reads lines as response_to_json writes them.
class ResponseLine {
 public:
  explicit ResponseLine(std::string_view line) : reader_(line) {}

  /// False if only parse_json can tell what the line is.
  bool read(Response& response) {
    response.finish = FinishReason::stop;
    for (auto* text :
         {&response.first_reply, &response.reasoning, &response.error, &response.prompt_hash, &response.image_cluster})
      text->clear();
    response.prompt_tokens = response.image_tokens = response.completion_tokens = 0;
    response.prefill_ms = response.decode_ms = 0.0;
    response.cached = false;
    response.option_scores.clear();
    response.letter_marks.clear();
    const auto member = [&](std::string_view key) { return read_member(key, response); };
    return reader_.object(member) && reader_.end() && has(kId) && has(kText);
  }

 private:
  enum Field : unsigned {
    kId,
    kText,
    kFinish,
    kError,
    kPrompt,
    kCluster,
    kPromptTokens,
    kImages,
    kTokens,
    kPrefill,
    kDecode,
    kOptionScores,
    kLetterMarks,
    kReasoning,
    kCached
  };

  bool has(Field field) const { return (seen_ & (1U << field)) != 0; }
  /// False if the key stands a second time.
  bool is_new(Field field) { return !has(field) && ((seen_ |= 1U << field) != 0); }

  bool read_member(std::string_view key, Response& response) {
    if (key == "id") return is_new(kId) && reader_.string(response.item_id);
    if (key == "text") return is_new(kText) && reader_.string(response.text);
    if (key == "finish") return is_new(kFinish) && read_finish(response.finish);
    if (key == "error") return is_new(kError) && reader_.string(response.error);
    if (key == "prompt_hash") return is_new(kPrompt) && reader_.string(response.prompt_hash);
    if (key == "image_cluster") return is_new(kCluster) && reader_.string(response.image_cluster);
    if (key == "prompt_tokens") return is_new(kPromptTokens) && reader_.whole(response.prompt_tokens);
    if (key == "image_tokens") return is_new(kImages) && reader_.whole(response.image_tokens);
    if (key == "completion_tokens") return is_new(kTokens) && reader_.whole(response.completion_tokens);
    if (key == "prefill_ms") return is_new(kPrefill) && reader_.number(response.prefill_ms);
    if (key == "decode_ms") return is_new(kDecode) && reader_.number(response.decode_ms);
    if (key == "option_scores") return is_new(kOptionScores) && read_option_scores(response.option_scores);
    if (key == "letter_marks") return is_new(kLetterMarks) && read_letter_marks(response.letter_marks);
    if (key == "reasoning") return is_new(kReasoning) && reader_.string(response.reasoning);
    if (key == "cached") return is_new(kCached) && reader_.boolean(response.cached);
    return false;
  }

  /// All four, in the order in which they are written; that rules out a key that stands twice.
  bool read_option_scores(std::vector<OptionScore>& scores) {
    return reader_.array([&] {
      OptionScore& score = scores.emplace_back();
      std::size_t next = 0;
      const auto member = [&](std::string_view key) {
        switch (next++) {
          case 0:
            return key == "letter" && reader_.number(score.letter_logprob);
          case 1:
            return key == "text" && reader_.number(score.text_logprob);
          case 2:
            return key == "text_tokens" && reader_.whole(score.text_tokens);
          case 3:
            return key == "unconditional" && reader_.number(score.unconditional_logprob);
          default:
            return false;
        }
      };
      return reader_.object(member) && next == 4;
    });
  }

  bool read_letter_marks(std::vector<LetterMark>& marks) {
    return reader_.array([&] {
      LetterMark& mark = marks.emplace_back();
      std::size_t next = 0;
      const auto member = [&](std::string_view key) {
        switch (next++) {
          case 0:
            return key == "at" && reader_.whole(mark.at);
          case 1:
            return key == "logprob" && reader_.number(mark.logprob);
          default:
            return false;
        }
      };
      return reader_.object(member) && next == 2;
    });
  }

  bool read_finish(FinishReason& finish) {
    if (!reader_.string(word_)) return false;
    const auto reason = finish_reason_from(word_);
    finish = reason.value_or(FinishReason::stop);
    return reason.has_value();
  }

  JsonReader reader_;
  std::string word_;
  unsigned seen_ = 0;  ///< One bit for each Field.
};

}  // namespace

double journal_ms(double milliseconds) { return std::round(milliseconds * 1000.0) / 1000.0; }

Json response_to_json(const Response& response) {
  Json value = {{"id", response.item_id},
                {"text", response.text},
                {"finish", name_of(response.finish)},
                {"prompt_hash", response.prompt_hash},
                {"image_cluster", response.image_cluster},
                {"prompt_tokens", response.prompt_tokens},
                {"image_tokens", response.image_tokens},
                {"completion_tokens", response.completion_tokens},
                {"prefill_ms", journal_ms(response.prefill_ms)},
                {"decode_ms", journal_ms(response.decode_ms)}};
  if (!is_utf8(response.text)) {
    std::string exact;
    append_base64(exact, response.text);
    value["text_base64"] = std::move(exact);
  }
  if (!response.first_reply.empty()) value["first_reply"] = response.first_reply;
  if (!response.reasoning.empty()) value["reasoning"] = response.reasoning;
  if (!response.option_scores.empty()) value["option_scores"] = option_scores_to_json(response.option_scores);
  if (!response.letter_marks.empty()) value["letter_marks"] = letter_marks_to_json(response.letter_marks);
  if (response.finish == FinishReason::error) value["error"] = response.error;
  if (response.cached) value["cached"] = true;
  return value;
}

Result<Response> response_from_json(const Json& value, const Place& place) {
  Response response;
  const auto id = value.find("id");
  if (id == value.end() || !(id->is_string() || id->is_number_integer())) {
    return fail(ErrorCode::malformed, "a response has no 'id'", place, "every line needs the id of its item");
  }
  response.item_id = id->is_string() ? id->get<std::string>() : id->dump();
  response.error = text_field(value, "error");
  const auto finish = value.find("finish");
  const auto reason = finish == value.end() ? FinishReason::stop
                      : finish->is_string() ? finish_reason_from(finish->get<std::string>())
                                            : std::optional<FinishReason>();
  if (!reason) {
    return fail(ErrorCode::malformed, fmt::format("a response has the unknown finish reason {}", quoted(*finish)),
                place, "known: stop, length, error");
  }
  response.text = text_field(value, "text");
  const auto exact = value.find("text_base64");
  if (exact != value.end()) {
    const auto bytes = exact->is_string() ? bytes_of(exact->get<std::string>()) : std::nullopt;
    if (!bytes) {
      return fail(ErrorCode::malformed, "a response has a 'text_base64' that is not base64", place,
                  "mend the line or leave the field out");
    }
    response.text = *bytes;
  } else if (const auto text = value.find("text");
             (text == value.end() || !text->is_string()) && *reason != FinishReason::error) {
    return fail(ErrorCode::malformed, "a response has no 'text'", place, "every line needs the response as text");
  }
  response.first_reply = text_field(value, "first_reply");
  response.reasoning = text_field(value, "reasoning");
  response.finish = *reason;
  response.prompt_hash = text_field(value, "prompt_hash");
  response.image_cluster = text_field(value, "image_cluster");
  response.prompt_tokens = count_field(value, "prompt_tokens");
  response.image_tokens = count_field(value, "image_tokens");
  response.completion_tokens = count_field(value, "completion_tokens");
  response.prefill_ms = number_field(value, "prefill_ms");
  response.decode_ms = number_field(value, "decode_ms");
  if (const auto cached = value.find("cached"); cached != value.end()) response.cached = *cached == Json(true);
  if (!read_list(value, "option_scores", read_option_score, response.option_scores)) {
    return fail(ErrorCode::malformed, "a response has 'option_scores' that are no list of scores", place,
                "for example: [{\"letter\": -0.1, \"text\": -3.5, \"text_tokens\": 4, \"unconditional\": -9.2}]");
  }
  if (!read_list(value, "letter_marks", read_letter_mark, response.letter_marks)) {
    return fail(ErrorCode::malformed, "a response has 'letter_marks' that are no list of marks", place,
                "for example: [{\"at\": 12, \"logprob\": -0.1}]");
  }
  return response;
}

Status read_response_line(std::string_view line, const Place& place, Response& response) {
  if (ResponseLine(line).read(response)) return {};
  const auto value = parse_json(line, place);
  if (!value) return pass(value);
  auto read = response_from_json(*value, place);
  if (!read) return pass(read);
  response = std::move(*read);
  return {};
}

}  // namespace osler
