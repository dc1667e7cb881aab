#include <fmt/format.h>
#include <gmock/gmock.h>

#include "dataset/benchmarks/support.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/collector.h"
#include "osler/storage/duckdb.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What no column should hold.
const std::vector<Json>& odd_values() {
  static const std::vector<Json> values{7,
                                        -1.5e300,
                                        true,
                                        nullptr,
                                        "",
                                        " \t\n",
                                        "\u00a0",
                                        std::string("a\0b", 3),
                                        "../../etc/passwd",
                                        "['unclosed",
                                        "{\"A\": [[[",
                                        "[" + std::string(3000, '['),
                                        std::string(70'000, 'x'),
                                        Json::array(),
                                        Json::object(),
                                        Json::array({nullptr, 1, Json::array({Json::object()}), ""}),
                                        Json{{"A", {{"B", {{"C", nullptr}}}}}, {"content", Json::array()}},
                                        Json(std::vector<std::string>(10'000, "the same"))};
  return values;
}

/// A file that the pattern finds: "data/test-*.parquet" is "data/test-0.parquet".
std::string name_for(std::string pattern) {
  for (auto at = pattern.find('*'); at != std::string::npos; at = pattern.find('*')) pattern.replace(at, 1, "0");
  const auto open = pattern.find('{');
  if (open == std::string::npos) return pattern;
  const auto close = pattern.find('}', open);
  return pattern.substr(0, open) + pattern.substr(open + 1, pattern.find(',', open) - open - 1) +
         pattern.substr(close + 1);
}

/// A value with which a row belongs to the split.
void meet(const Match& match, Json& row) {
  const std::string value = match.values.empty() ? match.prefixes.front() + "1" : match.values.front();
  const auto dot = match.column.find('.');
  if (dot == std::string::npos) {
    row[match.column] = value;
  } else {
    row[match.column.substr(0, dot)] = Json{{match.column.substr(dot + 1), value}}.dump();
  }
}

class HostileRows : public FolderTest {
 protected:
  /// Writes one row of text formats or parquet, all columns as text in tables.
  void write_row(const Form& form, const std::string& name, const Json& row) const {
    if (form.format == "json") {
      write(name, Json::array({row}).dump());
    } else if (form.format == "jsonl") {
      write(name, json_lines({row}));
    } else if (form.format == "parquet") {
      std::string columns;
      for (const auto& [column, value] : row.items()) {
        columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ", ", sql_quote(plain(value)), sql_name(column));
      }
      parquet(name, "SELECT " + columns);
    } else {
      const std::string comma = form.format == "tsv" ? "\t" : ",";
      std::string header;
      std::string cells;
      for (const auto& [column, value] : row.items()) {
        header += (header.empty() ? "" : comma) + csv_cell(column);
        cells += (cells.empty() ? "" : comma) + csv_cell(plain(value));
      }
      write(name, header + '\n' + cells + '\n');
    }
  }

  static std::string plain(const Json& value) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    // DuckDB's texts hold no zero byte.
    return text.substr(0, text.find('\0'));
  }

  /// One item of a file of the MedXpertQA hub.
  Result<RowSet> med(Json row) const {
    const Json usual{{"id", "MM-1"},
                     {"question", "What?"},
                     {"options", {{"A", "x"}, {"B", "y"}}},
                     {"label", "A"},
                     {"images", Json::array({"a.png"})},
                     {"medical_task", "Diagnosis"},
                     {"body_system", "Nervous"},
                     {"question_type", "Reasoning"}};
    for (const auto& [column, value] : usual.items()) {
      if (!row.contains(column)) row[column] = value;
    }
    picture("images/a.png");
    write("MM/test.jsonl", json_lines({row}));
    return load_row_set(find_card("medxpertqa-mm").value(), {}, {folder_});
  }

  std::vector<std::string> med_problems(const Json& row) const {
    const auto rows = med(row);
    EXPECT_TRUE(rows) << message_of(rows);
    return rows ? said(rows->problems) : std::vector<std::string>{};
  }
};

class HostileRowsOf : public HostileRows, public testing::WithParamInterface<const char*> {};

TEST_P(HostileRowsOf, NoValueInAllColumnsOfAnyFormGoesThrough) {
  const Card card = find_card(GetParam()).value();
  int loaded = 0;
  for (const auto& form : card.forms) {
    const auto& [split, patterns] = *form.files.begin();
    const std::string wanted = split == "*" ? form.split_rows.begin()->first : split;
    // In parquet all of them are texts here, and each costs a database or two: some will do.
    const std::size_t step = form.format == "parquet" ? 3 : 1;
    for (std::size_t i = 0; i < odd_values().size(); i += step) {
      Json row = Json::object();
      for (const auto& column : Collector::row_format(form).columns) {
        if (column.find('.') == std::string::npos) row[column] = odd_values()[i];
      }
      if (const auto rule = form.split_rows.find(wanted); rule != form.split_rows.end()) meet(rule->second, row);
      if (form.where) meet(*form.where, row);
      const std::string folder = fmt::format("{}_{}", form.name, i);
      write_row(form, folder + '/' + name_for(patterns.front()), row);
      const auto rows = load_row_set(card, {wanted, form.name, {}, {}}, {folder_ / folder});
      loaded += rows ? 1 : 0;
      // What looks like base64 shows only when it is decoded.
      const bool noticed = !rows || !rows->problems.empty() || !decode_failures(*rows).empty();
      EXPECT_TRUE(noticed) << folder;
      fs::remove_all(folder_ / folder);
    }
  }
  EXPECT_GT(loaded, 5);
}

INSTANTIATE_TEST_SUITE_P(Cards, HostileRowsOf,
                         testing::Values("medxpertqa-mm", "omnimedvqa", "pmc-vqa", "pathvqa", "mmmu-medical", "slake",
                                         "vqa-rad"));

TEST_F(HostileRows, NumbersAsOptionsAreTheirTexts) {
  const auto rows = med({{"options", {{"A", 1}, {"B", 2.5}, {"C", true}}}, {"label", "B"}});
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_THAT(rows->items.at(0).options, ElementsAre("1", "2.5", "true"));
  EXPECT_EQ(rows->items[0].gold, "2.5");
}

TEST_F(HostileRows, ListsAndObjectsInThePlaceOfATextAreProblems) {
  EXPECT_THAT(med_problems({{"question", {{"text", "What?"}}}}),
              ElementsAre("MM-1: has a list or an object in the place of its question"));
  EXPECT_THAT(med_problems({{"options", {{"A", {{"text", "x"}}}, {"B", "y"}}}}),
              ElementsAre("MM-1: has a list or an object in the place of an option"));
  EXPECT_THAT(med_problems({{"label", {{"letter", "A"}}}}),
              Contains("MM-1: has a list or an object in the place of its answer"));
  EXPECT_THAT(med_problems({{"images", {"a.png", {{"url", "b.png"}}}}}),
              ElementsAre("MM-1: has something else than an image in its column 'images'"));
  EXPECT_THAT(med_problems({{"images", {"a.png", {"a.png"}}}}),
              ElementsAre("MM-1: has something else than an image in its column 'images'"));
}

TEST_F(HostileRows, AnImageThatCannotBeHadStillCounts) {
  const auto rows = med({{"images", {{{"url", "b.png"}}, "a.png"}}});
  ASSERT_TRUE(rows) << message_of(rows);
  EXPECT_THAT(image_bytes(rows->items.at(0)), ElementsAre(HasSubstr("names no image"), fixture_bytes("png_rgb_8.png")));
}

TEST_F(HostileRows, NoAnswerIsAProblem) {
  for (const Json& nothing : {Json(nullptr), Json(""), Json(" "), Json::array(), Json::array({nullptr})}) {
    EXPECT_THAT(med_problems({{"label", nothing}}), Not(testing::IsEmpty())) << nothing;
  }
}

TEST_F(HostileRows, TenThousandOptionsAreAProblem) {
  Json options = Json::array();
  for (int i = 0; i < 10'000; ++i) options.push_back(fmt::format("option {}", i));
  EXPECT_THAT(med_problems({{"options", options}}), ElementsAre("MM-1: has 10000 options"));
}

TEST_F(HostileRows, AnIdOfAMegabyteIsAnErrorThatDoesNotRepeatIt) {
  const auto rows = med({{"id", std::string(1'000'000, 'x')}});
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::limit);
  EXPECT_THAT(message_of(rows), HasSubstr("record 0: has an id of 1000000 bytes, where at most 1000 are taken"));
  EXPECT_LT(message_of(rows).size(), 500U);
}

TEST_F(HostileRows, AnImageNameOfAMegabyteIsAProblemThatDoesNotRepeatIt) {
  const auto problems = med_problems({{"images", {std::string(1'000'000, 'x')}}});
  EXPECT_THAT(problems, ElementsAre("MM-1: names an image by 1000000 bytes, where at most 4096 are a name"));
}

TEST_F(HostileRows, AnImageOutsideOfTheBenchmarkIsAProblemAndIsNotRead) {
  write("secret.png", "secret");
  for (const auto* name : {"../secret.png", "/etc/passwd", "x/../../secret.png"}) {
    const auto rows = med({{"images", {name}}});
    ASSERT_TRUE(rows) << message_of(rows);
    EXPECT_THAT(said(rows->problems), ElementsAre(HasSubstr("lies outside of the benchmark")));
    EXPECT_THAT(image_bytes(rows->items.at(0)), ElementsAre(HasSubstr("lies outside of the benchmark's folder")));
  }
}

}  // namespace
}  // namespace osler::test
