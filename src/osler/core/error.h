#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

namespace osler {

/// What went wrong, coarsely: decides the exit status and lets a caller react to one class of failure.
enum class ErrorCode {
  usage,        ///< An option, name or value that the user gave makes no sense.
  not_found,    ///< A file, benchmark, protocol, column or run that is not there.
  malformed,    ///< Data that breaks its own format: JSON that breaks off, a cut parquet or GGUF.
  unsupported,  ///< Well formed, but nothing Osler can use.
  mismatch,     ///< Two things that must agree do not: a manifest, a hash, an mmproj of another model.
  io,           ///< The operating system refused: permissions, a full disk.
  limit,        ///< Larger than a limit that protects the machine.
  engine,       ///< The engine or the model failed.
  interrupted,  ///< The user stopped it.
};

/// Where it went wrong. Every field that is known is printed.
struct Place {
  std::string file = {};
  std::optional<std::uint64_t> line = std::nullopt;    ///< 1-based.
  std::optional<std::uint64_t> record = std::nullopt;  ///< 0-based row or array element.
  std::optional<std::uint64_t> byte = std::nullopt;    ///< 0-based offset in the file.

  [[nodiscard]] std::string text() const;
};

/// An expected failure: of data, of a model, of the user's input. Never used for our own mistakes.
struct Error {
  ErrorCode code = ErrorCode::malformed;
  std::string what;  ///< What went wrong, without a full stop.
  Place where = {};
  std::string way_out = {};  ///< What the user can do about it, without a full stop; may be empty.

  /// One sentence: "FILE, record 3: WHAT; WAY OUT".
  [[nodiscard]] std::string message() const;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Builds the failure branch of a Result: `return fail(ErrorCode::io, "cannot write", {path}, "free some space");`
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string what, Place where = {},
                                                std::string way_out = {}) {
  return tl::unexpected<Error>(Error{code, std::move(what), std::move(where), std::move(way_out)});
}

/// Hands a failure of one Result on as another: `if (!rows) return pass(rows);`
template <class T>
[[nodiscard]] tl::unexpected<Error> pass(const Result<T>& result) {
  return tl::unexpected<Error>(result.error());
}

}  // namespace osler
