#include "osler/hub/model_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <set>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/storage/hub_cache.h"

namespace osler::hub {
namespace {

constexpr std::string_view kGguf = ".gguf";

char to_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

std::string in_upper_case(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), to_upper);
  return upper;
}

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view file_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

/// What the name of a GGUF file says.
struct GgufName {
  std::string_view whole;  ///< Without part number and suffix.
  unsigned part = 1;
  unsigned parts = 1;
};

/// "x-00002-of-00003.gguf" is part 2 of 3 of "x".
GgufName gguf_name(std::string_view path) {
  GgufName name{path.substr(0, path.size() - kGguf.size()), 1, 1};
  constexpr std::string_view kShape = "-00001-of-00001";
  constexpr std::size_t kDigits = 5;
  if (name.whole.size() <= kShape.size()) return name;
  const auto end = name.whole.substr(name.whole.size() - kShape.size());
  const auto part = end.substr(1, kDigits);
  const auto parts = end.substr(kShape.size() - kDigits);
  if (end.front() != '-' || in_upper_case(end.substr(1 + kDigits, 4)) != "-OF-") return name;
  if (!is_digits(part) || !is_digits(parts)) return name;
  GgufName split{name.whole.substr(0, name.whole.size() - kShape.size())};
  std::from_chars(part.data(), part.data() + kDigits, split.part);
  std::from_chars(parts.data(), parts.data() + kDigits, split.parts);
  return split.part >= 1 && split.part <= split.parts ? split : name;
}

/// The first number in a quant: 4 of Q4_K_M, 16 of BF16; 0 if there is none.
int bits_of(std::string_view path) {
  constexpr int kMost = 1000;
  const std::string quant = quant_of(path);
  const auto at = quant.find_first_of("0123456789");
  int bits = 0;
  if (at != std::string::npos) std::from_chars(quant.data() + at, quant.data() + quant.size(), bits);
  return std::clamp(bits, 0, kMost);
}

/// A language model that can be run by itself: no projector, no helper of another model.
bool is_model(std::string_view path) {
  if (!path.ends_with(kGguf)) return false;
  const auto name = file_name(path);
  const auto has = [name](std::string_view word) { return name.find(word) != std::string_view::npos; };
  return !has("mmproj") && !has("imatrix") && !has("mtp-") && !has("eagle3-") && !has("dflash-") && !has("dspark-");
}

/// A model's file, or the first part of one.
bool begins_model(const HubFile& file) { return is_model(file.path) && gguf_name(file.path).part == 1; }

bool has_quant(const HubFile& file, std::string_view quant) {
  const std::string path = in_upper_case(file.path);
  const std::string wanted = in_upper_case(quant);
  for (auto at = path.find(wanted); at != std::string::npos; at = path.find(wanted, at + 1)) {
    const auto after = at + wanted.size();
    if (after < path.size() && (path[after] == '.' || path[after] == '-')) return true;
  }
  return false;
}

const HubFile* find_model(const std::vector<HubFile>& files, const std::string& quant) {
  if (quant.ends_with(kGguf)) {
    const auto named = std::ranges::find(files, quant, &HubFile::path);
    return named == files.end() ? nullptr : &*named;
  }
  std::vector<std::string> wanted{quant};
  if (quant.empty()) wanted = {"Q4_K_M", "Q8_0"};
  for (const auto& one : wanted) {
    // "BF16" holds "F16": a file whose quant is just that goes first.
    const auto is_it = [&one](const HubFile& file) {
      return begins_model(file) && quant_of(file.path) == in_upper_case(one);
    };
    if (const auto exact = std::ranges::find_if(files, is_it); exact != files.end()) return &*exact;
    const auto fits = [&one](const HubFile& file) { return begins_model(file) && has_quant(file, one); };
    const auto found = std::ranges::find_if(files, fits);
    if (found != files.end()) return &*found;
  }
  const auto first = quant.empty() ? std::ranges::find_if(files, begins_model) : files.end();
  return first == files.end() ? nullptr : &*first;
}

