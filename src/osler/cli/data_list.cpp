#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <optional>
#include <set>
#include <tuple>

#include "osler/cli/common.h"
#include "osler/cli/counter.h"
#include "osler/cli/data_commands.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct ListOptions {
  std::vector<std::string> benchmarks;
  std::string data;
  bool json = false;
};

/// One split of one form, as it lies on this machine.
struct Listed {
  std::string row_set;
  std::string form;
  std::string split;
  std::uint64_t items = 0;
  std::uint64_t images = 0;  ///< References to images, over all items.
  std::uint64_t missing_images = 0;
  fs::path folder;    ///< Of its first file.
  std::string shown;  ///< The folder, short enough for a table.
};

/// What is here of one benchmark.
struct Shelf {
  std::string benchmark;
  std::string licence;
  std::string way;  ///< How to get it.
  std::vector<Listed> row_sets;
  std::vector<std::string> unreadable;
};

std::string way_to_get(const Card& card, const std::string& name) {
  const auto on_hub = [](const Form& form) { return !form.hub.repo.empty(); };
  if (std::any_of(card.forms.begin(), card.forms.end(), on_hub)) return "osler data get " + name;
  if (card.name == "phantom") return "osler phantom generate";
  return card.url.empty() ? "its card does not say where it can be had" : card.url;
}

/// A path below `root` as it is from there; nothing for others.
std::optional<fs::path> below(const fs::path& path, const fs::path& root) {
  auto relative = path.lexically_relative(root);
  if (relative.empty() || *relative.begin() == "..") return std::nullopt;
  return relative;
}

/// "org/name at bcf91e76, data" for a folder in a snapshot of the hub's cache, whose real path nobody can read.
std::optional<std::string> shown_in_cache(const fs::path& folder, const fs::path& cache) {
  const auto relative = below(folder, cache);
  if (!relative) return std::nullopt;
  const std::vector<fs::path> parts(relative->begin(), relative->end());
  constexpr std::string_view kKind = "datasets--";
  if (parts.size() < 3 || !parts[0].string().starts_with(kKind)) return std::nullopt;
  std::string repo = parts[0].string().substr(kKind.size());
  if (const auto separator = repo.find("--"); separator != std::string::npos) repo.replace(separator, 2, "/");
  constexpr std::size_t kShortCommit = 8;
  return fmt::format("hub: {} at {}", repo, parts[2].string().substr(0, kShortCommit));
}

/// The last characters of a text that is too long for its column.
std::string tail_of(const std::string& text, std::size_t width) {
  if (text.size() <= width) return text;
  std::size_t begin = text.size() - width + 3;
  while (begin < text.size() && is_continuation(text[begin])) ++begin;
  return "..." + text.substr(begin);
}

std::string shown_folder(const fs::path& folder, const FoundRowSet& found, const DataPlaces& places) {
  if (places.hub_cache) {
    if (auto shown = shown_in_cache(folder, *places.hub_cache)) return *shown;
  }
  const auto relative = below(folder, found.root);
  return relative && places.folders.size() == 1 ? relative->string() : folder.string();
}

/// Counts the items and images of what was found; nothing if it has no items (a file that holds other splits only).
Result<std::optional<Listed>> count(const Card& card, const FoundRowSet& found, const DataPlaces& places) {
  Listed listed;
  const auto rows = stream_found(card, found, [&listed](Item&& item) {
    ++listed.items;
    listed.images += item.images.size();
    return true;
  });
  if (!rows) return pass(rows);
  if (listed.items == 0) return std::nullopt;
  listed.row_set = rows->name();
  listed.form = rows->form;
  listed.split = rows->split;
  listed.missing_images = rows->missing_images.size();
  listed.folder = found.files.front().parent_path();
  listed.shown = shown_folder(listed.folder, found, places);
  return listed;
}

Result<Shelf> look_at(const Card& card, const std::string& name, const DataPlaces& places) {
  Shelf shelf{card.name, card.licence, way_to_get(card, name), {}, {}};
  auto inventory = take_inventory(card, places);
  if (!inventory) return pass(inventory);
  // One folder may be reached by two of the places.
  std::set<std::tuple<std::string, std::string, fs::path>> known;
  for (const auto& found : inventory->row_sets) {
    std::error_code problem;
    if (!known.emplace(found.form->name, found.split, fs::weakly_canonical(found.files.front(), problem)).second) {
      continue;
    }
    auto listed = count(card, found, places);
    if (!listed) {
      inventory->unreadable.push_back(listed.error());
    } else if (*listed) {
      shelf.row_sets.push_back(std::move(**listed));
    }
  }
  std::set<std::string> reasons;
  for (const auto& error : inventory->unreadable) {
    if (reasons.insert(error.message()).second) shelf.unreadable.push_back(error.message());
  }
  return shelf;
}

/// One line per row set. Folders lose their beginning where the line would be too long for a terminal.
void print_table(const std::vector<Shelf>& shelves) {
  constexpr std::size_t kLineWidth = 120;
  std::size_t width = std::string_view("row set").size();
  for (const auto& shelf : shelves) {
    for (const auto& listed : shelf.row_sets) width = std::max(width, listed.row_set.size());
  }
  std::cout << fmt::format("{:<{}}  {:>7}  {:>7}  {:>7}  where\n", "row set", width, "items", "images", "missing");
  const std::size_t left = width + 29 < kLineWidth ? kLineWidth - width - 29 : 0;
  for (const auto& shelf : shelves) {
    for (const auto& listed : shelf.row_sets) {
      const auto missing = listed.missing_images == 0 ? std::string("-") : std::to_string(listed.missing_images);
      std::cout << fmt::format("{:<{}}  {:>7}  {:>7}  {:>7}  ", listed.row_set, width, listed.items, listed.images,
                               missing)
                << printable_line(tail_of(listed.shown, std::max<std::size_t>(left, 20))) << '\n';
    }
  }
}

