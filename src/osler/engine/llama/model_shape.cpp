#include "osler/engine/llama/model_shape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace osler {
namespace {

constexpr std::uint64_t kMaxLayers = 512;  // LLAMA_MAX_LAYERS: more is an assertion in llama.cpp.

tl::unexpected<Error> damaged(const GgufHead& head, const std::string& what) {
  return fail(ErrorCode::malformed, "is damaged or was converted wrongly: " + what, {head.path().string()},
              "fetch or convert the file again");
}

/// A family of vision projectors whose tensors are known.
struct Family {
  std::string_view projector;     ///< clip.projector_type
  std::string_view architecture;  ///< The only text architecture that it belongs to; "": several.
  bool qwen;                      ///< Two-dimensional rotary positions in the vision tower, and windows.
};

constexpr std::array<Family, 4> kFamilies{{{"mlp", "", false},
                                           {"qwen2vl_merger", "qwen2vl", true},
                                           {"qwen2.5vl_merger", "qwen2vl", true},
                                           {"gemma3", "gemma3", false}}};

const Family* family_of(const std::string& projector) {
  const auto* found = std::find_if(kFamilies.begin(), kFamilies.end(),
                                   [&](const Family& family) { return family.projector == projector; });
  return found == kFamilies.end() ? nullptr : found;
}

/// Files for several senses say it once for each.
std::string projector_type(const GgufHead& head) {
  const std::string type = head.text("clip.projector_type");
  return type.empty() ? head.text("clip.vision.projector_type") : type;
}

/// Sizes that a projector of a known family must have.
struct VisionSizes {
  std::uint64_t width = 0;
  std::uint64_t heads = 0;
  std::uint64_t layers = 0;
  std::uint64_t patch = 0;
};

/// What leads from the vision tower to the text model; llama.cpp follows these without a look.
std::vector<const char*> projection_tensors(const GgufHead& head, const Family& family) {
  if (family.projector == "gemma3") return {};
  if (family.projector == "mlp" && head.shape("mm.3.weight")) {
    // LLaVA on Yi has normalisations in between, and no mm.2.
    return {"mm.0.weight", "mm.0.bias", "mm.1.weight", "mm.1.bias",
            "mm.3.weight", "mm.3.bias", "mm.4.weight", "mm.4.bias"};
  }
  return {"mm.0.weight", "mm.0.bias", "mm.2.weight", "mm.2.bias"};
}

/// Layers are alike: what one has and another has not was lost, and llama.cpp would follow a null pointer.
Status check_layers_alike(const GgufHead& head, std::uint64_t layers) {
  std::map<std::string, std::set<std::uint64_t>> layers_with;
  constexpr std::string_view kPrefix = "v.blk.";
  for (const auto& name : head.tensor_names()) {
    if (!name.starts_with(kPrefix)) continue;
    std::uint64_t layer = 0;
    const char* end = name.data() + name.size();
    const auto [after, problem] = std::from_chars(name.data() + kPrefix.size(), end, layer);
    if (problem != std::errc() || after == end || layer >= layers) continue;
    layers_with[std::string(after, end)].insert(layer);
  }
  for (const auto& [part, having] : layers_with) {
    if (having.size() == layers) continue;
    std::uint64_t missing = 0;
    while (having.contains(missing)) ++missing;
    return damaged(
        head, fmt::format("layer {} has a tensor {} and layer {} has none", *having.begin(), part.substr(1), missing));
  }
  return {};
}

Status check_layers(const GgufHead& head, const Family& family, const VisionSizes& sizes) {
  // The LLaVA family takes the features of the last layer but one, and some of its files leave the last one out.
  // Those that name the layers they want (ours does) may want the last.
  const bool names_layers = !head.numbers("clip.vision.feature_layer").empty();
  const bool leaves_last = family.projector == "mlp" && sizes.layers > 1 && !names_layers;
  const std::uint64_t needed = leaves_last ? sizes.layers - 1 : sizes.layers;
  for (std::uint64_t layer = 0; layer < needed; ++layer) {
    const std::string prefix = fmt::format("v.blk.{}.", layer);
    const bool fused = head.shape(prefix + "attn_qkv.weight").has_value();
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_out", "ffn_up", "ffn_down", "ln1", "ln2"}) {
      const std::string_view name = part;
      if (fused && (name == "attn_q" || name == "attn_k" || name == "attn_v")) continue;
      const auto shape = head.shape(prefix + part + ".weight");
      if (!shape) return damaged(head, fmt::format("it has no tensor {}{}.weight", prefix, part));
      if (name.starts_with("ffn")) continue;  // Older files have up and down the other way round.
      if (static_cast<std::uint64_t>((*shape)[0]) != sizes.width) {
        return damaged(head, fmt::format("{}{}.weight is for a width of {}, and the head says {}", prefix, part,
                                         (*shape)[0], sizes.width));
      }
    }
  }
  return check_layers_alike(head, needed);
}

