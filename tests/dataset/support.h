#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/dataset/card.h"
#include "osler/dataset/rows.h"

namespace osler::test {

/// A folder that is there for one test.
class FolderTest : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  /// Writes a file below the folder, makes what lies between, and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

  /// Copies a picture of tests/dataset/images/fixtures.
  std::filesystem::path picture(const std::string& name, const std::string& fixture = "png_rgb_8.png") const;

  /// Writes the rows of a SELECT to a parquet file.
  std::filesystem::path parquet(const std::string& name, const std::string& select) const;

  /// An image file as an item names it.
  static ImageSource file_source(const std::filesystem::path& path) { return {path.filename().string(), path, {}}; }

  /// A picture in the column "image" of a parquet file.
  static ImageSource row_source(const std::filesystem::path& path, std::uint64_t row);

  std::filesystem::path folder_;
};

/// The encoded bytes of a picture of tests/dataset/images/fixtures.
std::string fixture_bytes(const std::string& name);

/// An SQL expression for a picture as the hub embeds it: struct<bytes, path>.
std::string sql_picture(const std::string& fixture, const std::string& path);

/// A card with one form "f": questions q, answers a, ids by row. `more` is further lines of the form, indented by four.
std::string card_text(const std::string& format, const std::string& more = "    kinds: [{kind: open}]\n",
                      const std::string& files = "{test: [\"data.*\"]}");

/// The parsed card; the test fails when there is a fault.
Card card_of(const std::string& text);

/// Its message, or "(no error)".
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "(no error)" : result.error().message();
}

/// All rows of a file.
Result<std::vector<Row>> rows_of(const std::filesystem::path& file, const std::string& format,
                                 const std::vector<std::string>& columns = {});

}  // namespace osler::test
