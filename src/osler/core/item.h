#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace osler {

/// How an item is asked and graded.
enum class Kind {
  mcq,     ///< Pick one of `options`.
  yes_no,  ///< Gold is yes or no; asked as the two options "yes" and "no".
  open,    ///< Free text.
};

/// What an item tests: recognising, locating and recalling, or integrating image, text and knowledge.
enum class Capability { unlabeled, understanding, reasoning };

[[nodiscard]] std::string_view name_of(Kind kind);
[[nodiscard]] std::string_view name_of(Capability capability);
[[nodiscard]] std::optional<Kind> kind_from(std::string_view name);
[[nodiscard]] std::optional<Capability> capability_from(std::string_view name);

/// A part of a file, in bytes.
struct ByteSpan {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Where the encoded bytes of one image are. They are read when they are needed, not before.
struct ImageSource {
  std::string key;  ///< Names the image in messages; unique in its benchmark.
  /// An image file, which may lie in a zip ("imgs.zip/xmlab1/source.jpg"), or the data file that embeds it.
  std::string file;
  std::string column;                                   ///< Parquet only: the column with the struct {bytes, path}.
  std::optional<std::uint64_t> row = std::nullopt;      ///< Parquet only: the 0-based row.
  std::optional<std::uint32_t> element = std::nullopt;  ///< Parquet only: the 0-based place in the column's list.
  std::optional<ByteSpan> base64 = std::nullopt;        ///< Text files: where the image stands in base64.
};

/// One question of a benchmark.
struct Item {
  std::string id;  ///< Stable and unique in its row set.
  std::vector<ImageSource> images;
  std::string question;                    ///< Without the options.
  std::vector<std::string> options;        ///< In the order of their letters A, B, ...; empty for open items.
  std::string gold;                        ///< The gold answer as text.
  std::vector<std::string> synonyms = {};  ///< Of an open item: other texts that are as good as gold, by its card.
  std::optional<std::size_t> gold_option;  ///< Index into options; set for mcq and yes_no.
  Kind kind = Kind::open;
  Capability capability = Capability::unlabeled;
  /// True if `<image k>` (k from 1) in the question and the options stands for the k-th image, as in MMMU. In other
  /// benchmarks such a text is just text.
  bool marks_images = false;
  std::map<std::string, std::string> strata;  ///< modality, anatomy, question_type, ... as the card names them.
};

/// Letters reach as far as Z; options beyond have none.
inline constexpr std::size_t kLetters = 26;

/// "A" for 0, ..., "Z" for 25. Precondition: option < kLetters.
[[nodiscard]] char option_letter(std::size_t option);

/// An option as grades name it: by its letter for mcq items, by its text beyond the 26th and for yes and no.
/// Precondition: option < item.options.size().
[[nodiscard]] std::string option_name(const Item& item, std::size_t option);

}  // namespace osler
