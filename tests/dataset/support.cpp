#include "dataset/support.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "osler/storage/duckdb.h"
#include "osler/storage/files.h"

namespace osler::test {

namespace fs = std::filesystem;

void FolderTest::SetUp() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = fmt::format("osler_{}_{}_{}", test->test_suite_name(), test->name(), ::getpid());
  std::replace(name.begin(), name.end(), '/', '_');
  folder_ = fs::canonical(fs::temp_directory_path()) / name;
  fs::create_directories(folder_);
}

void FolderTest::TearDown() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

fs::path FolderTest::write(const std::string& name, std::string_view content) const {
  fs::path path = folder_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

fs::path FolderTest::picture(const std::string& name, const std::string& fixture) const {
  return write(name, fixture_bytes(fixture));
}

fs::path FolderTest::parquet(const std::string& name, const std::string& select) const {
  fs::path path = folder_ / name;
  fs::create_directories(path.parent_path());
  auto database = Database::open().value();
  const auto status = database.query(fmt::format("COPY ({}) TO {} (FORMAT parquet)", select, sql_quote(path.string())));
  if (!status) throw std::runtime_error(status.error().message());
  return path;
}

ImageSource FolderTest::row_source(const fs::path& path, std::uint64_t row) {
  ImageSource source{"row", path, "image"};
  source.row = row;
  return source;
}

std::string fixture_bytes(const std::string& name) {
  return read_file(fs::path(OSLER_SOURCE_DIR) / "tests/dataset/images/fixtures" / name).value();
}

std::string sql_picture(const std::string& fixture, const std::string& path) {
  std::string hex;
  for (const char c : fixture_bytes(fixture)) hex += fmt::format("{:02X}", static_cast<unsigned char>(c));
  return fmt::format("{{'bytes': unhex('{}'), 'path': {}}}", hex, sql_quote(path));
}

std::string card_text(const std::string& format, const std::string& more, const std::string& files) {
  return fmt::format(
      "name: made-up\n"
      "forms:\n"
      "  - name: f\n"
      "    format: {}\n"
      "    files: {}\n"
      "    id: \"{{row}}\"\n"
      "    question: q\n"
      "    answer: {{column: a}}\n"
      "{}",
      format, files, more);
}

Card card_of(const std::string& text) {
  auto card = parse_card(text, "card.yaml");
  EXPECT_TRUE(card) << message_of(card);
  return card ? std::move(*card) : Card{};
}

Result<std::vector<Row>> rows_of(const fs::path& file, const std::string& format,
                                 const std::vector<std::string>& columns) {
  std::vector<Row> rows;
  const auto status = for_each_row(file, {format, columns}, [&rows](Row&& row) -> Status {
    rows.push_back(std::move(row));
    return {};
  });
  if (!status) return pass(status);
  return rows;
}

}  // namespace osler::test
