// A line of a journal means the same to the one-pass reader as to the JSON library, its error included, whatever was
// read before; and what is written of it is read as what it was.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "osler/storage/response_json.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view line(reinterpret_cast<const char*>(data), size);
  const osler::Place place{"r.jsonl"};
  const auto value = osler::parse_json(line, place);
  const auto expected = value ? osler::response_from_json(*value, place) : osler::Result<osler::Response>(pass(value));
  osler::Response response;
  response.text = response.error = response.image_cluster = "of the line before";
  response.option_scores.resize(3);
  response.letter_marks.resize(3);
  const auto status = osler::read_response_line(line, place, response);
  require(status.has_value() == expected.has_value());
  if (!status) {
    require(status.error().message() == expected.error().message());
    return 0;
  }
  const auto written = osler::dump_json(osler::response_to_json(response));
  require(written == osler::dump_json(osler::response_to_json(*expected)));
  osler::Response again;
  require(osler::read_response_line(written, place, again).has_value());
  require(osler::dump_json(osler::response_to_json(again)) == written);
  return 0;
}
