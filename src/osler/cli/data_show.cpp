#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <random>

#include "osler/cli/common.h"
#include "osler/cli/data_commands.h"
#include "osler/cli/item_view.h"
#include "osler/cli/terminal_picture.h"
#include "osler/core/hash.h"
#include "osler/core/utf8.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/image_loader.h"
#include "osler/dataset/images/encode_png.h"
#include "osler/storage/files.h"
#include "osler/storage/shipped.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

struct ShowOptions {
  std::string benchmark;
  std::string id;
  bool random = false;
  std::optional<std::uint64_t> seed;
  std::string data;
  std::string protocol;
  RowSetRequest rows;
  std::string save;
  std::string picture = "auto";
  int columns = 60;
  bool json = false;
};

/// The one item that is looked for in a stream of them; no other is kept.
class Search {
 public:
  explicit Search(const ShowOptions& options) : options_(options) {
    if (!options.random) return;
    seed_ = options.seed ? *options.seed : std::random_device{}();
    generator_.seed(seed_);
  }

  /// False once it is found.
  bool offer(Item&& item) {
    ++seen_;
    if (options_.random) {
      // Reservoir sampling: of n items each is left over with probability 1/n.
      if (generator_() % seen_ == 0) found_ = std::move(item);
      return true;
    }
    if (options_.id.empty() || item.id == options_.id) {
      found_ = std::move(item);
      return false;
    }
    // The closest so far goes first, so that among equally close ones the first stays.
    closest_ =
        closest_name(options_.id, closest_.empty() ? std::vector{item.id} : std::vector{closest_, std::move(item.id)});
    return true;
  }

  [[nodiscard]] std::optional<Item>& found() { return found_; }
  [[nodiscard]] std::uint64_t seed() const { return seed_; }

  [[nodiscard]] Error not_found(const RowSet& rows) const {
    const std::string place =
        fmt::format("none of the {} items of {} has the id '{}'", seen_, rows.name(), options_.id);
    return {ErrorCode::usage,
            place,
            {},
            closest_.empty() ? "leave out the id to see the first item" : fmt::format("did you mean '{}'?", closest_)};
  }

 private:
  const ShowOptions& options_;
  std::uint64_t seed_ = 0;
  std::mt19937_64 generator_;
  std::uint64_t seen_ = 0;
  std::optional<Item> found_;
  std::string closest_;
};

/// "ward-3/a" is "ward-3_a-1f0c...": ids that had to be changed stay apart.
std::string file_stem(const std::string& id) {
  constexpr std::size_t kLongest = 100;
  std::string stem = id.substr(0, kLongest);
  for (char& c : stem) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!plain) c = '_';
  }
  if (stem.starts_with('.')) stem.front() = '_';
  return stem == id ? stem : fmt::format("{}-{}", stem, sha256_hex(id).substr(0, 8));
}

Result<std::string> save_image(const Image& image, const ShowOptions& options, const std::string& id,
                               std::size_t number) {
  if (auto status = make_writable_folder(options.save); !status) return pass(status);
  const auto png = encode_png(image);
  if (!png) return pass(png);
  const fs::path file = fs::path(options.save) / fmt::format("{}-{}.png", file_stem(id), number + 1);
  if (auto status = write_file_atomically(file, *png); !status) return pass(status);
  return file.string();
}

std::string picture_of(const Image& image, const ShowOptions& options) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  if (options.json || options.picture == "never" || (options.picture == "auto" && !terminal)) return {};
  const char* no_colour = std::getenv("NO_COLOR");
  return terminal_picture(image, options.columns, terminal && (no_colour == nullptr || *no_colour == '\0'));
}

