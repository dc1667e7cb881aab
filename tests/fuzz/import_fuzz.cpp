// Records that other tools wrote, as arbitrary JSON: the first byte chooses the format, the rest is one record. It is
// read and matched to items, or refused.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "osler/import/format.h"
#include "osler/import/matching.h"
#include "osler/import/records.h"

namespace {

std::vector<osler::Item> make_items() {
  std::vector<osler::Item> items(3);
  items[0].id = "1";
  items[0].kind = osler::Kind::mcq;
  items[0].question = "Which organ?";
  items[0].options = {"liver", "spleen"};
  items[0].gold = "liver";
  items[0].gold_option = 0;
  items[1].id = "test/2";
  items[1].question = "Which organ?";
  items[1].gold = "kidney";
  items[2].id = "3";
  items[2].question = "";
  return items;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static const auto names = osler::record_format_names();
  const auto format = osler::record_format_from(names[data[0] % names.size()]).value();
  const auto row =
      osler::Json::parse(std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1), nullptr, false);
  if (row.is_discarded()) return 0;
  const auto record = osler::record_of_row(row, format, osler::fields_of_format(format), {"records.json"});
  if (!record) return 0;
  auto items = make_items();
  const std::vector<osler::Record> records{*record};
  const auto matching = osler::match_records(records, items);
  if (!matching) return 0;
  for (const auto& match : matching->matches) {
    if (match.item >= items.size() || match.record >= records.size()) std::abort();
  }
  return 0;
}
