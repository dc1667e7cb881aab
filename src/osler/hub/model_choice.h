#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "osler/core/error.h"
#include "osler/hub/listing.h"

namespace osler::hub {

/// A model on a hub, as it is named on a command line.
struct ModelName {
  std::string repo;               ///< "org/name".
  std::string quant;              ///< "Q8_0", or the path of a .gguf file in the repository; empty: the usual one.
  std::string revision = "main";  ///< A branch, a tag, or a commit's 40 hexadecimal digits.
};

/// Reads "org/name[:quant][@revision]". Fails with ErrorCode::usage.
[[nodiscard]] Result<ModelName> parse_model_name(std::string_view text);

/// The files that make up a model.
struct ModelChoice {
  std::vector<HubFile> model;      ///< One file, or all parts of it in their order.
  std::vector<HubFile> projector;  ///< One file; none if the repository has none.
};

/// Chooses as `llama-server -hf` does, among the files in alphabetical order. The model is the first whose path has the
/// quant in it, in any case, followed by '.' or '-'; without a quant Q4_K_M, else Q8_0, else the first of all. The
/// projector is the one whose name has "mmproj" in it and lies in the model's folder or the nearest one above, with the
/// number of bits that is nearest to the model's; or the one that is named by its path or file name.
/// Errors (ErrorCode::not_found) list what there is; `place` is where that is.
[[nodiscard]] Result<ModelChoice> choose_model(const std::vector<HubFile>& files, const std::string& quant,
                                               const std::string& projector, const std::string& place);

/// "Q4_K_M" of "name-Q4_K_M-00001-of-00003.gguf": the last part of the name, in upper case; empty if there is none.
[[nodiscard]] std::string quant_of(std::string_view path);

}  // namespace osler::hub
