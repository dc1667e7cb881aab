#include "osler/storage/byte_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "osler/core/utf8.h"
#include "osler/storage/data_path.h"

namespace osler {

ByteStream::ByteStream(Descriptor file, std::filesystem::path path, std::size_t chunk)
    : file_(std::move(file)), path_(std::move(path)), chunk_(std::max<std::size_t>(1, chunk)) {}

Result<ByteStream> ByteStream::open(const std::filesystem::path& path, std::size_t chunk) {
  const auto archive = archive_path(path);
  if (archive && !archive->member.empty()) {
    auto text = read_data_file(path);
    if (!text) return pass(text);
    return of_text(std::move(*text), path);
  }
  auto file = open_to_read(path);
  if (!file) return pass(file);
  return ByteStream(std::move(*file), path, chunk);
}

ByteStream ByteStream::of_text(std::string text, std::filesystem::path name) {
  ByteStream stream(Descriptor(), std::move(name), kChunk);
  stream.buffer_ = std::move(text);
  return stream;
}

Result<bool> ByteStream::more() {
  if (!file_.valid()) return false;
  // Moving what is left is paid for by what was dropped, so that a long record costs linear time.
  if (begin_ > 0 && begin_ >= buffer_.size() - begin_) {
    buffer_.erase(0, begin_);
    begin_ = 0;
  }
  const std::size_t held = buffer_.size();
  buffer_.resize(held + chunk_);
  const auto got = read_some(file_, path_, buffer_.data() + held, chunk_);
  buffer_.resize(held + (got ? *got : 0));
  if (!got) return pass(got);
  return *got > 0;
}

void ByteStream::drop(std::size_t count) {
  begin_ += count;
  offset_ += count;
}

Status drop_byte_order_mark(ByteStream& stream) {
  constexpr std::size_t kMark = 3;
  while (stream.window().size() < kMark) {
    const auto more = stream.more();
    if (!more) return pass(more);
    if (!*more) break;
  }
  stream.drop(stream.window().size() - without_byte_order_mark(stream.window()).size());
  return {};
}

Status for_each_line(ByteStream& stream, std::uint64_t max_line, const std::function<Status(const TextLine&)>& visit) {
  std::size_t searched = 0;
  bool ended = false;
  for (std::uint64_t number = 1; !ended || !stream.window().empty();) {
    const std::string_view window = stream.window();
    const std::size_t end = window.find('\n', searched);
    const bool whole = end != std::string_view::npos;
    if (whole || ended) {
      const std::size_t size = whole ? end : window.size();
      if (auto status = visit({number++, stream.offset(), window.substr(0, size)}); !status) return status;
      stream.drop(whole ? size + 1 : size);
      searched = 0;
      continue;
    }
    searched = window.size();
    if (searched > max_line) {
      Place place{stream.path().string()};
      place.line = number;
      return fail(ErrorCode::limit, fmt::format("has a line of more than {} bytes", max_line), std::move(place),
                  "this is not a file of one record per line, or it is damaged: fetch it again");
    }
    const auto more = stream.more();
    if (!more) return pass(more);
    ended = !*more;
  }
  return {};
}

}  // namespace osler
