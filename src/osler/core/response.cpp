#include "osler/core/response.h"

namespace osler {

std::string_view name_of(FinishReason reason) {
  switch (reason) {
    case FinishReason::stop:
      return "stop";
    case FinishReason::length:
      return "length";
    case FinishReason::error:
      return "error";
  }
  return "";
}

std::optional<FinishReason> finish_reason_from(std::string_view name) {
  for (const auto reason : {FinishReason::stop, FinishReason::length, FinishReason::error}) {
    if (name_of(reason) == name) return reason;
  }
  return std::nullopt;
}

}  // namespace osler
