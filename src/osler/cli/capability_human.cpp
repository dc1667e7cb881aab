#include "osler/cli/capability_human.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/dataset/delimited.h"
#include "osler/storage/byte_stream.h"

namespace osler::cli {
namespace {

std::string trimmed(const std::string& text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string small_letters(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text;
}

std::optional<Capability> label_from(const std::string& word) {
  if (word == "reasoning" || word == "r") return Capability::reasoning;
  if (word == "understanding" || word == "u") return Capability::understanding;
  return std::nullopt;
}

class LabelTable {
 public:
  explicit LabelTable(std::string file) : file_(std::move(file)) {}

  Status take(const DelimitedRecord& record) { return has_header_ ? take_row(record) : take_header(record); }

  Result<std::vector<capability::HumanLabel>> finish() && {
    if (labels_.empty()) {
      return fail(ErrorCode::malformed, "holds no labels", {file_},
                  "write understanding or reasoning into the column label");
    }
    return std::move(labels_);
  }

 private:
  [[nodiscard]] Place at(const DelimitedRecord& record) const {
    Place place{file_};
    place.line = record.line;
    return place;
  }

  Status take_header(const DelimitedRecord& record) {
    has_header_ = true;
    for (std::size_t i = 0; i < record.fields.size(); ++i) {
      const auto name = small_letters(trimmed(record.fields[i].text()));
      if (name == "item" || name == "item_id") item_ = i;
      if (name == "label") label_ = i;
      if (name == "stratum") stratum_ = i;
      if (name == "stratum_items") stratum_items_ = i;
    }
    if (item_ && label_) return {};
    return fail(ErrorCode::malformed, fmt::format("has no column '{}'", item_ ? "label" : "item"), at(record),
                "the first line must name the columns item and label");
  }

  Status take_row(const DelimitedRecord& record) {
    const auto word = small_letters(trimmed(record.fields[*label_].text()));
    if (word.empty()) return {};
    const auto capability = label_from(word);
    if (!capability) {
      return fail(ErrorCode::malformed, fmt::format("'{}' is no label", utf8_beginning(word, 60)), at(record),
                  "write understanding or reasoning, or leave the label empty");
    }
    capability::HumanLabel label{trimmed(record.fields[*item_].text()), *capability, {}, {}};
    if (!lines_.try_emplace(label.id, record.line).second) {
      return fail(ErrorCode::malformed, fmt::format("the item '{}' stands twice", utf8_beginning(label.id, 60)),
                  at(record), "keep one label for every item");
    }
    if (auto status = take_stratum(record, label); !status) return status;
    labels_.push_back(std::move(label));
    return {};
  }

  Status take_stratum(const DelimitedRecord& record, capability::HumanLabel& label) {
    if (!stratum_ || !stratum_items_) return {};
    const auto name = trimmed(record.fields[*stratum_].text());
    const auto size = trimmed(record.fields[*stratum_items_].text());
    if (name.empty() && size.empty()) return {};
    std::uint32_t items = 0;
    const auto parsed = std::from_chars(size.data(), size.data() + size.size(), items);
    const bool whole = parsed.ec == std::errc() && parsed.ptr == size.data() + size.size() && items > 0;
    const auto refuse = [&](const std::string& why) {
      return fail(ErrorCode::malformed, why, at(record),
                  "leave the columns stratum and stratum_items as 'osler capability sample' wrote them");
    };
    if (name.empty() || !whole) {
      return refuse(fmt::format("'{}' is not the number of items of a stratum", utf8_beginning(size, 20)));
    }
    if (const auto before = sizes_.try_emplace(name, items).first->second; before != items) {
      return refuse(
          fmt::format("the stratum '{}' has {} items here and {} further up", utf8_beginning(name, 20), items, before));
    }
    label.stratum = name;
    label.stratum_items = static_cast<double>(items);
    return {};
  }

  std::string file_;
  bool has_header_ = false;
  std::optional<std::size_t> item_;
  std::optional<std::size_t> label_;
  std::optional<std::size_t> stratum_;
  std::optional<std::size_t> stratum_items_;
  std::unordered_map<std::string, std::uint64_t> lines_;
  std::unordered_map<std::string, std::uint32_t> sizes_;
  std::vector<capability::HumanLabel> labels_;
};

/// What stands between the names of the first line: spreadsheets write semicolons where decimals have commas.
char delimiter_of(const std::filesystem::path& file) {
  constexpr std::size_t kEnough = 4096;
  std::string begin(kEnough, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(begin.data(), static_cast<std::streamsize>(kEnough));
  const std::string_view header = std::string_view(begin).substr(0, begin.find_first_of("\r\n"));
  for (const char delimiter : {',', ';', '\t'}) {
    if (header.find(delimiter) != std::string_view::npos) return delimiter;
  }
  return ',';
}

}  // namespace

Result<std::vector<capability::HumanLabel>> read_human_labels(const std::filesystem::path& file) {
  auto stream = ByteStream::open(file);
  if (!stream) return pass(stream);
  if (auto status = drop_byte_order_mark(*stream); !status) return pass(status);
  LabelTable table(file.string());
  constexpr std::uint64_t kLongestRecord = std::uint64_t{1} << 24;
  const auto status = for_each_record(
      *stream, delimiter_of(file), [&table](const DelimitedRecord& record) { return table.take(record); },
      kLongestRecord);
  if (!status) return pass(status);
  return std::move(table).finish();
}

}  // namespace osler::cli
