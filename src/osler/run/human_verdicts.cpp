#include "osler/run/human_verdicts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/dataset/delimited.h"
#include "osler/storage/byte_stream.h"

namespace osler {
namespace {

constexpr std::array<std::pair<std::string_view, bool>, 8> kWords{{{"correct", true},
                                                                   {"incorrect", false},
                                                                   {"true", true},
                                                                   {"false", false},
                                                                   {"yes", true},
                                                                   {"no", false},
                                                                   {"1", true},
                                                                   {"0", false}}};

std::string trimmed(const std::string& text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

/// Trimmed and in small letters; only ASCII is looked for.
std::string plain_word(const std::string& text) {
  std::string word = trimmed(text);
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return word;
}

std::string shortened(const std::string& text) {
  constexpr std::size_t kEnough = 60;
  return text.size() <= kEnough ? text : std::string(utf8_beginning(text, kEnough)) + "...";
}

class VerdictTable {
 public:
  explicit VerdictTable(std::string file) : file_(std::move(file)) {}

  Status take(const DelimitedRecord& record) { return has_header_ ? take_row(record) : take_header(record); }

  Result<std::vector<HumanVerdict>> finish() && {
    if (verdicts_.empty()) {
      return fail(ErrorCode::malformed, "holds no verdicts", {file_},
                  "give a CSV file with the columns item and verdict, and a line for every item");
    }
    return std::move(verdicts_);
  }

 private:
  [[nodiscard]] Place at(std::uint64_t line) const {
    Place place{file_};
    place.line = line;
    return place;
  }

  Status take_header(const DelimitedRecord& record) {
    has_header_ = true;
    std::vector<std::string> names;
    for (const auto& field : record.fields) names.push_back(plain_word(field.text()));
    const auto place_of = [&names](std::initializer_list<std::string_view> wanted) -> std::optional<std::size_t> {
      const auto found = std::ranges::find_first_of(names, wanted);
      if (found == names.end()) return std::nullopt;
      return static_cast<std::size_t>(found - names.begin());
    };
    const auto item = place_of({"item", "item_id"});
    const auto verdict = place_of({"verdict"});
    if (!item || !verdict) {
      return fail(ErrorCode::malformed, fmt::format("has no column '{}'", item ? "verdict" : "item"), at(record.line),
                  fmt::format("the first line must name the columns item and verdict; it has: {}",
                              shortened(fmt::format("{}", fmt::join(names, ", ")))));
    }
    item_ = *item;
    verdict_ = *verdict;
    return {};
  }

  Status take_row(const DelimitedRecord& record) {
    HumanVerdict verdict;
    verdict.item = trimmed(record.fields[item_].text());
    verdict.line = record.line;
    const std::string word = record.fields[verdict_].text();
    const auto known = std::ranges::find(kWords, plain_word(word), [](const auto& pair) { return pair.first; });
    if (known == kWords.end()) {
      return fail(ErrorCode::malformed, fmt::format("'{}' is no verdict", shortened(word)), at(record.line),
                  "write correct or incorrect (or yes/no, true/false, 1/0), or leave the line out");
    }
    verdict.correct = known->second;
    const auto [before, is_new] = lines_.try_emplace(verdict.item, record.line);
    if (!is_new) {
      return fail(ErrorCode::malformed,
                  fmt::format("the item '{}' stands in line {} already", shortened(verdict.item), before->second),
                  at(record.line), "keep one verdict for every item");
    }
    verdicts_.push_back(std::move(verdict));
    return {};
  }

  std::string file_;
  bool has_header_ = false;
  std::size_t item_ = 0;
  std::size_t verdict_ = 0;
  std::unordered_map<std::string, std::uint64_t> lines_;
  std::vector<HumanVerdict> verdicts_;
};

}  // namespace

Result<std::vector<HumanVerdict>> read_human_verdicts(const std::filesystem::path& file) {
  auto stream = ByteStream::open(file);
  if (!stream) return pass(stream);
  if (auto status = drop_byte_order_mark(*stream); !status) return pass(status);
  VerdictTable table(file.string());
  constexpr std::uint64_t kLongestRecord = std::uint64_t{1} << 24;
  const auto status = for_each_record(
      *stream, ',', [&table](const DelimitedRecord& record) { return table.take(record); }, kLongestRecord);
  if (!status) return pass(status);
  return std::move(table).finish();
}

}  // namespace osler
