#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Files that travel inside the binary (cmake/embed.cmake), so that it runs from any folder.
namespace osler::embedded {

struct File {
  std::string name;  ///< Relative path with forward slashes: "benchmarks/vqa-rad.yaml".
  std::string_view bytes;
};

[[nodiscard]] std::vector<File> data();            ///< Cards, protocols, judges, published tables.
[[nodiscard]] std::vector<File> phantom_models();  ///< models/phantom/*.gguf.

}  // namespace osler::embedded