/// llama.cpp asserts the types of the keys that it reads.
Status check_key_types(const GgufHead& head) {
  constexpr std::array<std::pair<const char*, gguf_type>, 9> kTypes{
      {{"clip.vision.image_size", GGUF_TYPE_UINT32},
       {"clip.vision.patch_size", GGUF_TYPE_UINT32},
       {"clip.vision.embedding_length", GGUF_TYPE_UINT32},
       {"clip.vision.feed_forward_length", GGUF_TYPE_UINT32},
       {"clip.vision.block_count", GGUF_TYPE_UINT32},
       {"clip.vision.projection_dim", GGUF_TYPE_UINT32},
       {"clip.vision.attention.head_count", GGUF_TYPE_UINT32},
       {"clip.vision.attention.layer_norm_epsilon", GGUF_TYPE_FLOAT32},
       {"clip.projector_type", GGUF_TYPE_STRING}}};
  for (const auto& [key, type] : kTypes) {
    const auto found = head.type_of(key);
    if (found && *found != type) {
      return damaged(head, fmt::format("{} is of type {}, not {}", key, gguf_type_name(*found), gguf_type_name(type)));
    }
  }
  return {};
}

Status check_qwen(const GgufHead& head, const Family& family, const VisionSizes& sizes) {
  if ((sizes.width / sizes.heads) % 4 != 0) {
    return damaged(head, fmt::format("a vision head of {} numbers cannot be rotated in two dimensions",
                                     sizes.width / sizes.heads));
  }
  if (!head.shape("v.patch_embd.weight.1")) return damaged(head, "it has no tensor v.patch_embd.weight.1");
  if (family.projector != "qwen2.5vl_merger") return {};
  const auto windows = head.number("clip.vision.n_wa_pattern");
  if (!windows) return damaged(head, "clip.vision.n_wa_pattern is missing");
  if (*windows == 1) return damaged(head, "clip.vision.n_wa_pattern leaves no layer with windows");
  return {};
}

/// llama.cpp asserts that tokens differ, and reads as many types and scores as there are tokens.
Status check_vocabulary(const GgufHead& head) {
  const auto tokens = head.texts("tokenizer.ggml.tokens");
  std::unordered_set<std::string_view> seen;
  seen.reserve(tokens.size());
  for (const auto token : tokens) {
    // Empty ones get names of their own there.
    if (!token.empty() && !seen.insert(token).second) {
      return damaged(head, fmt::format("its vocabulary has the token '{}' twice", token));
    }
  }
  for (const char* key : {"tokenizer.ggml.token_type", "tokenizer.ggml.scores"}) {
    const auto length = head.length(key);
    if (length && *length < tokens.size()) {
      return damaged(head, fmt::format("{} has {} entries for {} tokens", key, *length, tokens.size()));
    }
  }
  return {};
}

}  // namespace

