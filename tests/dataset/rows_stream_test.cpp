// The rows of a file are the same in whatever pieces it is read, and a file that is cut gives fewer rows or an error.
#include <gmock/gmock.h>

#include <random>

#include "dataset/support.h"

namespace osler {
namespace {

using Rows = std::vector<Json>;

struct Reading {
  Rows rows;
  Status status;
};

class RowsStreamTest : public test::FolderTest {
 protected:
  [[nodiscard]] Reading read(const std::string& format, std::string_view text, std::size_t chunk) const {
    Reading reading;
    const auto path = write("data." + format, text);
    const RowFormat how{format, {}, {}, {.chunk = chunk}};
    reading.status = for_each_row(path, how, [&reading](Row&& row) {
      EXPECT_EQ(row.number, reading.rows.size());
      reading.rows.push_back(std::move(row.fields));
      return Status();
    });
    return reading;
  }

  /// The text, and every beginning of it: rows as they were, then an error or the end.
  void expect_cuts_to_be_fewer_rows(const std::string& format, const std::string& text, bool error_expected) const {
    const auto whole = read(format, text, 3);
    ASSERT_TRUE(whole.status) << test::message_of(whole.status);
    for (std::size_t size = 0; size < text.size(); ++size) {
      const auto cut = read(format, text.substr(0, size), 3);
      EXPECT_FALSE(error_expected && cut.status) << size;
      ASSERT_LE(cut.rows.size(), whole.rows.size()) << size;
      // The last row of a table may itself be cut.
      const std::size_t same = error_expected || cut.rows.empty() ? cut.rows.size() : cut.rows.size() - 1;
      for (std::size_t i = 0; i < same; ++i) EXPECT_EQ(cut.rows[i], whole.rows[i]) << size;
    }
  }
};

std::string random_text(std::mt19937& random) {
  constexpr std::array<const char*, 14> kPieces{
      "a", "Left", " ", ",", "\t", "\"", "\n", "\r\n", "{", "]", "\\", "\xC3\xA4", "\xF0\x9F\xA9\xBA", "NA"};
  std::string text;
  for (std::size_t i = random() % 9; i > 0; --i) text += kPieces[random() % kPieces.size()];
  return text;
}

/// Records of the columns q, a and b whose cells are texts.
Rows random_rows(std::mt19937& random) {
  Rows rows;
  for (std::size_t i = 1 + random() % 12; i > 0; --i) {
    rows.push_back({{"q", random_text(random)}, {"a", random_text(random)}, {"b", random_text(random)}});
  }
  return rows;
}

/// Like Python's csv.writer, which quotes only what needs it.
std::string delimited(const Rows& rows, char delimiter) {
  std::string text = std::string("a") + delimiter + "b" + delimiter + "q\r\n";
  for (const auto& row : rows) {
    std::string line;
    for (const auto& [key, value] : row.items()) {
      const auto& cell = value.get_ref<const std::string&>();
      if (!line.empty() || key != "a") line += delimiter;
      if (cell.find_first_of(std::string("\"\r\n") + delimiter) == std::string::npos) {
        line += cell;
        continue;
      }
      line += '"';
      for (const char c : cell) line += c == '"' ? std::string("\"\"") : std::string(1, c);
      line += '"';
    }
    text += line + "\r\n";
  }
  return text;
}

TEST_F(RowsStreamTest, RandomRecordsComeBackEqualForEveryChunk) {
  std::mt19937 random(20250711);
  for (int round = 0; round < 60; ++round) {
    const Rows rows = random_rows(random);
    Json keyed = Json::object();
    std::string lines;
    for (const auto& row : rows) {
      keyed["k" + std::to_string(100 + keyed.size())] = row;
      lines += row.dump(-1, ' ', round % 3 == 0) + "\n";
    }
    const std::vector<std::pair<std::string, std::string>> files{
        {"json", Json(rows).dump(round % 2 == 0 ? -1 : 4)},
        {"json", Json{{"data", rows}, {"n", 3}}.dump()},
        {"jsonl", lines},
        {"csv", delimited(rows, ',')},
        {"tsv", delimited(rows, '\t')},
    };
    for (const std::size_t chunk : {1U, 2U, 7U, 64U * 1024U}) {
      for (const auto& [format, text] : files) {
        const auto reading = read(format, text, chunk);
        ASSERT_TRUE(reading.status) << test::message_of(reading.status) << "\n" << text;
        ASSERT_EQ(reading.rows, rows) << format << " " << chunk << "\n" << text;
      }
      const auto by_key = read("json", keyed.dump(2), chunk);
      ASSERT_EQ(by_key.rows.size(), rows.size());
      for (std::size_t i = 0; i < rows.size(); ++i) {
        Json expected = rows[i];
        expected["_key"] = "k" + std::to_string(100 + i);
        ASSERT_EQ(by_key.rows[i], expected);
      }
    }
  }
}

TEST_F(RowsStreamTest, NestedValuesComeBackAsTheParserReadsThem) {
  const std::string text =
      R"([{"a": [1, {"b": [null, true, -2.5e3, "\u00e4\ud83e\ude7a"]}], "o": {"A": "one", "B": {}}, "n": 12345678901,)"
      R"( "dup": 1, "dup": 2, "esc\"aped": "\\\"", "": []}, {}])";
  for (const std::size_t chunk : {1U, 2U, 7U, 64U * 1024U}) {
    EXPECT_EQ(Json(read("json", text, chunk).rows), Json::parse(text)) << chunk;
  }
}

TEST_F(RowsStreamTest, AJsonFileThatIsCutIsAlwaysAnError) {
  expect_cuts_to_be_fewer_rows("json", R"([{"q": "a \"b\"", "n": [1, {"m": 2}]}, {"q": "last"}])", true);
  expect_cuts_to_be_fewer_rows("json", R"({"k": {"q": "a"}, "l": {"q": [2]}})", true);
  expect_cuts_to_be_fewer_rows("json", R"({"n": 1, "data": [{"q": "a"}, {"q": null}]})", true);
}

TEST_F(RowsStreamTest, ATableThatIsCutGivesFewerRowsOrAnError) {
  expect_cuts_to_be_fewer_rows("csv", "q,a\r\n\"left, or\nright?\",\"say \"\"no\"\"\"\nlast,\xC3\xA4\n", false);
  expect_cuts_to_be_fewer_rows("tsv", "q\ta\nx, y\tNA\n\"\t\"\t2\n", false);
  expect_cuts_to_be_fewer_rows("jsonl", "{\"q\": 1}\n\n{\"q\": \"\xC3\xA4\"}\n", false);
}

TEST_F(RowsStreamTest, FlippedBytesGiveRowsOrASentence) {
  std::mt19937 random(5);
  const Rows rows = random_rows(random);
  const std::vector<std::pair<std::string, std::string>> files{
      {"json", Json(rows).dump(1)}, {"csv", delimited(rows, ',')}, {"jsonl", rows.front().dump()}};
  for (int round = 0; round < 300; ++round) {
    auto [format, text] = files[static_cast<std::size_t>(round) % files.size()];
    for (int i = 0; i <= round % 3; ++i) text[random() % text.size()] = static_cast<char>(random());
    const auto small = read(format, text, 1);
    const auto large = read(format, text, 1000);
    EXPECT_EQ(small.rows, large.rows);
    EXPECT_EQ(test::message_of(small.status), test::message_of(large.status));
  }
}

}  // namespace
}  // namespace osler
