#include "osler/engine/cache/packed_response.h"

#include <zlib.h>

#include <cassert>
#include <new>

#include "osler/storage/response_json.h"

namespace osler {
namespace {

/// What nearly every line has, so that a short one need not spell it out. It is part of the format: a change is a new
/// version of the cache (response_store.cpp). The commonest stand last, as zlib wants it.
constexpr std::string_view kDictionary =
    R"("error":"","first_reply":"","letter_marks":[{"at":,"logprob":-0.0},{"at":"option_scores":[{"letter":-,"text":-,)"
    R"("text_tokens":1,"unconditional":-},{"letter":-\n\n**Answer:** \\boxed{A}\\boxed{B}\\boxed{C}\\boxed{D}yes no )"
    R"( the image shows there is no evidence of therefore, the correct answer is )"
    R"({"completion_tokens":,"decode_ms":0.,"finish":"length","finish":"stop","id":"","image_cluster":"",)"
    R"("image_tokens":256,"prefill_ms":0.,"prompt_hash":"","prompt_tokens":,"text":"\\boxed{)";

/// No answer is as long; a damaged or hostile file may say so.
constexpr std::size_t kLongest = std::size_t{256} << 20;

const Bytef* bytes_of(std::string_view text) { return reinterpret_cast<const Bytef*>(text.data()); }

class Inflater {
 public:
  Inflater() { ready_ = inflateInit(&stream_) == Z_OK; }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  [[nodiscard]] bool inflate_all(std::string_view packed, std::string& out) {
    if (!ready_) return false;
    stream_.next_in = const_cast<Bytef*>(bytes_of(packed));  // zlib 1.2 reads it only
    stream_.avail_in = static_cast<uInt>(packed.size());
    out.resize(4 * packed.size() + 1024);
    std::size_t done = 0;
    while (true) {
      stream_.next_out = reinterpret_cast<Bytef*>(out.data() + done);
      stream_.avail_out = static_cast<uInt>(out.size() - done);
      const int code = ::inflate(&stream_, Z_NO_FLUSH);
      done = out.size() - stream_.avail_out;
      if (code == Z_STREAM_END) break;
      if (code == Z_NEED_DICT) {
        if (inflateSetDictionary(&stream_, bytes_of(kDictionary), kDictionary.size()) != Z_OK) return false;
        continue;
      }
      // Input that ends too early leaves room in the output.
      if (code != Z_OK || stream_.avail_out > 0 || out.size() >= kLongest) return false;
      out.resize(2 * out.size());
    }
    out.resize(done);
    return stream_.avail_in == 0;
  }

 private:
  z_stream stream_{};
  bool ready_ = false;
};

std::string deflate_all(std::string_view text) {
  z_stream stream{};
  // A window and a memory level for short texts: a third of the default's time to set up.
  constexpr int kWindowBits = 15;
  constexpr int kMemoryLevel = 5;
  if (deflateInit2(&stream, 6, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  deflateSetDictionary(&stream, bytes_of(kDictionary), kDictionary.size());
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = const_cast<Bytef*>(bytes_of(text));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  [[maybe_unused]] const int code = ::deflate(&stream, Z_FINISH);
  assert(code == Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string pack_response(Response response) {
  response.item_id.clear();
  response.image_cluster.clear();
  response.cached = false;
  return deflate_all(dump_json(response_to_json(response)));
}

std::optional<Response> unpack_response(std::string_view packed) {
  if (packed.size() > kLongest) return std::nullopt;
  std::string line;
  Response response;
  if (!Inflater().inflate_all(packed, line) || !read_response_line(line, {}, response)) return std::nullopt;
  return response;
}

}  // namespace osler
