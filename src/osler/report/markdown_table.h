#pragma once

#include <string>
#include <vector>

namespace osler::report {

/// A GitHub-flavoured table of cells that are markdown already (escape.h). `right`: which columns stand at the right.
[[nodiscard]] std::string markdown_table(const std::vector<std::string>& headers, const std::vector<bool>& right,
                                         const std::vector<std::vector<std::string>>& rows);

}  // namespace osler::report
