#include "osler/phantom/benchmark.h"

#include <fmt/format.h>

#include <cassert>
#include <nlohmann/json.hpp>

#include "osler/phantom/draw.h"
#include "osler/phantom/words.h"
#include "osler/storage/files.h"
#include "osler/storage/png.h"
#include "osler/storage/shipped.h"

namespace osler::phantom {
namespace {

using Object = nlohmann::ordered_json;

std::string image_name(std::uint64_t index) { return fmt::format("images/{:06}.png", index); }

Object item_json(const Case& made, std::size_t number) {
  const Question& question = made.questions[number];
  Object item{{"id", fmt::format("{:06}-{}", made.index, number)},
              {"image", image_name(made.index)},
              {"question", question.text}};
  if (!question.options.empty()) item["options"] = question.options;
  item["answer"] = question.answer;
  item["kind"] = name_of(question.kind);
  item["capability"] = name_of(question.capability);
  item["topic"] = question.topic;
  item["family"] = name_of(made.scene.family);
  item["explanation"] = question.explanation;
  return item;
}

/// Two decimals are enough for a reader and the same on every machine.
double rounded(double value) {
  return static_cast<double>(static_cast<std::int64_t>(value * 100 + (value < 0 ? -0.5 : 0.5))) / 100;
}

Object truth_json(const Case& made) {
  const Scene& scene = made.scene;
  const Words& words = words_of(scene.family);
  Object truth{{"image", image_name(made.index)}, {"family", name_of(scene.family)}, {"background", scene.background}};
  if (!scene.lesions.empty()) truth["sign"] = scene.sign;
  if (scene.has_midline()) truth["midline_shift"] = scene.midline_shift();
  auto lesions = Object::array();
  for (const Lesion& lesion : scene.lesions) {
    lesions.push_back({{"x", rounded(lesion.x)},
                       {"y", rounded(lesion.y)},
                       {"rx", rounded(lesion.rx)},
                       {"ry", rounded(lesion.ry)},
                       {"axis", {rounded(lesion.axis_x), rounded(lesion.axis_y)}},
                       {"brighter", lesion.brighter},
                       {"quadrant", quadrant_word(words, lesion.right, lesion.upper)}});
  }
  truth["lesions"] = std::move(lesions);
  return truth;
}

/// The shipped card, with what is known of these images: seed, number, and what a whole copy holds.
Result<std::string> card_text(const Options& options) {
  constexpr ShippedKind kCards = {.folder = "benchmarks/", .noun = "benchmark", .own = "a card of your own"};
  const auto shipped = find_shipped(kCards, "phantom");
  if (!shipped) return pass(shipped);
  std::string card = shipped->text;
  constexpr std::string_view kTitle = "title: Osler phantom\n";
  const auto title = card.find(kTitle);
  assert(title != std::string::npos);
  card.replace(title, kTitle.size(),
               fmt::format("title: Osler phantom, seed {}, {} images\n", options.seed, options.images));
  return card + fmt::format("    expect:\n      test: {{items: {}, distinct_images: {}}}\n",
                            options.images * kQuestionsPerPicture, options.images);
}

/// What is there already must be this phantom, or nothing.
Status refuse_other_files(const std::filesystem::path& folder, const std::string& card) {
  constexpr const char* kWayOut = "name another folder with --out, or delete this one";
  std::error_code problem;
  const auto card_path = folder / "phantom.yaml";
  if (std::filesystem::exists(card_path, problem)) {
    const auto old = read_file(card_path);
    if (!old) return pass(old);
    if (*old == card) return {};
    return fail(ErrorCode::mismatch, "the folder holds another phantom", {card_path.string()}, kWayOut);
  }
  for (const char* name : {"items.jsonl", "truth.jsonl"}) {
    if (!std::filesystem::exists(folder / name, problem)) continue;
    return fail(ErrorCode::mismatch, "is there already, without a phantom's card", {(folder / name).string()}, kWayOut);
  }
  return {};
}

Status check(const Options& options) {
  if (options.images >= 1 && options.images <= kMostPictures) return {};
  return fail(ErrorCode::usage, fmt::format("--images {} is not between 1 and {}", options.images, kMostPictures));
}

}  // namespace

Generator::Generator(std::uint64_t seed) : seed_(seed), dealing_(seed ^ 0xDEA1U) {}

Picture Case::picture() const {
  Random random = texture;
  return draw(scene, random);
}

Case Generator::next() {
  Random random(seed_, index_);
  Scene scene = sample_scene(design_of(seed_, index_), random);
  auto questions = ask(scene, dealing_, dealer_);
  return {index_++, std::move(scene), random, std::move(questions)};
}

Status generate(const Options& options, const std::function<void(std::uint64_t)>& progress) {
  if (auto valid = check(options); !valid) return valid;
  const auto& folder = options.folder;
  const auto card = card_text(options);
  if (!card) return pass(card);
  if (auto free = refuse_other_files(folder, *card); !free) return free;
  if (auto made = make_writable_folder(folder / "images"); !made) return made;

  Generator generator(options.seed);
  std::string items;
  std::string truths;
  for (std::uint64_t i = 0; i < options.images; ++i) {
    const Case made = generator.next();
    const Picture picture = made.picture();
    const auto png = encode_png(PixelRows{kPictureSize, kPictureSize, picture.channels, picture.samples});
    if (!png) return pass(png);
    if (auto written = write_file_atomically(folder / image_name(i), *png); !written) return written;
    for (std::size_t q = 0; q < made.questions.size(); ++q) items += item_json(made, q).dump() + "\n";
    truths += truth_json(made).dump() + "\n";
    progress(i + 1);
  }
  if (auto written = write_file_atomically(folder / "items.jsonl", items); !written) return written;
  if (auto written = write_file_atomically(folder / "truth.jsonl", truths); !written) return written;
  // The card comes last: a folder with a card is a whole benchmark.
  return write_file_atomically(folder / "phantom.yaml", *card);
}

}  // namespace osler::phantom
