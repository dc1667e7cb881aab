#include "osler/storage/line_blocks.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "osler/core/parallel.h"

namespace osler {
namespace {

/// As std::count, but in stretches of which a byte can hold the count: the compiler then takes many bytes in one step.
std::uint64_t count_line_ends(std::string_view text) {
  constexpr std::size_t kStretch = 128;
  std::uint64_t count = 0;
  std::size_t at = 0;
  for (; at + kStretch <= text.size(); at += kStretch) {
    std::uint8_t few = 0;
    for (std::size_t i = 0; i < kStretch; ++i) few = static_cast<std::uint8_t>(few + (text[at + i] == '\n' ? 1 : 0));
    count += few;
  }
  return count + static_cast<std::uint64_t>(std::count(text.begin() + at, text.end(), '\n'));
}

}  // namespace

LineBlocks::LineBlocks(Descriptor file, std::filesystem::path path, BlockLimits limits)
    : file_(std::move(file)), path_(std::move(path)), limits_(limits) {
  limits_.chunk = std::max<std::size_t>(1, limits_.chunk);
}

Result<LineBlocks> LineBlocks::open(const std::filesystem::path& path, BlockLimits limits) {
  auto file = open_to_read(path);
  if (!file) return pass(file);
  struct stat facts {};
  if (::fstat(file->get(), &facts) != 0 || static_cast<std::uint64_t>(facts.st_size) > limits.max_file) {
    return fail(ErrorCode::limit, fmt::format("is larger than {} bytes", limits.max_file), {path.string()});
  }
  return LineBlocks(std::move(*file), path, limits);
}

Result<bool> LineBlocks::next(LineBlock& block) {
  const std::lock_guard lock(*mutex_);
  block.index = blocks_++;
  block.line = lines_ + 1;
  block.begin = bytes_;
  block.text.clear();
  block.text.swap(rest_);
  auto more = read_lines(block);
  lines_ += count_line_ends(block.text);
  bytes_ += block.text.size();
  return more;
}

/// Reads until the block has whole lines or the file has ended.
Result<bool> LineBlocks::read_lines(LineBlock& block) {
  std::string& text = block.text;
  while (true) {
    const std::size_t held = text.size();
    text.resize(held + limits_.chunk);
    const auto got = read_some(file_, path_, text.data() + held, limits_.chunk);
    text.resize(held + (got ? *got : 0));
    if (!got) return pass(got);
    if (*got == 0) return !text.empty();
    // Only in what is new, so that a long line costs linear time.
    const std::size_t end = std::string_view(text).substr(held).rfind('\n');
    if (end != std::string_view::npos) {
      rest_.assign(text, held + end + 1);
      text.resize(held + end + 1);
      return true;
    }
    if (text.size() > limits_.max_line) {
      Place place{path_.string()};
      place.line = block.line;
      return fail(ErrorCode::limit, fmt::format("has a line of more than {} bytes", limits_.max_line), std::move(place),
                  "this is not a file of one record per line, or it is damaged: fetch it again");
    }
  }
}

Status for_each_block(const std::filesystem::path& path, BlockLimits limits, unsigned threads,
                      const std::function<Status(const LineBlock&)>& visit) {
  auto blocks = LineBlocks::open(path, limits);
  if (!blocks) return pass(blocks);
  std::mutex mutex;
  std::size_t failed_block = 0;
  Status failure;
  // Blocks are taken in order: when one fails, those before it are in somebody's hands already.
  std::atomic<bool> failed = false;
  on_threads(threads, [&] {
    LineBlock block;
    while (!failed) {
      const auto more = blocks->next(block);
      if (more && !*more) return;
      auto status = more ? visit(block) : Status(pass(more));
      if (status) continue;
      const std::lock_guard lock(mutex);
      if (failure || block.index < failed_block) {
        failed_block = block.index;
        failure = std::move(status);
      }
      failed = true;
    }
  });
  return failure;
}

}  // namespace osler
