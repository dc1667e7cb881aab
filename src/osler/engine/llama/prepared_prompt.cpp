#include "osler/engine/llama/prepared_prompt.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "osler/core/hash.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/engine/llama/resize.h"

namespace osler {
namespace {

/// Pictures that are remembered, with their hash and prepared pixels: items of one picture follow one another.
constexpr std::size_t kRecentImages = 8;
constexpr std::size_t kRecentBytes = std::size_t{16} << 20;

/// A stretch of text that is tokenized in one go.
struct TextPart {
  std::string text;
  bool parse_special = true;
};

}  // namespace

Result<const mtmd_input_chunk*> EncoderInput::part(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (auto status = prepare_locked(); !status) return pass(status);
  if (index >= parts_.size()) return fail(ErrorCode::engine, "the image has fewer parts than its prompt");
  return parts_[index];
}

Status EncoderInput::prepare() {
  const std::lock_guard lock(mutex_);
  return encoded_ ? Status{} : prepare_locked();
}

void EncoderInput::release_after(std::size_t index) {
  const std::lock_guard lock(mutex_);
  if (index + 1 < parts_.size()) return;
  parts_.clear();
  chunks_.reset();
  encoded_ = true;
}

std::uint64_t EncoderInput::prepared_bytes() {
  const std::lock_guard lock(mutex_);
  return parts_.empty() ? 0 : std::uint64_t{3} * sizeof(float) * size_.width * size_.height;
}

Status EncoderInput::prepare_locked() {
  if (!parts_.empty()) return {};
  const LogCapture log;
  const bool fits = size_ == ImageSize{image_->width, image_->height};
  const Image resized = fits ? Image{} : resize_bicubic(*image_, size_.width, size_.height);
  const Image& shown = fits ? *image_ : resized;
  const mtmd::bitmap_ptr bitmap(mtmd_bitmap_init(shown.width, shown.height, shown.rgb.data()));
  const mtmd_input_part input{nullptr, bitmap.get()};
  const mtmd_input_part* inputs = &input;
  mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
  if (mtmd_tokenize_from_parts(model_.projector(), chunks.get(), &inputs, 1, false) != 0) {
    return fail(ErrorCode::engine, "the image cannot be prepared for the model" + log.reason());
  }
  for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks.get()); ++i) {
    const auto* chunk = mtmd_input_chunks_get(chunks.get(), i);
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE) {
      parts_.push_back(chunk);
    }
  }
  chunks_ = std::move(chunks);
  return {};
}

/// A rendered prompt, before it is tokenized.
struct PromptPreparer::Layout {
  struct Part {
    std::shared_ptr<EncoderInput> image;  ///< Null for text.
    TextPart text;
  };
  std::vector<Part> parts;
  std::string hash;
};

Result<std::shared_ptr<EncoderInput>> PromptPreparer::input_for(const std::shared_ptr<const Image>& image) {
  const auto known =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& input) { return input->image() == image; });
  if (known != recent_.end()) {
    std::rotate(known, known + 1, recent_.end());
    return recent_.back();
  }
  std::string hash = pixel_hash(*image);
  // The same picture may come as another object, from another file.
  const auto same =
      std::find_if(recent_.begin(), recent_.end(), [&](const auto& input) { return input->pixel_hash() == hash; });
  if (same != recent_.end()) return *same;
  const auto size = model_.image_size_rule().size_for(image->width, image->height);
  if (!size) return pass(size);
  recent_.push_back(std::make_shared<EncoderInput>(model_, image, std::move(hash),
                                                   size->value_or(ImageSize{image->width, image->height})));
  std::size_t bytes = 0;
  auto oldest = recent_.end();
  while (oldest != recent_.begin() && static_cast<std::size_t>(recent_.end() - oldest) < kRecentImages) {
    bytes += (*std::prev(oldest))->image()->rgb.size();
    if (bytes > kRecentBytes && oldest != recent_.end()) break;
    --oldest;
  }
  recent_.erase(recent_.begin(), oldest);
  return recent_.back();
}

Result<PromptPreparer::Layout> PromptPreparer::lay_out(const Prompt& prompt,
                                                       const std::vector<std::shared_ptr<const Image>>& images,
                                                       const std::string& answer_prefix) {
  const std::lock_guard lock(mutex_);
  auto pieces = render_(prompt);
  if (!pieces) return pass(pieces);
  // The library adds the beginning-of-sequence token itself where the vocabulary asks for it.
  const std::string& start = model_.added_start();
  if (!start.empty() && !pieces->empty() && pieces->front().origin == RenderedPiece::Origin::chat_template &&
      pieces->front().text.starts_with(start)) {
    pieces->front().text.erase(0, start.size());
  }
  const auto last = answer_prefix.find_last_not_of(' ');
  if (last != std::string::npos) {
    pieces->push_back({RenderedPiece::Origin::user, answer_prefix.substr(0, last + 1), 0});
  }
  Layout layout;
  Sha256 hash;
  for (const auto& piece : *pieces) {
    if (piece.origin == RenderedPiece::Origin::image) {
      if (model_.projector() == nullptr) return fail(ErrorCode::unsupported, "the model has no vision projector");
      auto input = input_for(images.at(piece.image));
      if (!input) return pass(input);
      layout.parts.push_back({std::move(*input), {}});
      hash.update_field("image");
      hash.update_field(layout.parts.back().image->pixel_hash());
      continue;
    }
    hash.update_field("text");
    hash.update_field(piece.text);
    const bool parse_special =
        piece.origin == RenderedPiece::Origin::chat_template || !model_.holds_special_tokens(piece.text);
    // Neighbours are joined, so that the tokens are those of the whole text, as the model was trained.
    if (!layout.parts.empty() && layout.parts.back().image == nullptr && layout.parts.back().text.parse_special &&
        parse_special) {
      layout.parts.back().text.text += piece.text;
    } else {
      layout.parts.push_back({nullptr, {piece.text, parse_special}});
    }
  }
  layout.hash = hash.hex();
  return layout;
}