/// Reads the item's images one by one; one that cannot be read leaves its reason.
Status look_at_images(const ShowOptions& options, ItemView& view) {
  ImageLoader loader;
  const std::size_t prompted = shown_images(view.protocol, view.item.images.size());
  for (std::size_t i = 0; i < view.item.images.size(); ++i) {
    ImageView shown;
    shown.prompted = i < prompted;
    if (auto image = loader.load(view.item.images[i])) {
      shown.image = std::move(*image);
      shown.picture = picture_of(*shown.image, options);
      if (!options.save.empty()) {
        auto saved = save_image(*shown.image, options, view.item.id, i);
        if (!saved) return pass(saved);
        shown.saved = std::move(*saved);
      }
    } else {
      shown.problem = image.error().message();
    }
    view.images.push_back(std::move(shown));
  }
  return {};
}

Result<ItemView> find_item(const ShowOptions& options) {
  const auto name = parse_row_set_name(options.benchmark);
  if (!name) return pass(name);
  const auto card = find_card(name->benchmark);
  if (!card) return pass(card);
  const auto request = request_for(*name, options.rows);
  if (!request) return pass(request);
  auto protocol = find_protocol(options.protocol.empty() ? card->default_protocol : options.protocol);
  if (!protocol) return pass(protocol);
  Search search(options);
  auto rows = stream_row_set(*card, *request, data_places(options.data),
                             [&search](Item&& item) { return search.offer(std::move(item)); });
  if (!rows) return pass(rows);
  if (!search.found()) return tl::unexpected<Error>(search.not_found(*rows));
  if (options.random) note(fmt::format("osler: drawn with --seed {}", search.seed()));
  return ItemView{std::move(*rows), std::move(*search.found()), std::move(*protocol), {}};
}

int show(const ShowOptions& options) {
  auto view = find_item(options);
  if (!view) return complain(view.error());
  say_notes(view->rows);
  if (auto status = look_at_images(options, *view); !status) return complain(status.error());
  if (options.json) {
    std::cout << item_json(*view).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    std::cout << item_text(*view);
  }
  const auto broken =
      std::count_if(view->images.begin(), view->images.end(), [](const ImageView& shown) { return !shown.image; });
  if (broken == 0) return kDone;
  return complain(
      {ErrorCode::malformed,
       fmt::format("{} of the {} images of the item '{}' cannot be read", broken, view->images.size(), view->item.id),
       {},
       "the reason stands beside the image"});
}

}  // namespace

void add_data_show(CLI::App& data, Action& action) {
  auto* command = data.add_subcommand("show", "One item as the model will see it: images, prompt, gold answer");
  auto options = std::make_shared<ShowOptions>();
  command->add_option("benchmark", options->benchmark, "Row set: BENCHMARK[:SPLIT][/SUBSET], or the path of a card")
      ->required();
  auto* id = command->add_option("id", options->id, "The item's id (default: the first item)");
  auto* random = command->add_flag("--random", options->random, "Draw an item")->excludes(id);
  add_seed_option(*command, options->seed, "Draws the same item again")->needs(random);
  command->add_option("-d,--data", options->data,
                      "Folder to look in first (then $OSLER_DATA, then the Hugging Face cache)");
  command->add_option("-p,--protocol", options->protocol, "How it is asked (default: the benchmark's own)");
  command->add_option("--split", options->rows.split, "Split of the benchmark (default: test)");
  command->add_option("--form", options->rows.form, "Form on disk to use, when several are there");
  command->add_option("--subset", options->rows.subset, "Part of the split: closed, yes_no, open, mcq, ...");
  command->add_option("--save", options->save, "Folder to write the images to, as the model sees them (PNG)");
  command->add_option("--picture", options->picture, "Draw the images with characters: auto is in a terminal only")
      ->capture_default_str()
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command->add_option("--columns", options->columns, "Width of a drawn image, in characters")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command->add_flag("--json", options->json, "One object for programs");
  command->footer(
      "Exit status 1 when an image is missing or cannot be decoded; the rest is shown.\n"
      "Examples:\n"
      "  osler data show vqa-rad --data ~/data/vqa-rad --random\n"
      "  osler data show slake:test/closed 11934 --data ~/data --save pictures");
  command->callback([&action, options] { action = [options] { return show(*options); }; });
}

}  // namespace osler::cli