std::string places_text(const DataPlaces& places) {
  std::string text;
  for (const auto& folder : places.folders) text += (text.empty() ? "" : ", ") + folder.string();
  if (places.hub_cache) text += (text.empty() ? "" : ", ") + places.hub_cache->string();
  return text;
}

/// One line per benchmark under a heading; nothing if there are none.
void print_paragraph(const std::string& heading, const std::vector<std::pair<std::string, std::string>>& lines) {
  if (lines.empty()) return;
  std::size_t width = 0;
  for (const auto& [name, text] : lines) width = std::max(width, name.size());
  std::cout << '\n' << heading << '\n';
  for (const auto& [name, text] : lines) {
    std::cout << "  " << printable_line(fmt::format("{:<{}}  {}", name, width, text)) << '\n';
  }
}

void print_text(const std::vector<Shelf>& shelves, const DataPlaces& places) {
  std::vector<std::pair<std::string, std::string>> licences;
  std::vector<std::pair<std::string, std::string>> unreadable;
  std::vector<std::pair<std::string, std::string>> absent;
  for (const auto& shelf : shelves) {
    if (!shelf.row_sets.empty()) licences.emplace_back(shelf.benchmark, shelf.licence);
    for (const auto& reason : shelf.unreadable) unreadable.emplace_back(shelf.benchmark, reason);
    if (shelf.row_sets.empty() && shelf.unreadable.empty()) absent.emplace_back(shelf.benchmark, shelf.way);
  }
  const auto looked_in = places_text(places);
  if (looked_in.empty()) {
    std::cout << "No folder to look in: give one with --data DIR, or set OSLER_DATA.\n";
  } else {
    std::cout << printable_line("In " + looked_in + (licences.empty() ? ": no benchmark." : ":")) << '\n';
  }
  if (!licences.empty()) {
    std::cout << '\n';
    print_table(shelves);
  }
  print_paragraph("Cannot be read:", unreadable);
  print_paragraph("Licences:", licences);
  print_paragraph("Not here, and how to get it:", absent);
}

nlohmann::ordered_json to_json(const std::vector<Shelf>& shelves) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& shelf : shelves) {
    for (const auto& listed : shelf.row_sets) {
      list.push_back({{"benchmark", shelf.benchmark},
                      {"row_set", listed.row_set},
                      {"form", listed.form},
                      {"split", listed.split},
                      {"items", listed.items},
                      {"images", listed.images},
                      {"missing_images", listed.missing_images},
                      {"licence", shelf.licence},
                      {"folder", listed.folder.string()}});
    }
  }
  return list;
}

/// The benchmarks asked for, each once; a split or subset in a name does not matter here.
Result<std::vector<std::string>> benchmarks_of(const std::vector<std::string>& values) {
  const auto names = expand_row_set_names(values.empty() ? std::vector<std::string>{"all"} : values);
  if (!names) return pass(names);
  std::vector<std::string> benchmarks;
  for (const auto& name : *names) {
    if (std::find(benchmarks.begin(), benchmarks.end(), name.benchmark) == benchmarks.end()) {
      benchmarks.push_back(name.benchmark);
    }
  }
  return benchmarks;
}

int list(const ListOptions& options) {
  const auto benchmarks = benchmarks_of(options.benchmarks);
  if (!benchmarks) return complain(benchmarks.error());
  const auto places = data_places(options.data);
  std::vector<Shelf> shelves;
  Counter counter("looking for benchmarks", "looked for");
  for (const auto& name : *benchmarks) {
    const auto card = find_card(name);
    if (!card) return complain(card.error());
    auto shelf = look_at(*card, name, places);
    counter.show(shelves.size() + 1, benchmarks->size());
    if (!shelf) {
      counter.finish();
      return complain(shelf.error());
    }
    shelves.push_back(std::move(*shelf));
  }
  counter.finish();
  if (!options.json) {
    print_text(shelves, places);
    return kDone;
  }
  for (const auto& shelf : shelves) {
    for (const auto& reason : shelf.unreadable) note("osler: passed over: " + printable_line(reason));
  }
  std::cout << to_json(shelves).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  return kDone;
}

}  // namespace

void add_data_list(CLI::App& data, Action& action) {
  auto* command = data.add_subcommand("list", "Which benchmarks are on this machine, and where");
  auto options = std::make_shared<ListOptions>();
  command->add_option("benchmark", options->benchmarks, "Only these, by name or the path of a card (default: all)");
  command->add_option("-d,--data", options->data, "Folder to look in, besides $OSLER_DATA and the Hugging Face cache");
  command->add_flag("--json", options->json, "A list of objects for programs");
  command->footer(
      "Images are looked for, not decoded: 'osler data check' does that.\n"
      "Example:\n  osler data list --data ~/data");
  command->callback([&action, options] { action = [options] { return list(*options); }; });
}

}  // namespace osler::cli
