#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/core/item.h"
#include "osler/import/fields_of_format.h"
#include "osler/import/record.h"
#include "support/temporary_folder.h"

namespace osler::test {

/// Files of responses in a folder of the test's own.
class RecordTest : public testing::Test {
 protected:
  /// Writes a file, makes the folders it lies in, and returns its path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

  /// The records of a file.
  static Result<std::vector<Record>> read(const std::filesystem::path& file, RecordFormat format,
                                          const std::vector<std::string>& mapping = {});

  /// The only record of a file with this content.
  Record only(const std::string& name, std::string_view content, RecordFormat format,
              const std::vector<std::string>& mapping = {}) const;

  TemporaryFolder folder_;
};

/// Its message, or "(no error)".
template <class T>
std::string message_of(const Result<T>& result) {
  return result ? "(no error)" : result.error().message();
}

/// Items to match records to.
[[nodiscard]] Item open_item(const std::string& id, const std::string& question, const std::string& gold,
                             const std::string& image = {});
[[nodiscard]] Item choice_item(const std::string& id, const std::string& question,
                               const std::vector<std::string>& options, std::size_t gold);

/// A record with an id, a question (perhaps empty) and a response.
[[nodiscard]] Record record(const std::string& id, const std::string& question, const std::string& response = "x");

}  // namespace osler::test
