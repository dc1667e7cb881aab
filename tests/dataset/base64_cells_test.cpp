#include "osler/dataset/base64_cells.h"

#include <gmock/gmock.h>

#include "dataset/support.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

const std::string kLong(70, 'A');
const std::string kOther = std::string(70, 'B') + "=";

/// What the spans of a cell stand for, in a file that holds the cell at byte 3.
Texts embedded(const std::string& raw) {
  const auto cell = base64_cell(raw, 3);
  if (!cell) return {"error: " + cell.error().what};
  if (!cell->has_value()) return {"short"};
  if ((*cell)->is_null()) return {"null"};
  Texts texts;
  for (const auto& span : **cell) texts.push_back(raw.substr(span["offset"].get<std::size_t>() - 3, span["length"]));
  return texts;
}

TEST(Base64Cell, OneTextIsOneSpan) {
  EXPECT_EQ(embedded(kLong), Texts{kLong});
  EXPECT_EQ(embedded(" " + kLong + " \n"), Texts{kLong});
  EXPECT_EQ(embedded("data:image/png;base64," + kLong), Texts{"data:image/png;base64," + kLong});
}

TEST(Base64Cell, ListsOfEveryWritingAreSpansWithoutTheirQuotes) {
  const Texts both{kLong, kOther};
  EXPECT_EQ(embedded("['" + kLong + "', '" + kOther + "']"), both);
  EXPECT_EQ(embedded("[\"" + kLong + "\",\n\"" + kOther + "\" ]"), both);
  EXPECT_EQ(embedded("[\"\"" + kLong + "\"\", \"\"" + kOther + "\"\"]"), both) << "doubled, as a CSV has it";
  EXPECT_EQ(embedded("[\\\"" + kLong + "\\\", \\\"" + kOther + "\\\"]"), both) << "escaped, as JSON has it";
  EXPECT_EQ(embedded("['a']"), Texts{"a"}) << "short, but a list";
  EXPECT_EQ(embedded("['9j\\/4A']"), Texts{"9j\\/4A"});
  EXPECT_EQ(embedded("[]"), Texts{});
}

TEST(Base64Cell, ShortTextsNameSomethingAndEmptyOnesNothing) {
  EXPECT_EQ(embedded("12"), Texts{"short"});
  EXPECT_EQ(embedded(std::string(64, 'A')), Texts{"short"});
  EXPECT_EQ(embedded(std::string(65, 'A')), Texts{std::string(65, 'A')});
  EXPECT_EQ(embedded(""), Texts{"null"});
  EXPECT_EQ(embedded(" \t"), Texts{"null"});
}

TEST(Base64Cell, WhatBeginsLikeAListAndIsNoneIsAnError) {
  for (const char* raw :
       {"[", "['", "['a", "['a'", "['a',", "['a' 'b']", "[1, 2]", "[a]", "['a'] x", "['a',]", "[,'a']"}) {
    EXPECT_THAT(embedded(raw).front(), HasSubstr("error: holds a list of images that is none")) << raw;
  }
}

class Base64RowsTest : public test::FolderTest {
 protected:
  /// The value of the column `image` in the first row.
  Json image(const std::string& format, const std::string& text) const {
    Json value = "(no row)";
    const auto status = for_each_row(write("data", text), {format, {"image"}, {"image"}, {}}, [&value](Row&& row) {
      value = row.fields.at("image");
      return Status();
    });
    return status ? value : Json(status.error().message());
  }

  /// What its spans stand for in the file.
  Texts embedded(const std::string& format, const std::string& text) const {
    const Json value = image(format, text);
    if (!value.is_array()) return {value.dump()};
    Texts texts;
    for (const auto& span : value)
      texts.push_back(read_file_part(folder_ / "data", span["offset"], span["length"]).value());
    return texts;
  }
};

TEST_F(Base64RowsTest, SpansAreOfTheFileInEveryFormat) {
  EXPECT_EQ(embedded("tsv", "\xEF\xBB\xBFindex\timage\n1\t" + kLong + "\n"), Texts{kLong});
  EXPECT_EQ(embedded("csv", "index,image\n1,\"" + kLong + "\"\n"), Texts{kLong});
  EXPECT_EQ(embedded("csv", "image\n\"['" + kLong + "', '" + kOther + "']\"\n"), (Texts{kLong, kOther}));
  EXPECT_EQ(embedded("json", "\xEF\xBB\xBF [{\"n\": 1, \"image\" : \"" + kLong + "\"}]"), Texts{kLong});
  EXPECT_EQ(embedded("json", "[{\"image\": [\"" + kLong + "\", \"b\"]}]"), (Texts{kLong, "b"}));
  EXPECT_EQ(embedded("jsonl", "\n {\"image\": \"" + kLong + "\"}\n"), Texts{kLong});
  EXPECT_EQ(embedded("jsonl", "{\"image\": \"\\/" + kLong + "\"}\n"), Texts{"\\/" + kLong});
}

TEST_F(Base64RowsTest, OtherCellsAreWhatTheyAre) {
  EXPECT_EQ(image("tsv", "image\n\"a \"\"12\"\"\"\n"), "a \"12\"");
  EXPECT_EQ(image("csv", "image,q\n,x\n"), nullptr);
  EXPECT_EQ(image("json", "[{\"image\": \"caf\\u00e9\"}]"), "caf\xC3\xA9");
  EXPECT_EQ(image("json", "[{\"image\": null}]"), nullptr);
  EXPECT_EQ(image("json", "[{\"image\": \"\"}]"), nullptr);
  EXPECT_EQ(image("json", "[{\"image\": {\"path\": \"x\"}}]"), (Json{{"path", "x"}}));
  EXPECT_EQ(image("json", "[{\"image\": [1, 2]}]"), (Json{1, 2}));
}

TEST_F(Base64RowsTest, AListThatIsNoneNamesItsRow) {
  EXPECT_THAT(image("tsv", "image\n12\n['a\n").get<std::string>(), HasSubstr("data, line 3: holds a list of images"));
  EXPECT_THAT(image("json", "[{\"image\": \"[a]\"}]").get<std::string>(), HasSubstr("data, record 0: holds a list"));
}

}  // namespace
}  // namespace osler
