#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "osler/core/error.h"
#include "osler/storage/descriptor.h"
#include "osler/storage/files.h"

namespace osler {

/// Some whole lines of a file. The last block of a file may end without a line end.
struct LineBlock {
  std::size_t index = 0;    ///< The block's place among the file's blocks.
  std::uint64_t line = 1;   ///< Number of its first line, from 1.
  std::uint64_t begin = 0;  ///< Its first byte in the file.
  std::string text;
};

struct BlockLimits {
  std::size_t chunk = std::size_t{256} * 1024;      ///< Bytes that are read at once.
  std::uint64_t max_line = std::uint64_t{1} << 30;  ///< A longer line is an error.
  std::uint64_t max_file = ~std::uint64_t{0};       ///< So is a larger file.
};

/// Of journals: larger than any run; a hostile file must not fill the memory.
inline constexpr BlockLimits kJournalLimits{.max_line = std::uint64_t{4} << 30, .max_file = std::uint64_t{4} << 30};

/// A file of lines that several threads share the work on: each takes the next block. In memory are one block for each
/// of them and the beginning of the next. Files are read, not mapped, because a mapped file that another process cuts
/// ends this one.
class LineBlocks {
 public:
  /// Fails as read_file does.
  [[nodiscard]] static Result<LineBlocks> open(const std::filesystem::path& path, BlockLimits limits);

  /// Puts the next block in the place of what `block` holds, whose memory is used again; false if there is none. May be
  /// called from several threads. After a failure `block.index` is that of the block that could not be read.
  [[nodiscard]] Result<bool> next(LineBlock& block);

 private:
  LineBlocks(Descriptor file, std::filesystem::path path, BlockLimits limits);
  [[nodiscard]] Result<bool> read_lines(LineBlock& block);

  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
  Descriptor file_;
  std::filesystem::path path_;
  BlockLimits limits_;
  std::string rest_;  ///< The beginning of the next block.
  std::size_t blocks_ = 0;
  std::uint64_t lines_ = 0;
  std::uint64_t bytes_ = 0;
};

/// Calls `visit` for every block of a file on so many threads. The failure is that of the file's first block that has
/// one, however many threads there are; blocks after it may have been visited too.
[[nodiscard]] Status for_each_block(const std::filesystem::path& path, BlockLimits limits, unsigned threads,
                                    const std::function<Status(const LineBlock&)>& visit);

/// Calls `visit` for every line of a block; numbers and offsets are those in the file. Stops at the first failure.
template <class Visit>
[[nodiscard]] Status for_each_line(const LineBlock& block, Visit visit) {
  const std::string_view text = block.text;
  std::uint64_t number = block.line;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const TextLine line{number++, static_cast<std::size_t>(block.begin + begin), text.substr(begin, end - begin)};
    if (auto status = visit(line); !status) return status;
    begin = end + 1;
  }
  return {};
}

/// As for_each_line, but passes over empty lines, and over a last one of the file that has no line end: its writer was
/// stopped in the middle.
template <class Visit>
[[nodiscard]] Status for_each_whole_line(const LineBlock& block, Visit visit) {
  return for_each_line(block, [&](const TextLine& line) -> Status {
    const bool torn = line.begin + line.text.size() == block.begin + block.text.size();
    return torn || line.text.empty() ? Status() : visit(line);
  });
}

}  // namespace osler
