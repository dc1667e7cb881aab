#include "osler/prompt/judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/prompt/decoding.h"
#include "osler/storage/files.h"
#include "osler/storage/shipped.h"
#include "osler/storage/yaml.h"

namespace osler {
namespace {

constexpr ShippedKind kJudges{"judges/", "judge", "one of your own"};

constexpr std::array<std::string_view, 4> kFields{"{question}", "{gold}", "{synonyms}", "{answer}"};
constexpr std::uint64_t kLongestAnswer = 1'000'000;

bool has_line(std::string_view pattern, std::string_view wanted) {
  bool found = false;
  const auto status = for_each_line(pattern, [&](const TextLine& line) -> Status {
    found = found || line.text == wanted;
    return {};
  });
  return status && found;
}

void check_pattern(YamlMap& map, const std::string& pattern) {
  if (!is_utf8(pattern)) map.complain("template", "the template is not UTF-8");
  for (const auto field : kFields) {
    const bool alone = has_line(pattern, field);
    const bool needed = field != "{synonyms}";
    if (!alone && (needed || pattern.find(field) != std::string::npos)) {
      map.complain("template", fmt::format("the template has no line that is only {}", field),
                   "the field becomes quoted lines, so it needs a line of its own");
    }
  }
}

/// The bytes of well-formed UTF-8 as they are, others as "?".
std::string well_formed(std::string_view text) {
  if (is_utf8(text)) return std::string(text);
  constexpr std::size_t kLongestSequence = 4;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 1;
    while (length <= kLongestSequence && !is_utf8(text.substr(at, length))) ++length;
    if (length > kLongestSequence) {
      out += '?';
      ++at;
    } else {
      out += text.substr(at, length);
      at += text.substr(at, length).size();
    }
  }
  return out;
}

/// All that a model may take for the end of a line as "\n".
std::string with_plain_line_ends(std::string_view text) {
  constexpr std::array<std::string_view, 7> kSeparators{"\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029"};
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto rest = text.substr(at);
    const auto found =
        std::ranges::find_if(kSeparators, [rest](auto separator) { return rest.starts_with(separator); });
    out += found == kSeparators.end() ? rest.front() : '\n';
    at += found == kSeparators.end() ? 1 : found->size();
  }
  return out;
}

void quote(std::string_view field, std::string& out) {
  const std::string text = printable_text(with_plain_line_ends(well_formed(field)));
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += "> " + text.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
}

}  // namespace

Result<Judge> parse_judge(const std::string& text, const std::string& file) {
  auto parsed = YamlMap::parse(text, file);
  if (!parsed) return pass(parsed);
  YamlMap& map = *parsed;
  map.allow_only({"name", "title", "template", "decoding", "max_answer_bytes", "extraction"});
  Judge judge;
  judge.name = map.name("name");
  judge.title = map.text_or("title", judge.name);
  judge.pattern = map.text("template");
  check_pattern(map, judge.pattern);
  parse_decoding(map, judge.decoding);
  judge.max_answer_bytes = map.count_or("max_answer_bytes", judge.max_answer_bytes);
  if (judge.max_answer_bytes < 1 || judge.max_answer_bytes > kLongestAnswer) {
    map.complain("max_answer_bytes", fmt::format("'max_answer_bytes' must be from 1 to {}", kLongestAnswer));
  }
  YamlMap extraction = map.child("extraction");
  extraction.allow_only({"source", "rules"});
  judge.extraction.source = extraction.text("source");
  judge.extraction.rules = extraction.texts("rules");
  judge.extraction.open_match = "words";
  judge.text = text;
  judge.hash = sha256_hex(text);
  if (auto status = map.status(); !status) return pass(status);
  return judge;
}

Result<Judge> find_judge(const std::string& name_or_path) {
  const auto found = find_shipped(kJudges, name_or_path);
  if (!found) return pass(found);
  return parse_judge(found->text, found->file);
}

std::string make_judge_prompt(const Judge& judge, const JudgeCase& about) {
  std::string prompt;
  const auto status = for_each_line(judge.pattern, [&](const TextLine& line) -> Status {
    if (line.text == "{question}") {
      quote(about.question, prompt);
    } else if (line.text == "{gold}") {
      quote(about.gold, prompt);
    } else if (line.text == "{synonyms}") {
      for (const auto& synonym : about.synonyms) quote(synonym, prompt);
      if (about.synonyms.empty()) prompt += "(none)\n";
    } else if (line.text == "{answer}") {
      quote(about.answer, prompt);
      if (about.cut) prompt += "(it goes on, and is cut here)\n";
    } else {
      prompt += line.text;
      prompt += '\n';
    }
    return {};
  });
  static_cast<void>(status);  // no line fails
  while (!prompt.empty() && prompt.back() == '\n') prompt.pop_back();
  return prompt;
}

}  // namespace osler
