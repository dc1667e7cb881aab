#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/support.h"
#include "osler/dataset/loader.h"
#include "osler/storage/json.h"

namespace osler::test {

using Counts = std::map<std::string, std::uint64_t>;

/// Loads the forms of one shipped card.
class BenchmarkTest : public FolderTest {
 protected:
  explicit BenchmarkTest(const std::string& benchmark);

  /// From a folder of the test's own, or from a place below it.
  [[nodiscard]] Result<RowSet> load(const RowSetRequest& request = {}) const;
  [[nodiscard]] Result<RowSet> load(const std::filesystem::path& root, const RowSetRequest& request) const;

  /// The same where nothing may fail; a failure is the test's, and an empty row set.
  [[nodiscard]] RowSet loaded(const RowSetRequest& request = {}) const;
  [[nodiscard]] RowSet loaded(const std::filesystem::path& root, const RowSetRequest& request = {}) const;

  /// A zip below the folder, of files whose content is the picture fixture unless said.
  std::filesystem::path zip(const std::string& name, const std::vector<std::string>& pictures,
                            const std::map<std::string, std::string>& files = {}) const;

  Card card_;
};

/// The folder with the real data of a benchmark: $OSLER_TEST_DATA/below, else beside the sources.
std::filesystem::path real_data(const std::string& below);

/// In SetUp: skips the test if the real data is not there.
void need(const std::filesystem::path& path);

/// A real file as JSON: an array, or the lines of a .jsonl as one.
Json real_json(const std::filesystem::path& file);

/// A request for a split, and perhaps one of its subsets and forms.
RowSetRequest split(const std::string& name, const std::string& subset = {}, const std::string& form = {});

Counts kinds_of(const RowSet& rows);
/// Letters of the gold options of mcq items.
Counts gold_letters_of(const RowSet& rows);
Counts gold_of(const RowSet& rows);
/// Values of a stratum; "" counts items without.
Counts stratum_of(const RowSet& rows, const std::string& name);
Counts capabilities_of(const RowSet& rows);
std::size_t images_of(const RowSet& rows);

std::vector<std::string> ids_of(const RowSet& rows);
/// "ID: WHAT" of each.
std::vector<std::string> said(const std::vector<Problem>& problems);
/// Problems that are not about images that are not there.
std::vector<std::string> problems_of(const RowSet& rows);

/// The item of this id; throws if there is none.
const Item& item_of(const RowSet& rows, const std::string& id);

/// The encoded bytes of every image of an item, as the engine would get them; an error's message in place of bytes.
std::vector<std::string> image_bytes(const Item& item);

/// What the decoder says of every image that it cannot read.
std::vector<std::string> decode_failures(const RowSet& rows);

std::string base64_of(std::string_view bytes);

/// A cell of a table with quotes around it.
std::string csv_cell(std::string_view cell);

/// Lines of a JSON Lines file.
std::string json_lines(const std::vector<Json>& rows);

/// A list as Python prints it: "['a', \"b's\"]".
std::string python_list(const std::vector<std::string>& texts);

/// A JSON text as an SQL literal; null as NULL.
std::string sql_text(const Json& text);

/// "(VALUES (...), (...)) t(a, b)": rows of SQL expressions, to select from.
std::string sql_rows(const std::string& columns, const std::vector<std::string>& rows);

}  // namespace osler::test
