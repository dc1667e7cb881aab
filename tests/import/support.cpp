#include "import/support.h"

#include <fstream>

#include "osler/import/records.h"

namespace osler::test {

namespace fs = std::filesystem;

fs::path RecordTest::write(const std::string& name, std::string_view content) const {
  const fs::path path = folder_.path() / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

Result<std::vector<Record>> RecordTest::read(const fs::path& file, RecordFormat format,
                                             const std::vector<std::string>& mapping) {
  RecordFields fields = fields_of_format(format);
  if (auto status = map_fields(mapping, fields); !status) return pass(status);
  return read_records({file}, format, fields);
}

Record RecordTest::only(const std::string& name, std::string_view content, RecordFormat format,
                        const std::vector<std::string>& mapping) const {
  const auto records = read(write(name, content), format, mapping);
  EXPECT_EQ(message_of(records), "(no error)");
  if (!records) return {};
  EXPECT_EQ(records->size(), 1U);
  return records->front();
}

Item open_item(const std::string& id, const std::string& question, const std::string& gold, const std::string& image) {
  Item item;
  item.id = id;
  item.question = question;
  item.gold = gold;
  if (!image.empty()) item.images.push_back({image, "/data/" + image, {}});
  return item;
}

Item choice_item(const std::string& id, const std::string& question, const std::vector<std::string>& options,
                 std::size_t gold) {
  Item item;
  item.id = id;
  item.question = question;
  item.kind = Kind::mcq;
  item.options = options;
  item.gold_option = gold;
  item.gold = options[gold];
  return item;
}

Record record(const std::string& id, const std::string& question, const std::string& response) {
  Record made;
  made.id = id;
  made.question = question;
  made.response = response;
  return made;
}

}  // namespace osler::test
