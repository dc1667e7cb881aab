#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "osler/report/report.h"
#include "report/sample.h"

// Names come from files, hubs and servers. Whatever they hold, a report stays a report.
namespace osler::report {
namespace {

using namespace std::string_literals;

const std::vector<std::string>& hostile_strings() {
  static const std::vector<std::string> all{
      "",
      "\n",
      "a\nb\r\nc",
      "| a | b |",
      "\x1b]0;owned\x07\x1b[2J",
      "\xff\xfe\xc0\x80",
      "cut \xe8\x85",
      "\0nul\0"s,
      "\u202Egnp.exe",
      "[x](javascript:alert(1)) <script>alert(1)</script>",
      "=cmd|' /C calc'!A0",
      "\"quoted\", with commas",
      "{} {0} %s %n",
      std::string(3000, 'x'),
      std::string(50, ' '),
      "日本語モデル",
  };
  return all;
}

RunGrades hostile_run(const std::string& text) {
  auto run = sample_run();
  run.model = run.benchmark = run.protocol = run.engine = run.row_set = run.row_set_hash = text;
  run.capability_source = text;
  run.complete = false;
  for (auto& item : run.items) item.strata[text] = text;
  return run;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

TEST(Hostile, TextHasNoControlCharacters) {
  for (const auto& hostile : hostile_strings()) {
    const auto report = render(Format::text, {hostile_run(hostile), sample_run()}, {.by = {hostile}});
    for (const char byte : report) {
      EXPECT_TRUE(byte == '\n' || static_cast<unsigned char>(byte) >= 0x20) << static_cast<int>(byte);
      EXPECT_NE(byte, '\x7f');
    }
    EXPECT_EQ(count(report, "\u202E"), 0u);
  }
}

TEST(Hostile, MarkdownTableKeepsItsShape) {
  const auto bars = [](const std::string& line) { return count(line, "|") - count(line, "\\|"); };
  for (const auto& hostile : hostile_strings()) {
    const auto report = render(Format::markdown, {hostile_run(hostile), sample_run()}, {.by = {hostile}});
    std::size_t columns = 0;
    std::size_t rows = 0;
    std::istringstream lines(report);
    for (std::string line; std::getline(lines, line);) {
      if (!line.starts_with("|")) continue;
      if (rows++ == 0) columns = bars(line);
      EXPECT_EQ(bars(line), columns) << line;
    }
    EXPECT_EQ(rows, 2u + 3u + 1u + 3u + 1u) << report;
    EXPECT_EQ(count(report, "<script"), 0u);
    EXPECT_EQ(count(report, "[x](") + count(report, "\n\n\n"), 0u);
  }
}

TEST(Hostile, JsonParsesAndKeepsWhatIsUtf8) {
  for (const auto& hostile : hostile_strings()) {
    const auto report = nlohmann::json::parse(render(Format::json, {hostile_run(hostile)}, {.by = {hostile}}));
    ASSERT_EQ(report.size(), 4u);
  }
  EXPECT_EQ(nlohmann::json::parse(render(Format::json, {hostile_run("a\nb|")}, {}))[0]["model"], "a\nb|");
}

// A reader of RFC 4180 in a few lines: fields of each record, quotes resolved.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> records(1, std::vector<std::string>(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto& field = records.back().back();
    if (quoted && text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') {
      field += text[++i];
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (!quoted && text[i] == ',') {
      records.back().emplace_back();
    } else if (!quoted && text[i] == '\n') {
      records.emplace_back(1);
    } else {
      field += text[i];
    }
  }
  records.pop_back();
  return records;
}

TEST(Hostile, CsvReadsBack) {
  for (const auto& hostile : hostile_strings()) {
    const auto records = read_csv(render(Format::csv, {hostile_run(hostile)}, {.by = {hostile}}));
    ASSERT_EQ(records.size(), 5u) << hostile;
    for (const auto& record : records) EXPECT_EQ(record.size(), records.front().size()) << hostile;
  }
  EXPECT_EQ(read_csv(render(Format::csv, {hostile_run("\"a\",\nb")}, {}))[1][0], "\"a\",\nb");
}

TEST(Hostile, ErrorsAreOneLine) {
  for (const auto& hostile : hostile_strings()) {
    if (const auto format = format_from(hostile); !format) {
      EXPECT_EQ(count(format.error().message(), "\n") + count(format.error().message(), "\x1b"), 0u);
    }
    const auto status = check_by({hostile_run("other\n")}, {hostile});
    if (!status) {
      EXPECT_EQ(count(status.error().message(), "\n") + count(status.error().message(), "\x1b"), 0u);
    }
  }
}

}  // namespace
}  // namespace osler::report
