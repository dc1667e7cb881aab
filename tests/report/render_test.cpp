#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <clocale>
#include <fstream>
#include <locale>
#include <nlohmann/json.hpp>
#include <sstream>
#include <tuple>

#include "osler/report/report.h"
#include "report/sample.h"

namespace osler::report {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

RunGrades named(std::string model, std::string benchmark) {
  auto run = sample_run();
  run.model = std::move(model);
  run.benchmark = std::move(benchmark);
  run.row_set = run.benchmark + ":test";
  return run;
}

// The expected reports lie beside this file, to be read as users read them. Their numbers are worked out in sample.h
// and summary_test.cpp, not by Osler.
std::string expected(const char* name) {
  std::ifstream file(std::string(OSLER_SOURCE_DIR "/tests/report/expected/") + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Render, Text) { EXPECT_EQ(render(Format::text, {sample_run()}, {.by = {"modality"}}), expected("sample.txt")); }

TEST(Render, Markdown) {
  EXPECT_EQ(render(Format::markdown, {sample_run()}, {.by = {"modality"}}), expected("sample.md"));
}

// Wilson's interval and SE have no short form: digits behind the sixth are dropped, rounding and all.
std::string cut_to_six_digits(const std::string& text) {
  std::string cut;
  std::size_t digits = 0;
  bool fraction = false;
  for (const char byte : text) {
    const bool digit = byte >= '0' && byte <= '9';
    digits = fraction && digit ? digits + 1 : 0;
    fraction = byte == '.' || (fraction && digit);
    if (digits <= 6) cut += byte;
  }
  return cut;
}

TEST(Render, Csv) {
  auto run = sample_run();
  run.model = "toy, \"3b\"";
  EXPECT_EQ(cut_to_six_digits(render(Format::csv, {run}, {})), expected("sample.csv"));
}

TEST(Render, JsonHasTheKeysThatProgramsRelyOn) {
  auto report = nlohmann::json::parse(render(Format::json, {sample_run()}, {.by = {"modality"}}));
  ASSERT_EQ(report.size(), 6u);
  EXPECT_TRUE(report[3]["standard_error"].is_null()) << "one image";
  // No success in five: the high end is z^2 / (n + z^2).
  EXPECT_NEAR(report[2]["ci_high"].get<double>(), 3.841458820694124 / 8.841458820694124, 1e-12);
  report[2]["ci_high"] = 0.434;
  EXPECT_EQ(report[2], nlohmann::json::parse(R"({
    "model": "toy-3b", "benchmark": "toy-vqa", "protocol": "paper", "stratum": "reasoning", "n": 5, "clusters": 4,
    "accuracy": 0.0, "ci_low": 0.0, "ci_high": 0.434, "parse_rate": 0.4, "accuracy_parsed": 0.0,
    "accuracy_worst": 0.0, "accuracy_best": 0.6, "guessed": 0, "conflicts": 0,
    "outcomes": {"correct": 0, "wrong": 2, "unparsed": 1, "refused": 1, "truncated": 0, "error": 1},
    "standard_error": 0.0, "cluster_ci_low": null, "cluster_ci_high": null, "open_items": 3, "open_accuracy": 0.0,
    "token_f1": null, "token_recall": null, "unclustered": 1,
    "row_set": "toy-vqa:test", "row_set_hash": "0123456789abcdef", "engine": "replay", "capability_source": "gold",
    "planned": 8, "complete": true, "warning": null})"));
}

TEST(Render, JsonIsNullWhereNothingIsDefined) {
  const auto report = nlohmann::json::parse(render(Format::json, {RunGrades{}}, {}));
  ASSERT_EQ(report.size(), 3u);
  for (const auto* key :
       {"accuracy", "ci_low", "ci_high", "parse_rate", "accuracy_parsed", "accuracy_worst", "accuracy_best",
        "standard_error", "cluster_ci_low", "cluster_ci_high", "open_accuracy", "token_f1", "token_recall"}) {
    EXPECT_TRUE(report[0].at(key).is_null()) << key;
  }
}

TEST(Render, NoRunsAtAll) {
  EXPECT_EQ(render(Format::text, {}, {}), "No runs.\n");
  EXPECT_EQ(render(Format::markdown, {}, {}), "No runs.\n");
  EXPECT_EQ(render(Format::json, {}, {}), "[]\n");
  EXPECT_THAT(render(Format::csv, {}, {}), StartsWith("model,benchmark,protocol,stratum,n,clusters,accuracy,"));
}

TEST(Render, RunWithoutItems) {
  const auto text = render(Format::text, {RunGrades{.model = "m", .benchmark = "b", .planned = 5}}, {.by = {"kind"}});
  EXPECT_THAT(text, HasSubstr("!!! UNFINISHED: m on b"));
  EXPECT_THAT(text, HasSubstr("No item of m on b is graded."));
}

TEST(Render, UnfinishedRunIsMarkedInEveryFormat) {
  auto run = sample_run();
  run.planned = 12;
  const std::string warning = "UNFINISHED: toy-3b on toy-vqa, protocol paper: 8 items are graded of 12 planned";
  EXPECT_THAT(render(Format::text, {run}, {.width = 0}), StartsWith("!!! " + warning));
  EXPECT_THAT(render(Format::text, {run}, {}), HasSubstr("\nreasoning (!) "));
  EXPECT_THAT(render(Format::markdown, {run}, {}), StartsWith("> **Warning.** " + warning));
  EXPECT_THAT(render(Format::markdown, {run}, {}), HasSubstr("| reasoning (!) |"));
  EXPECT_THAT(render(Format::csv, {run}, {}), HasSubstr(",12,false,\"" + warning));
  for (const auto& row : nlohmann::json::parse(render(Format::json, {run}, {}))) {
    EXPECT_EQ(row["complete"], false);
    EXPECT_THAT(row["warning"].get<std::string>(), StartsWith(warning));
  }
}

TEST(Render, SeveralRunsShowWhatTellsThemApart) {
  const auto models = render(Format::markdown, {named("a", "x"), named("b", "x")}, {});
  EXPECT_THAT(models, StartsWith("2 runs, benchmark x, protocol paper\n\n| model | stratum |"));
  const auto both = render(Format::markdown, {named("a", "x"), named("b", "y")}, {});
  EXPECT_THAT(both, StartsWith("2 runs, protocol paper\n\n| model | benchmark | stratum |"));
  EXPECT_THAT(both, HasSubstr("Row set: x:test (n = 8, hash 0123456789ab), y:test (n = 8, hash 0123456789ab)."));

  auto other_engine = named("a", "x");
  other_engine.engine = "llama";
  EXPECT_THAT(render(Format::markdown, {named("a", "x"), other_engine}, {}), HasSubstr("\n| engine | stratum |"));
}

TEST(Render, OneRowSetNameForDifferentItemsIsSaidLoudly) {
  auto other = named("b", "x");
  other.row_set_hash = "fedcba9876543210";
  const auto text = render(Format::text, {named("a", "x"), other}, {.width = 0});
  EXPECT_THAT(text, StartsWith("!!! DIFFERENT ITEMS: row set x:test "));
  EXPECT_THAT(text, HasSubstr("0123456789ab, fedcba987654"));
}

TEST(Render, ItemsThatNoOneLabelledAreSaid) {
  auto run = sample_run();
  run.items[0].capability = Capability::unlabeled;
  EXPECT_THAT(render(Format::markdown, {run}, {}), HasSubstr("Items without a capability label: 1 of 8 (toy-vqa)"));
  for (auto& item : run.items) item.capability = Capability::unlabeled;
  const auto report = render(Format::markdown, {run}, {});
  EXPECT_THAT(report, HasSubstr("| understanding | 0 | 0 | — | — | — | — | — | — |"));
  EXPECT_THAT(report, HasSubstr("toy-vqa has no capability labels"));
}

TEST(Render, NoCautionWhereEachItemHasItsImage) {
  auto run = sample_run();
  for (auto& item : run.items) item.image_cluster = item.item_id;
  EXPECT_THAT(render(Format::markdown, {run}, {}), Not(HasSubstr("Caution")));
}

TEST(Render, TextLeavesOutWhatDoesNotFitAndSaysSo) {
  const auto runs = std::vector{named("a-model-with-a-rather-long-name-Q4_K_M", "x"), named("b", "y")};
  const auto wide = render(Format::text, runs, {.width = 0});
  EXPECT_THAT(wide, HasSubstr("of parsed   best\n"));
  const auto fitted = render(Format::text, runs, {.width = 100});
  EXPECT_THAT(fitted, HasSubstr("Left out to fit 100 columns: best, of parsed"));
  for (std::size_t begin = 0; begin < fitted.size();) {
    const auto end = fitted.find('\n', begin);
    EXPECT_LE(end - begin, 110u) << fitted.substr(begin, end - begin);  // bytes: a dash of three is one column
    begin = end + 1;
  }
  for (const auto* column : {"accuracy", "Wilson 95%", "  SE  ", "parsed"}) {
    EXPECT_THAT(render(Format::text, runs, {.width = 20}), HasSubstr(column)) << "never left out";
  }
}

RunGrades with_open_scores() {
  auto run = sample_run();
  const std::vector<std::pair<double, double>> scores{{0.5, 1.0}, {0.0, 0.0}, {0.25, 0.5}};
  std::size_t next = 0;
  for (auto& item : run.items) {
    if (item.kind == Kind::open) std::tie(item.token_f1, item.token_recall) = scores[next++];
  }
  return run;
}

TEST(Render, OpenItemsBringTheirMetrics) {
  const auto text = render(Format::text, {with_open_scores()}, {.by = {"kind"}, .width = 0});
  EXPECT_THAT(text, HasSubstr("of parsed   best  token F1  token recall\n"));
  EXPECT_THAT(text, HasSubstr("Open items: 3 of 8; accuracy 0.0, mean token F1 25.0, mean token recall 50.0.\n"));
  EXPECT_THAT(text, HasSubstr("Token recall is the share of"));
  const auto markdown = render(Format::markdown, {with_open_scores()}, {.by = {"kind"}});
  EXPECT_THAT(markdown, ContainsRegex("\n\\| kind=open \\|.*\\| 25.0 \\| 50.0 \\|\n"));
  EXPECT_THAT(markdown, ContainsRegex("\n\\| kind=mcq \\|.*\\| — \\| — \\|\n"));
  const auto json = nlohmann::json::parse(render(Format::json, {with_open_scores()}, {}));
  EXPECT_EQ(json[0]["open_items"], 3);
  EXPECT_EQ(json[0]["token_f1"], 0.25);
  EXPECT_EQ(json[0]["token_recall"], 0.5);
  EXPECT_TRUE(json[1]["token_f1"].is_null()) << "no open item asks for understanding";
}

TEST(Render, MetricsOfOpenItemsAreTheFirstToLeaveANarrowTable) {
  const auto text = render(Format::text, {with_open_scores()}, {.width = 100});
  EXPECT_THAT(text, HasSubstr("Left out to fit 100 columns: token recall, token F1."));
  EXPECT_THAT(text, HasSubstr("Open items: 3 of 8")) << "the foot still has them";
}

TEST(Render, NoMetricsWithoutOpenItems) {
  auto run = with_open_scores();
  std::erase_if(run.items, [](const GradedItem& item) { return item.kind == Kind::open; });
  run.planned = run.items.size();
  const auto report = render(Format::markdown, {run}, {});
  EXPECT_THAT(report, Not(HasSubstr("token")));
  EXPECT_THAT(report, Not(HasSubstr("Open items")));
}

TEST(Render, ManyRunsHaveTheirMetricsInTheTableAlone) {
  std::vector<RunGrades> runs(6, with_open_scores());
  for (std::size_t i = 0; i < runs.size(); ++i) runs[i].model += std::to_string(i);
  const auto report = render(Format::markdown, runs, {});
  EXPECT_THAT(report, HasSubstr("| token F1 | token recall |"));
  EXPECT_THAT(report, Not(HasSubstr("Open items")));
  EXPECT_THAT(report, HasSubstr("Token recall is the share of"));
}

TEST(Render, FormatsByName) {
  for (const auto format : {Format::text, Format::markdown, Format::csv, Format::json}) {
    EXPECT_EQ(format_from(name_of(format)).value(), format);
  }
  const auto unknown = format_from("docx");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::usage);
  EXPECT_EQ(unknown.error().message(), "unknown report format 'docx'; use one of text, markdown, csv, json");
}

TEST(Render, MisspeltStratumIsAUsageError) {
  EXPECT_TRUE(check_by({sample_run()}, {"modality", "kind", "capability"}));
  EXPECT_TRUE(check_by({RunGrades{}}, {"modality"}));
  const auto status = check_by({sample_run()}, {"modalty"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(),
            "no item of these runs has a stratum 'modalty'; use one of capability, kind, modality");
}

struct CommaEverywhere : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\1"; }
};

TEST(Render, LocaleChangesNothing) {
  std::vector<std::string> before;
  for (const auto f : {Format::text, Format::markdown, Format::csv, Format::json}) {
    before.push_back(render(f, {sample_run()}, {}));
  }
  const auto old = std::locale::global(std::locale(std::locale::classic(), new CommaEverywhere));
  for (const auto* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"}) {  // where the machine has one
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  std::vector<std::string> after;
  for (const auto f : {Format::text, Format::markdown, Format::csv, Format::json}) {
    after.push_back(render(f, {sample_run()}, {}));
  }
  std::setlocale(LC_ALL, "C");
  std::locale::global(old);
  EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace osler::report
