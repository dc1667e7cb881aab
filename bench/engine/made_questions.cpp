#include "engine/made_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "osler/core/image.h"
#include "osler/dataset/images/encode_png.h"
#include "osler/storage/files.h"
#include "tiny_vlm/weights.h"

namespace osler::engine_bench {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kSide = 448;

constexpr std::array<std::string_view, 6> kPlaces{"lung", "heart", "liver", "brain", "spine", "aorta"};

constexpr std::string_view kCard = R"(name: bench
title: Made-up pictures and questions
licence: none needed
forms:
  - name: csv
    format: csv
    files: {test: [items.csv]}
    id: "{id}"
    question: question
    answer: {column: answer}
    images: {columns: [image], folders: [images]}
    kinds:
      - {kind: open}
)";

std::string protocol_text(std::string_view name, int tokens) {
  return fmt::format(R"(name: {}
title: the question alone, {} tokens
templates:
  mcq: "{{question}}\n{{options}}"
  yes_no: "{{question}}"
  open: "{{question}}"
decoding:
  max_new_tokens: {}
  temperature: 0
extraction:
  source: whole_text
  rules: [open_text]
)",
                     name, tokens, tokens);
}

/// Grains and shades all over, so that no two patches are alike.
Image drawn(std::size_t number) {
  tiny_vlm::SplitMix64 random(1000 + number);
  Image image{kSide, kSide, std::vector<std::uint8_t>(std::size_t{3} * kSide * kSide)};
  const std::uint64_t middle_x = random.next() % kSide, middle_y = random.next() % kSide;
  for (std::uint64_t y = 0; y < kSide; ++y) {
    for (std::uint64_t x = 0; x < kSide; ++x) {
      const std::uint64_t shade = (x > middle_x ? x - middle_x : middle_x - x) / 3 +
                                  (y > middle_y ? y - middle_y : middle_y - y) / 5 + random.next() % 16;
      std::fill_n(image.rgb.begin() + static_cast<std::ptrdiff_t>(3 * (y * kSide + x)), 3,
                  static_cast<std::uint8_t>(std::min<std::uint64_t>(shade, 255)));
    }
  }
  return image;
}

}  // namespace

Status write_questions(std::size_t images, std::size_t questions, const fs::path& folder) {
  std::error_code problem;
  fs::create_directories(folder / "images", problem);
  if (problem) return fail(ErrorCode::io, "cannot be made: " + problem.message(), {folder.string()});
  std::string table = "id,image,question,answer\n";
  for (std::size_t i = 0; i < images; ++i) {
    const std::string name = fmt::format("picture-{:04}.png", i);
    const auto png = encode_png(drawn(i));
    if (!png) return pass(png);
    if (auto status = write_file_atomically(folder / "images" / name, *png); !status) return status;
    for (std::size_t k = 0; k < questions; ++k) {
      table += fmt::format("q-{:04}-{:02},{},Is the {} normal {:02}?,no\n", i, k, name, kPlaces[k % kPlaces.size()], k);
    }
  }
  const std::array<std::pair<const char*, std::string>, 4> files{{{"items.csv", table},
                                                                  {"bench.yaml", std::string(kCard)},
                                                                  {"short.yaml", protocol_text("short", 4)},
                                                                  {"reasoning.yaml", protocol_text("reasoning", 200)}}};
  for (const auto& [name, text] : files) {
    if (auto status = write_file_atomically(folder / name, text); !status) return status;
  }
  return {};
}

}  // namespace osler::engine_bench
