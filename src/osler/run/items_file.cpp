#include "osler/run/items_file.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "osler/storage/json.h"
#include "osler/storage/json_reader.h"
#include "osler/storage/line_blocks.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

fs::path items_path(const fs::path& folder) { return folder / "items.jsonl"; }

Json item_to_json(const Item& item) {
  Json images = Json::array();
  for (const auto& image : item.images) images.push_back(image.key);
  Json value = {{"id", item.id},           {"kind", name_of(item.kind)}, {"question", item.question},
                {"options", item.options}, {"gold", item.gold},          {"capability", name_of(item.capability)},
                {"strata", item.strata},   {"images", std::move(images)}};
  if (!item.synonyms.empty()) value["synonyms"] = item.synonyms;
  if (item.marks_images) value["marks_images"] = true;
  if (item.gold_option) value["gold_option"] = *item.gold_option;
  return value;
}

tl::unexpected<Error> not_an_item(const Place& place) {
  return fail(ErrorCode::malformed, "is not an item as Osler writes it", place,
              "start the run again: the items are written anew");
}

Result<Item> item_from_json(const Json& value, const Place& place) {
  try {
    Item item;
    item.id = value.at("id").get<std::string>();
    item.question = value.at("question").get<std::string>();
    item.options = value.at("options").get<std::vector<std::string>>();
    item.gold = value.at("gold").get<std::string>();
    item.strata = value.at("strata").get<std::map<std::string, std::string>>();
    const auto kind = kind_from(value.at("kind").get<std::string>());
    const auto capability = capability_from(value.at("capability").get<std::string>());
    if (!kind || !capability) return not_an_item(place);
    item.kind = *kind;
    item.capability = *capability;
    for (const auto& key : value.at("images")) item.images.push_back({key.get<std::string>(), {}, {}});
    item.synonyms = value.value("synonyms", std::vector<std::string>());
    item.marks_images = value.value("marks_images", false);
    if (value.contains("gold_option")) {
      const auto option = count_at(value, "gold_option");
      if (option >= item.options.size()) return not_an_item(place);
      item.gold_option = option;
    }
    return item;
  } catch (const Json::exception&) {
    return not_an_item(place);
  }
}

/// Reads lines as write_items writes them.
class ItemLine {
 public:
  explicit ItemLine(std::string_view line) : reader_(line) {}

  /// False if only parse_json can tell what the line is.
  bool read(Item& item) {
    const auto member = [&](std::string_view key) { return read_member(key, item); };
    constexpr unsigned kNeeded = (1U << kMarks) - 1;
    return reader_.object(member) && reader_.end() && (seen_ & kNeeded) == kNeeded &&
           (!item.gold_option || *item.gold_option < item.options.size());
  }

 private:
  /// Those that every item has come first.
  enum Field : unsigned { kId, kQuestion, kOptions, kGold, kStrata, kKind, kCapability, kImages, kMarks, kGoldOption };

  /// False if the key stands a second time.
  bool is_new(Field field) {
    const unsigned before = seen_;
    seen_ |= 1U << field;
    return seen_ != before;
  }

  bool read_member(std::string_view key, Item& item) {
    if (key == "id") return is_new(kId) && reader_.string(item.id);
    if (key == "question") return is_new(kQuestion) && reader_.string(item.question);
    if (key == "options") return is_new(kOptions) && read_options(item);
    if (key == "gold") return is_new(kGold) && reader_.string(item.gold);
    if (key == "strata") return is_new(kStrata) && read_strata(item);
    if (key == "kind") return is_new(kKind) && read_word(kind_from, item.kind);
    if (key == "capability") return is_new(kCapability) && read_word(capability_from, item.capability);
    if (key == "images") return is_new(kImages) && read_images(item);
    if (key == "marks_images") return is_new(kMarks) && reader_.boolean(item.marks_images);
    if (key == "gold_option") return is_new(kGoldOption) && read_gold_option(item);
    return false;
  }

  bool read_options(Item& item) {
    constexpr std::size_t kUsual = 5;
    item.options.reserve(kUsual);
    return reader_.array([&] { return reader_.string(item.options.emplace_back()); });
  }

  bool read_images(Item& item) {
    return reader_.array([&] { return reader_.string(item.images.emplace_back().key); });
  }

  bool read_strata(Item& item) {
    return reader_.object([&](std::string_view name) { return reader_.string(item.strata[std::string(name)]); });
  }

  bool read_gold_option(Item& item) {
    std::uint64_t option = 0;
    const bool read = reader_.whole(option);
    item.gold_option = option;
    return read;
  }

  template <class Value>
  bool read_word(std::optional<Value> (*value_from)(std::string_view), Value& value) {
    if (!reader_.string(word_)) return false;
    const auto known = value_from(word_);
    value = known.value_or(value);
    return known.has_value();
  }

  JsonReader reader_;
  std::string word_;
  unsigned seen_ = 0;  ///< One bit for each Field.
};

Result<Item> read_item_line(const TextLine& line, Place& place) {
  Item item;
  if (ItemLine(line.text).read(item)) return item;
  place.line = line.number;
  place.byte = line.begin;
  const auto value = parse_json(line.text, place);
  if (!value) return pass(value);
  place.byte.reset();
  return item_from_json(*value, place);
}

Status read_block(const LineBlock& block, const fs::path& path, std::vector<Item>& items) {
  Place place{path.string()};
  return for_each_line(block, [&](const TextLine& line) -> Status {
    if (line.text.find_first_not_of(" \t\r") == std::string_view::npos) return {};
    auto item = read_item_line(line, place);
    if (!item) return pass(item);
    items.push_back(std::move(*item));
    return {};
  });
}

}  // namespace

Status write_items(const fs::path& folder, const std::vector<Item>& items) {
  std::string content;
  for (const auto& item : items) content += dump_json(item_to_json(item)) + "\n";
  return write_file_atomically(items_path(folder), content);
}

Result<std::vector<std::vector<Item>>> read_item_parts(const fs::path& folder, unsigned threads) {
  const auto path = items_path(folder);
  std::mutex mutex;
  std::vector<std::vector<Item>> parts;  // by block
  const auto status = for_each_block(path, {}, threads, [&](const LineBlock& block) -> Status {
    std::vector<Item> part;
    if (auto read = read_block(block, path, part); !read) return read;
    const std::lock_guard lock(mutex);
    parts.resize(std::max(parts.size(), block.index + 1));
    parts[block.index] = std::move(part);
    return {};
  });
  if (!status) return pass(status);
  return parts;
}

Result<std::vector<Item>> read_items(const fs::path& folder, unsigned threads) {
  auto parts = read_item_parts(folder, threads);
  if (!parts) return pass(parts);
  std::vector<Item> items;
  for (auto& part : *parts) std::ranges::move(part, std::back_inserter(items));
  return items;
}

}  // namespace osler
