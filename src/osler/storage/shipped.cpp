#include "osler/storage/shipped.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "osler/core/embedded.h"
#include "osler/storage/files.h"

namespace osler {
namespace {

constexpr std::string_view kSuffix = ".yaml";

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

std::string closest_name(const std::string& name, const std::vector<std::string>& known) {
  std::string best;
  constexpr std::size_t kLongestName = 100;
  if (name.size() > kLongestName) return best;
  std::size_t least = name.size() / 3 + 1;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < least || (distance == least && best.empty())) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> shipped_names(const ShippedKind& kind) {
  std::vector<std::string> names;
  for (const auto& file : embedded::data()) {
    if (!file.name.starts_with(kind.folder) || file.name.find('/', kind.folder.size()) != std::string::npos) continue;
    if (!file.name.ends_with(kSuffix)) continue;
    names.push_back(file.name.substr(kind.folder.size(), file.name.size() - kind.folder.size() - kSuffix.size()));
  }
  std::ranges::sort(names);  // files sort otherwise: a-b.yaml before a.yaml
  return names;
}

Result<NamedText> find_shipped(const ShippedKind& kind, const std::string& name_or_path) {
  if (name_or_path.ends_with(".yaml") || name_or_path.ends_with(".yml")) {
    constexpr std::uint64_t kMaxYaml = 1 << 20;
    auto text = read_file(name_or_path, kMaxYaml);
    if (!text) return pass(text);
    return NamedText{std::move(*text), name_or_path};
  }
  for (const auto& file : embedded::data()) {
    if (file.name == fmt::format("{}{}{}", kind.folder, name_or_path, kSuffix)) {
      return NamedText{std::string(file.bytes), file.name};
    }
  }
  const auto known = shipped_names(kind);
  const std::string close = kind.suggests_closest ? closest_name(name_or_path, known) : std::string();
  return fail(ErrorCode::usage, fmt::format("there is no {} '{}'", kind.noun, name_or_path), {},
              close.empty() ? fmt::format("known: {}; or give the path of {} (.yaml)", fmt::join(known, ", "), kind.own)
                            : fmt::format("did you mean '{}'? known: {}", close, fmt::join(known, ", ")));
}

}  // namespace osler
