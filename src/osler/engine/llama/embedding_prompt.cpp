#include "osler/engine/llama/embedding_prompt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <tuple>
#include <utility>

#include "osler/engine/llama/image_size.h"
#include "osler/engine/llama/resize.h"

namespace osler {
namespace {

/// A picture that the model's processor would refuse stays as it is, and is refused later, with words.
std::shared_ptr<const Image> in_first_size(const std::shared_ptr<const Image>& image, const FirstResize& first) {
  const std::uint64_t token = std::uint64_t{first.side} * first.side;
  const auto size =
      smart_resize(image->height, image->width, first.side, first.min_tokens * token, first.max_tokens * token);
  if (!size || *size == ImageSize{image->width, image->height}) return image;
  return std::make_shared<const Image>(resize_bicubic(*image, size->width, size->height));
}

std::string text_of(const Message& message) {
  std::string text;
  for (const auto& part : message.parts) text += part.text;
  return text;
}

}  // namespace

Pictures shown_pictures(Pictures pictures, const EmbeddingRecipe& recipe) {
  if (recipe.most_images && pictures.size() > *recipe.most_images) pictures.resize(*recipe.most_images);
  if (recipe.first_resize) {
    for (auto& picture : pictures) picture = in_first_size(picture, *recipe.first_resize);
  }
  return pictures;
}

Request embedding_turn(EmbeddingRequest request, const EmbeddingRecipe& recipe) {
  Request turn;
  turn.item_id = std::move(request.item_id);
  const std::string& instruction = request.instruction.empty() ? recipe.instruction : request.instruction;
  if (!instruction.empty()) turn.prompt.messages.push_back({"system", {{std::nullopt, instruction}}});
  turn.images = std::move(request.images);
  Message user{"user", {}};
  for (std::size_t i = 0; i < turn.images.size(); ++i) user.parts.push_back({i, {}});
  user.parts.push_back({std::nullopt, std::move(request.text)});
  turn.prompt.messages.push_back(std::move(user));
  return turn;
}

std::vector<RenderedPiece> embedding_pieces(const std::string& recipe_prompt, const Prompt& prompt) {
  using Origin = RenderedPiece::Origin;
  constexpr std::array<std::string_view, 3> kPlaces = {"{instruction}", "{image}", "{text}"};
  const bool has_instruction = prompt.messages.size() > 1;
  std::vector<RenderedPiece> pieces;
  std::string_view rest = recipe_prompt;
  while (!rest.empty()) {
    std::string_view place;
    std::size_t at = rest.size();
    for (const auto name : kPlaces) {
      if (const auto found = rest.find(name); found < at) std::tie(at, place) = std::pair(found, name);
    }
    if (at > 0) pieces.push_back({Origin::chat_template, std::string(rest.substr(0, at)), 0});
    rest.remove_prefix(at + place.size());
    if (place == kPlaces[0] && has_instruction) {
      pieces.push_back({Origin::user, text_of(prompt.messages.front()), 0});
    } else if (place == kPlaces[1]) {
      for (const auto& part : prompt.messages.back().parts) {
        if (part.image) pieces.push_back({Origin::image, {}, *part.image});
      }
    } else if (place == kPlaces[2]) {
      pieces.push_back({Origin::user, text_of(prompt.messages.back()), 0});
    }
  }
  return pieces;
}

Status cut_to(PreparedPrompt& prompt, std::size_t most) {
  if (prompt.cells <= most) return {};
  const std::size_t too_many = prompt.cells - most;
  const PromptChunk& last = *prompt.chunks.back();
  if (last.is_image() || last.tokens.size() <= too_many) {
    return fail(ErrorCode::limit,
                fmt::format("its images and the text before them have more than the {} tokens of this model", most), {},
                "lower --image-max-tokens");
  }
  PromptChunk cut;
  cut.tokens.assign(last.tokens.begin(), last.tokens.end() - static_cast<std::ptrdiff_t>(too_many));
  cut.cells = cut.tokens.size();
  cut.positions = static_cast<llama_pos>(cut.tokens.size());
  prompt.chunks.back() = std::make_shared<const PromptChunk>(std::move(cut));
  prompt.cells = most;
  return {};
}

}  // namespace osler