/// The names of the models that there are, for a message: their quants, or their files where these have none.
std::string known_models(const std::vector<HubFile>& files) {
  std::set<std::string> names;
  for (const auto& file : files) {
    if (!begins_model(file)) continue;
    const std::string quant = quant_of(file.path);
    names.insert(quant.empty() ? file.path : quant);
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

Error no_model(const std::vector<HubFile>& files, const std::string& quant, const std::string& place) {
  if (std::ranges::none_of(files, begins_model)) {
    return {ErrorCode::not_found,
            "has no model as a GGUF file",
            {place},
            "look for a repository of the same model whose name ends in -GGUF, convert it with llama.cpp's "
            "convert_hf_to_gguf.py, or run it on a server ('osler models list')"};
  }
  return {
      ErrorCode::not_found, fmt::format("has no GGUF file for '{}'", quant), {place}, "it has: " + known_models(files)};
}

/// All parts of the model that `first` begins; an error if the repository lacks one.
Result<std::vector<HubFile>> all_parts(const std::vector<HubFile>& files, const HubFile& first,
                                       const std::string& place) {
  const GgufName name = gguf_name(first.path);
  std::vector<std::optional<HubFile>> found(name.parts);
  for (const auto& file : files) {
    if (!file.path.ends_with(kGguf)) continue;
    const GgufName other = gguf_name(file.path);
    if (other.whole == name.whole && other.parts == name.parts) found[other.part - 1] = file;
  }
  std::vector<HubFile> parts;
  for (auto& part : found) {
    if (!part) {
      return fail(ErrorCode::not_found,
                  fmt::format("lacks part {} of {} of '{}'", parts.size() + 1, name.parts, first.path), {place},
                  "choose another quant; it has: " + known_models(files));
    }
    parts.push_back(std::move(*part));
  }
  return parts;
}

/// With its slash; empty at the top.
std::string_view folder_of(std::string_view path) { return path.substr(0, path.size() - file_name(path).size()); }

const HubFile* nearest_projector(const std::vector<HubFile>& files, const HubFile& model) {
  const HubFile* best = nullptr;
  std::pair<std::size_t, int> best_rank;  // depth of the folder, and how near the bits are: the more the better
  for (const auto& file : files) {
    if (!file.path.ends_with(kGguf) || file.path.find("mmproj") == std::string::npos) continue;
    const auto folder = folder_of(file.path);
    if (!folder_of(model.path).starts_with(folder)) continue;
    const std::pair rank(folder.size(), -std::abs(bits_of(file.path) - bits_of(model.path)));
    if (best != nullptr && rank <= best_rank) continue;
    best = &file;
    best_rank = rank;
  }
  return best;
}

Result<std::vector<HubFile>> find_projector(const std::vector<HubFile>& files, const HubFile& model,
                                            const std::string& wanted, const std::string& place) {
  if (wanted.empty()) {
    const HubFile* nearest = nearest_projector(files, model);
    return nearest == nullptr ? std::vector<HubFile>() : std::vector{*nearest};
  }
  for (const bool by_path : {true, false}) {
    for (const auto& file : files) {
      if (file.path.ends_with(kGguf) && (by_path ? file.path : file_name(file.path)) == wanted)
        return std::vector{file};
    }
  }
  std::vector<std::string> known;
  for (const auto& file : files) {
    if (file.path.ends_with(kGguf) && file.path.find("mmproj") != std::string::npos) known.push_back(file.path);
  }
  return fail(
      ErrorCode::not_found, fmt::format("has no file '{}'", printable_line(wanted)), {place},
      known.empty() ? "it has no projector (mmproj*.gguf) at all" : fmt::format("it has: {}", fmt::join(known, ", ")));
}

}  // namespace

Result<ModelName> parse_model_name(std::string_view text) {
  ModelName name;
  const std::string way_out = "write it as org/name[:quant][@revision], for example ggml-org/gemma-3-4b-it-GGUF:Q8_0";
  const auto end_of_repo = std::min(text.find_first_of(":@"), text.size());
  name.repo = text.substr(0, end_of_repo);
  for (auto rest = text.substr(end_of_repo); !rest.empty();) {
    const auto end = std::min(rest.find_first_of(":@", 1), rest.size());
    std::string value(rest.substr(1, end - 1));
    std::string& into = rest.front() == ':' ? name.quant : name.revision;
    const bool is_second = rest.front() == ':' ? !name.quant.empty() : name.revision != "main";
    if (value.empty() || is_second || printable_line(value) != value) {
      return fail(ErrorCode::usage, fmt::format("'{}' is not the name of a model on a hub", printable_line(text)), {},
                  way_out);
    }
    into = std::move(value);
    rest.remove_prefix(end);
  }
  if (const auto status = check_repo_name(name.repo); !status) {
    return fail(ErrorCode::usage, status.error().what, {}, way_out);
  }
  if (const auto status = check_revision(name.revision); !status) return pass(status);
  return name;
}

Result<ModelChoice> choose_model(const std::vector<HubFile>& files, const std::string& quant,
                                 const std::string& projector, const std::string& place) {
  std::vector<HubFile> sorted = files;
  std::ranges::sort(sorted, {}, &HubFile::path);
  const HubFile* first = find_model(sorted, quant);
  if (first == nullptr) return tl::unexpected(no_model(sorted, quant, place));
  auto parts = all_parts(sorted, *first, place);
  if (!parts) return pass(parts);
  auto chosen = find_projector(sorted, *first, projector, place);
  if (!chosen) return pass(chosen);
  return ModelChoice{std::move(*parts), std::move(*chosen)};
}

std::string quant_of(std::string_view path) {
  if (!path.ends_with(kGguf)) return {};
  const auto name = gguf_name(path).whole;
  const auto is_part = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  std::size_t begin = name.size();
  while (begin > 0 && is_part(to_upper(name[begin - 1]))) --begin;
  const bool has_mark = begin > 0 && (name[begin - 1] == '-' || name[begin - 1] == '.');
  return has_mark ? in_upper_case(name.substr(begin)) : std::string();
}

}  // namespace osler::hub
