#include "osler/engine/cache/request_key.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/core/hash.h"

namespace osler {
namespace {

/// Raised when the encoding below changes, and when Osler's own part in an engine (sizes of pictures, templates)
/// changes what an engine with the same identity answers.
constexpr int kFormat = 1;

/// Fields one after another, each with its length, lists with their count: no two requests have the same bytes.
/// What is hashed is taken apart rather than named member by member, so that a member that is added to one of these
/// types and forgotten here does not compile.
class KeyHash {
 public:
  explicit KeyHash(std::string_view domain) {
    text(domain);
    number(kFormat);
  }

  void text(std::string_view value) { hash_.update_field(value); }
  template <class Number>
  void number(Number value) {
    text(fmt::format("{}", value));
  }

  void prompt(const Prompt& value) {
    const auto& [messages] = value;
    number(messages.size());
    for (const auto& [role, parts] : messages) {
      text(role);
      number(parts.size());
      for (const auto& [image, words] : parts) {
        text(image ? fmt::format("image {}", *image) : std::string("text"));
        text(words);
      }
    }
  }

  void decoding(const Decoding& value, std::uint64_t repeat) {
    const auto& [max_new_tokens, temperature, seed] = value;
    const bool greedy = !(temperature > 0);
    number(max_new_tokens);
    number(greedy ? 0.0 : temperature);
    number(greedy ? 0 : seed);
    number(greedy ? 0 : repeat);
  }

  void scoring(const OptionQuestion& value) {
    const auto& [options, answer_prefix, unconditional] = value;
    number(options.size());
    for (const auto& [letter, words] : options) {
      text(letter);
      text(words);
    }
    text(answer_prefix);
    prompt(unconditional);
  }

  [[nodiscard]] std::string bytes() { return hash_.bytes(); }

 private:
  Sha256 hash_;
};

}  // namespace

const std::string& PictureHashes::of(const std::shared_ptr<const Image>& image) {
  const auto same = [&image](const Known& known) { return known.image.lock() == image; };
  const auto found = std::find_if(known_.begin(), known_.end(), same);
  if (found != known_.end()) return found->hash;
  Known& place = known_.at(next_);
  next_ = (next_ + 1) % known_.size();
  place = {image, pixel_hash(*image)};
  return place.hash;
}

std::string engine_fingerprint(const EngineFacts& facts) {
  KeyHash hash("engine");
  hash.text(facts.kind);
  hash.number(facts.identity.size());
  for (const auto& [name, value] : facts.identity) {
    hash.text(name);
    hash.text(value);
  }
  return hash.bytes();
}

std::string request_key(const std::string& fingerprint, const Request& request, PictureHashes& pictures,
                        std::uint64_t repeat) {
  // `exact` asks how the answer comes about; who sets it wants none from a cache.
  const auto& [item_id, prompt, images, decoding, follow_up, letters, scoring, exact] = request;
  KeyHash hash("request");
  hash.text(fingerprint);
  hash.prompt(prompt);
  hash.number(images.size());
  for (const auto& image : images) hash.text(pictures.of(image));
  hash.decoding(decoding, repeat);
  hash.text(follow_up);
  hash.number(letters.size());
  for (const auto& letter : letters) hash.text(letter);
  hash.number(scoring ? 1 : 0);
  if (scoring) hash.scoring(*scoring);
  return hash.bytes();
}

std::string embedding_key(const std::string& fingerprint, const EmbeddingRequest& request, bool sees_images,
                          PictureHashes& pictures) {
  const auto& [item_id, text, images, instruction] = request;
  KeyHash hash("embedding");
  hash.text(fingerprint);
  hash.text(text);
  hash.text(instruction);
  hash.number(sees_images ? images.size() : 0);
  if (sees_images) {
    for (const auto& image : images) hash.text(pictures.of(image));
  }
  return hash.bytes();
}

}  // namespace osler
