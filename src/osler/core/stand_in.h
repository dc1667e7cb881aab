#pragma once

#include <string_view>

namespace osler {

/// What is often found where a data file should be, told by its first bytes. 512 of them are enough.

/// The small text that Git LFS leaves in place of a file that was not fetched.
[[nodiscard]] bool is_lfs_pointer(std::string_view bytes);

/// An HTML page: what a download that was refused leaves.
[[nodiscard]] bool is_web_page(std::string_view bytes);

}  // namespace osler
