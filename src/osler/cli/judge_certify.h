#pragma once

#include <string>

#include "osler/core/error.h"
#include "osler/run/judging.h"

namespace osler::cli {

/// What `osler judge RUN --certify` is told.
struct CertifyOptions {
  std::string human_file;
  std::string judge;  ///< Empty: the only one that has spoken about the run.
  bool json = false;
};

/// Compares a judge's verdicts with those of people and renders what the judge is worth, as text or JSON.
[[nodiscard]] Result<std::string> certify(const RunToJudge& run, const CertifyOptions& options);

}  // namespace osler::cli
