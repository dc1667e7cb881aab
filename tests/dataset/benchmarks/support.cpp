#include "dataset/benchmarks/support.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

#include "osler/dataset/catalog.h"
#include "osler/dataset/image_loader.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/files.h"
#include "storage/zip_maker.h"

namespace osler::test {

namespace fs = std::filesystem;

namespace {

template <class Name>
Counts counts_of(const RowSet& rows, const Name& name) {
  Counts counts;
  for (const auto& item : rows.items) ++counts[std::string(name(item))];
  return counts;
}

}  // namespace

BenchmarkTest::BenchmarkTest(const std::string& benchmark) : card_(find_card(benchmark).value()) {}

Result<RowSet> BenchmarkTest::load(const fs::path& root, const RowSetRequest& request) const {
  return load_row_set(card_, request, {root});
}

Result<RowSet> BenchmarkTest::load(const RowSetRequest& request) const { return load(folder_, request); }

RowSet BenchmarkTest::loaded(const fs::path& root, const RowSetRequest& request) const {
  auto rows = load(root, request);
  EXPECT_TRUE(rows) << message_of(rows);
  return rows ? std::move(*rows) : RowSet{};
}

RowSet BenchmarkTest::loaded(const RowSetRequest& request) const { return loaded(folder_, request); }

fs::path BenchmarkTest::zip(const std::string& name, const std::vector<std::string>& pictures,
                            const std::map<std::string, std::string>& files) const {
  std::vector<ZipMember> members;
  for (const auto& picture : pictures) members.push_back({picture, fixture_bytes("png_rgb_8.png")});
  for (const auto& [file, content] : files) members.push_back({file, content, true});
  fs::create_directories((folder_ / name).parent_path());
  make_zip(folder_ / name, members);
  return folder_ / name;
}

fs::path real_data(const std::string& below) {
  const char* named = std::getenv("OSLER_TEST_DATA");
  return (named != nullptr && *named != '\0' ? fs::path(named) : fs::path(OSLER_SOURCE_DIR) / "../shared/data") / below;
}

void need(const fs::path& path) {
  if (!fs::exists(path)) GTEST_SKIP() << path << " is not there; set OSLER_TEST_DATA to the real data's folder";
}

Json real_json(const fs::path& file) {
  const std::string text = read_file(file).value();
  if (file.extension() != ".jsonl") return Json::parse(text);
  Json rows = Json::array();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    rows.push_back(Json::parse(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return rows;
}

RowSetRequest split(const std::string& name, const std::string& subset, const std::string& form) {
  return {name, form, subset, {}};
}

Counts kinds_of(const RowSet& rows) {
  return counts_of(rows, [](const Item& item) { return name_of(item.kind); });
}

Counts capabilities_of(const RowSet& rows) {
  return counts_of(rows, [](const Item& item) { return name_of(item.capability); });
}

Counts gold_of(const RowSet& rows) {
  return counts_of(rows, [](const Item& item) { return item.gold; });
}

Counts gold_letters_of(const RowSet& rows) {
  Counts counts;
  for (const auto& item : rows.items) {
    if (item.kind == Kind::mcq) ++counts[item.gold_option ? std::string(1, option_letter(*item.gold_option)) : "none"];
  }
  return counts;
}

Counts stratum_of(const RowSet& rows, const std::string& name) {
  return counts_of(rows, [&name](const Item& item) {
    const auto found = item.strata.find(name);
    return found == item.strata.end() ? std::string() : found->second;
  });
}

std::size_t images_of(const RowSet& rows) {
  std::size_t images = 0;
  for (const auto& item : rows.items) images += item.images.size();
  return images;
}

std::vector<std::string> ids_of(const RowSet& rows) {
  std::vector<std::string> ids;
  for (const auto& item : rows.items) ids.push_back(item.id);
  return ids;
}

std::vector<std::string> said(const std::vector<Problem>& problems) {
  std::vector<std::string> out;
  for (const auto& problem : problems) out.push_back(fmt::format("{}: {}", problem.item_id, problem.what));
  return out;
}

std::vector<std::string> problems_of(const RowSet& rows) {
  auto out = said(rows.problems);
  std::erase_if(out, [](const std::string& problem) { return problem.find(": has no image /") != std::string::npos; });
  return out;
}

const Item& item_of(const RowSet& rows, const std::string& id) {
  const auto found = std::find_if(rows.items.begin(), rows.items.end(), [&id](const Item& i) { return i.id == id; });
  if (found == rows.items.end()) throw std::runtime_error("there is no item " + id);
  return *found;
}

std::vector<std::string> image_bytes(const Item& item) {
  ImageLoader loader;
  std::vector<std::string> out;
  for (const auto& image : item.images) {
    const auto bytes = loader.bytes(image);
    out.push_back(bytes ? *bytes : message_of(bytes));
  }
  return out;
}

std::vector<std::string> decode_failures(const RowSet& rows) {
  ImageLoader loader;
  std::vector<std::string> out;
  for (const auto& item : rows.items) {
    for (const auto& image : item.images) {
      const auto decoded = loader.load(image);
      if (!decoded) out.push_back(message_of(decoded));
    }
  }
  return out;
}

std::string base64_of(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t j = i; j < i + 3; ++j) {
      group = group << 8U | (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0U);
    }
    for (unsigned digit = 0; digit < 4; ++digit) {
      out += i + digit > bytes.size() ? '=' : kDigits[group >> (18 - 6 * digit) & 63U];
    }
  }
  return out;
}

std::string csv_cell(std::string_view cell) {
  std::string out = "\"";
  for (const char c : cell) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + '"';
}

std::string json_lines(const std::vector<Json>& rows) {
  std::string out;
  for (const auto& row : rows) out += row.dump() + '\n';
  return out;
}

std::string python_list(const std::vector<std::string>& texts) {
  std::vector<std::string> elements;
  for (const auto& text : texts) {
    // As Python chooses it: single quotes, unless there are some in the text and no double ones.
    const bool doubled = text.find('\'') != std::string::npos && text.find('"') == std::string::npos;
    std::string element(1, doubled ? '"' : '\'');
    for (const char c : text) {
      if (c == '\n') {
        element += "\\n";
      } else {
        if (c == '\\' || (c == '\'' && !doubled)) element += '\\';
        element += c;
      }
    }
    elements.push_back(element + element.front());
  }
  return fmt::format("[{}]", fmt::join(elements, ", "));
}

std::string sql_text(const Json& text) { return text.is_null() ? "NULL" : sql_quote(text.get<std::string>()); }

std::string sql_rows(const std::string& columns, const std::vector<std::string>& rows) {
  return fmt::format("(VALUES ({})) t({})", fmt::join(rows, "), ("), columns);
}

}  // namespace osler::test
