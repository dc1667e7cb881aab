#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"

namespace osler {

/// A kind of YAML file that travels in the binary: benchmark cards, protocols.
struct ShippedKind {
  std::string_view folder;        ///< In the repository, with its slash: "benchmarks/".
  std::string_view noun;          ///< "benchmark"
  std::string_view own;           ///< What a user's own file is called in a way out: "a card of your own".
  bool suggests_closest = false;  ///< Ask "did you mean"; where there are a few names only, the list says it.
};

/// A YAML file as text, with the name that errors about it use.
struct NamedText {
  std::string text;
  std::string file;
};

/// The names of the files of this kind: without folder and ".yaml".
[[nodiscard]] std::vector<std::string> shipped_names(const ShippedKind& kind);

/// A file by its name, or by the path of one of the user's own (anything that ends in .yaml or .yml). An unknown name
/// is a usage error that lists the known ones.
[[nodiscard]] Result<NamedText> find_shipped(const ShippedKind& kind, const std::string& name_or_path);

/// The name in `known` that is closest to `name` (edit distance of at most a third of its length), or "".
[[nodiscard]] std::string closest_name(const std::string& name, const std::vector<std::string>& known);

}  // namespace osler
