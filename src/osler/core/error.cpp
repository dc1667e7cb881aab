#include "osler/core/error.h"

#include <fmt/format.h>

namespace osler {

std::string Place::text() const {
  std::string out = file;
  const auto add = [&out](const std::string& piece) { out += out.empty() ? piece : ", " + piece; };
  if (line) add(fmt::format("line {}", *line));
  if (record) add(fmt::format("record {}", *record));
  if (byte) add(fmt::format("byte {}", *byte));
  return out;
}

std::string Error::message() const {
  std::string out = where.text();
  if (!out.empty()) out += ": ";
  out += what;
  if (!way_out.empty()) out += "; " + way_out;
  return out;
}

}  // namespace osler
