#include "osler/run/journal.h"

#include <fmt/format.h>

#include <utility>

#include "osler/storage/json.h"
#include "osler/storage/response_json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

fs::path journal_path(const fs::path& folder) { return folder / "responses.jsonl"; }
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
      const auto option = value["gold_option"].get<std::size_t>();
      if (option >= item.options.size()) return not_an_item(place);
      item.gold_option = option;
    }
    return item;
  } catch (const Json::exception&) {
    return not_an_item(place);
  }
}

}  // namespace

Journal::Journal(AppendFile file, std::unordered_map<std::string, Response> responses)
    : file_(std::move(file)), responses_(std::move(responses)) {}

Result<Journal> Journal::open(const fs::path& folder) {
  auto file = AppendFile::open(journal_path(folder));
  if (!file) return pass(file);
  auto responses = read_responses(folder);
  if (!responses) return pass(responses);
  return Journal(std::move(*file), std::move(*responses));
}

Status Journal::append(const Response& response) {
  if (auto status = file_.append_line(dump_json(response_to_json(response))); !status) return status;
  responses_.insert_or_assign(response.item_id, response);
  return {};
}

Result<std::unordered_map<std::string, Response>> read_responses(const fs::path& folder) {
  std::unordered_map<std::string, Response> responses;
  const auto path = journal_path(folder);
  const auto content = read_file(path);
  if (!content) return pass(content);
  const std::size_t whole = content->rfind('\n') + 1;  // npos + 1 is 0
  const auto status = for_each_line(std::string_view(*content).substr(0, whole), [&](const TextLine& line) -> Status {
    if (line.text.empty()) return {};
    Place place{path.string()};
    place.line = line.number;
    const auto value = parse_json(line.text, place);
    if (!value) return pass(value);
    auto response = response_from_json(*value, place);
    if (!response) return pass(response);
    std::string id = response->item_id;
    responses.insert_or_assign(std::move(id), std::move(*response));
    return {};
  });
  if (!status) return pass(status);
  return responses;
}

Status write_items(const fs::path& folder, const std::vector<Item>& items) {
  std::string content;
  for (const auto& item : items) content += dump_json(item_to_json(item)) + "\n";
  return write_file_atomically(items_path(folder), content);
}

Result<std::vector<Item>> read_items(const fs::path& folder) {
  std::vector<Item> items;
  const auto path = items_path(folder);
  const auto status = for_each_json_line(path, [&](Json&& value, std::uint64_t line) -> Status {
    Place place{path.string()};
    place.line = line;
    auto item = item_from_json(value, place);
    if (!item) return pass(item);
    items.push_back(std::move(*item));
    return {};
  });
  if (!status) return pass(status);
  return items;
}

}  // namespace osler