Status check_text_shape(const GgufHead& head) {
  if (auto status = check_vocabulary(head); !status) return status;
  const std::string architecture = head.text("general.architecture");
  const auto layers = head.number(architecture + ".block_count");
  // An unknown architecture has keys of its own; llama.cpp refuses it by itself.
  if (!layers) return {};
  if (*layers == 0 || *layers > kMaxLayers) return damaged(head, fmt::format("it cannot have {} layers", *layers));
  const auto width = head.number(architecture + ".embedding_length");
  const auto heads = head.number(architecture + ".attention.head_count");
  if (heads && *heads == 0) return damaged(head, "it has no attention heads");
  const auto sections = head.numbers(architecture + ".rope.dimension_sections");
  if (sections.empty() || !width || !heads) return {};
  const auto head_size = static_cast<std::int64_t>(
      head.number(architecture + ".rope.dimension_count")
          .value_or(head.number(architecture + ".attention.key_length").value_or(*width / *heads)));
  std::int64_t sum = 0;
  for (const auto section : sections) {
    if (section < 0 || section > head_size) return damaged(head, "its rotary sections make no sense");
    sum += section;
  }
  if (sum == 0 || sum > head_size / 2) {
    return damaged(
        head, fmt::format("its rotary sections are {} numbers of the {} that half a head has", sum, head_size / 2));
  }
  return {};
}

Status check_projector_shape(const GgufHead& head) {
  const std::string type = projector_type(head);
  if (type.empty()) {
    return damaged(head, "it does not say what kind of projector it is (clip.projector_type)");
  }
  if (auto status = check_key_types(head); !status) return status;
  const Family* family = family_of(type);
  if (family == nullptr) return {};
  VisionSizes sizes;
  for (const auto& [key, into] : {std::pair{"embedding_length", &sizes.width},
                                  {"attention.head_count", &sizes.heads},
                                  {"block_count", &sizes.layers},
                                  {"patch_size", &sizes.patch}}) {
    *into = head.number(fmt::format("clip.vision.{}", key)).value_or(0);
    if (*into == 0) return damaged(head, fmt::format("clip.vision.{} is missing or 0", key));
  }
  if (sizes.layers > kMaxLayers) return damaged(head, fmt::format("it cannot have {} layers", sizes.layers));
  if (sizes.width % sizes.heads != 0) {
    return damaged(head, fmt::format("{} heads cannot share a width of {}", sizes.heads, sizes.width));
  }
  const auto kernel = head.shape("v.patch_embd.weight");
  if (!kernel) return damaged(head, "it has no tensor v.patch_embd.weight");
  if (static_cast<std::uint64_t>((*kernel)[0]) != sizes.patch ||
      static_cast<std::uint64_t>((*kernel)[1]) != sizes.patch ||
      static_cast<std::uint64_t>((*kernel)[3]) != sizes.width) {
    return damaged(head, fmt::format("v.patch_embd.weight does not fit patches of {} and a width of {}", sizes.patch,
                                     sizes.width));
  }
  if (auto status = check_layers(head, *family, sizes); !status) return status;
  if (!family->qwen && !head.shape("v.position_embd.weight")) {
    return damaged(head, "it has no tensor v.position_embd.weight");
  }
  for (const char* tensor : projection_tensors(head, *family)) {
    if (!head.shape(tensor)) return damaged(head, fmt::format("it has no tensor {}", tensor));
  }
  return family->qwen ? check_qwen(head, *family, sizes) : Status{};
}

Status check_pair(const GgufHead& model, const GgufHead& projector) {
  const std::string architecture = model.text("general.architecture");
  const std::string type = projector_type(projector);
  const auto refuse = [&]() -> Status {
    return fail(ErrorCode::mismatch,
                fmt::format("is a projector of the kind '{}', which does not go with {} ({})", type,
                            model.path().filename().string(), architecture),
                {projector.path().string()}, "it belongs to another model: give the mmproj of this one with --mmproj");
  };
  if (const Family* family = family_of(type); family != nullptr) {
    if (!family->architecture.empty() && family->architecture != architecture) return refuse();
  }
  // The other way round: what a text model of these kinds needs.
  const auto* wanted = std::find_if(kFamilies.begin(), kFamilies.end(),
                                    [&](const Family& family) { return family.architecture == architecture; });
  if (wanted != kFamilies.end() && type == "mlp") return refuse();
  return {};
}

}  // namespace osler
