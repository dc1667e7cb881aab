// Whatever the text: a value comes of it that JSON can hold, or a sentence that names a byte of the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "osler/core/utf8.h"
#include "osler/storage/python_literal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto value = osler::parse_python_literal(text, {"fuzz"});
  if (value) {
    // Strict: throws where a string is not UTF-8.
    if (!osler::is_utf8(value->dump())) std::abort();
  } else if (value.error().what.empty() || !value.error().where.byte || *value.error().where.byte > size) {
    std::abort();
  }
  return 0;
}