namespace {

/// The library's chunks of a prompt whose images are only places.
Result<mtmd::input_chunks_ptr> tokenize(const VisionModel& model, const std::vector<mtmd_input_part>& parts) {
  std::vector<const mtmd_input_part*> pointers;
  pointers.reserve(parts.size());
  for (const auto& part : parts) pointers.push_back(&part);
  const LogCapture log;
  mtmd::input_chunks_ptr chunks(mtmd_input_chunks_init());
  if (mtmd_tokenize_from_parts(model.projector(), chunks.get(), pointers.data(), pointers.size(), true) != 0) {
    return fail(ErrorCode::engine, "the image or the prompt cannot be prepared for the model" + log.reason());
  }
  return chunks;
}

PromptChunk text_chunk(const mtmd_input_chunk* chunk) {
  PromptChunk out;
  std::size_t count = 0;
  const llama_token* tokens = mtmd_input_chunk_get_tokens_text(chunk, &count);
  out.tokens.assign(tokens, tokens + count);
  out.cells = count;
  out.positions = static_cast<llama_pos>(count);
  return out;
}

PromptChunk image_chunk(const mtmd_input_chunk* chunk, std::shared_ptr<EncoderInput> input, std::size_t part) {
  PromptChunk out;
  out.input = std::move(input);
  out.part = part;
  out.layout.reset(mtmd_input_chunk_copy(chunk));
  out.cells = mtmd_input_chunk_get_n_tokens(chunk);
  out.positions = mtmd_input_chunk_get_n_pos(chunk);
  return out;
}

}  // namespace

/// A model without a projector is not known to the library that lays out images: its tokens, in one chunk.
Result<PreparedPrompt> PromptPreparer::prepare_text(const Layout& layout) const {
  PromptChunk chunk;
  if (const auto start = model_.added_start_token()) chunk.tokens.push_back(*start);
  for (const auto& part : layout.parts) {
    const auto tokens = model_.tokens(part.text.text, part.text.parse_special);
    chunk.tokens.insert(chunk.tokens.end(), tokens.begin(), tokens.end());
  }
  if (chunk.tokens.empty()) return fail(ErrorCode::engine, "there is no text");
  chunk.cells = chunk.tokens.size();
  chunk.positions = static_cast<llama_pos>(chunk.tokens.size());
  PreparedPrompt out;
  out.cells = chunk.cells;
  out.hash = layout.hash;
  out.chunks.push_back(std::make_shared<const PromptChunk>(std::move(chunk)));
  return out;
}

Result<PreparedPrompt> PromptPreparer::prepare(const Prompt& prompt,
                                               const std::vector<std::shared_ptr<const Image>>& images,
                                               const std::string& answer_prefix) {
  const auto layout = lay_out(prompt, images, answer_prefix);
  if (!layout) return pass(layout);
  if (model_.projector() == nullptr) return prepare_text(*layout);
  std::vector<mtmd_input_text> texts;
  std::vector<mtmd::bitmap_ptr> places;
  std::vector<mtmd_input_part> parts;
  texts.reserve(layout->parts.size());  // Their addresses are handed on.
  std::vector<std::shared_ptr<EncoderInput>> inputs;
  for (const auto& part : layout->parts) {
    if (part.image != nullptr) {
      const ImageSize size = part.image->size();
      places.emplace_back(mtmd_bitmap_init(size.width, size.height, nullptr));
      // The library hands the name on to every part of the picture.
      mtmd_bitmap_set_id(places.back().get(), std::to_string(inputs.size()).c_str());
      inputs.push_back(part.image);
      parts.push_back({nullptr, places.back().get()});
    } else {
      texts.push_back({part.text.text.data(), part.text.text.size(), false, part.text.parse_special});
      parts.push_back({&texts.back(), nullptr});
    }
  }
  const auto chunks = tokenize(model_, parts);
  if (!chunks) return pass(chunks);
  PreparedPrompt out;
  std::vector<std::size_t> seen(inputs.size(), 0);
  for (std::size_t i = 0; i < mtmd_input_chunks_size(chunks->get()); ++i) {
    const auto* chunk = mtmd_input_chunks_get(chunks->get(), i);
    PromptChunk made;
    if (mtmd_input_chunk_get_type(chunk) == MTMD_INPUT_CHUNK_TYPE_IMAGE) {
      const char* id = mtmd_input_chunk_get_id(chunk);
      const auto which = id == nullptr ? inputs.size() : std::strtoul(id, nullptr, 10);
      if (which >= inputs.size()) return fail(ErrorCode::engine, "the library lost an image of the prompt");
      made = image_chunk(chunk, inputs[which], seen[which]++);
      out.image_tokens += made.cells;
    } else {
      made = text_chunk(chunk);
    }
    out.cells += made.cells;
    out.chunks.push_back(std::make_shared<const PromptChunk>(std::move(made)));
  }
  out.hash = layout->hash;
  if (!layout->parts.empty() && layout->parts.back().image == nullptr) {
    out.tail = layout->parts.back().text.text;
    out.tail_is_special = layout->parts.back().text.parse_special;
  }
  return out;
}

}  // namespace osler
