#include "osler/dataset/item_images.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "osler/dataset/fields.h"
#include "osler/dataset/text.h"
#include "osler/storage/data_path.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

/// Longer names are no files on any system.
constexpr std::size_t kMaxName = 4096;

/// A picture that cannot be had: its item counts, and comes out as an error.
void add_unreadable(std::string problem, ItemDraft& draft) {
  draft.problems.push_back(std::move(problem));
  draft.item.images.push_back({{}, {}, {}});
}

/// A relative path that stays below its folder: a data file must not name other files of the machine.
bool stays_below(const fs::path& name) {
  if (name.is_absolute()) return false;
  return std::none_of(name.begin(), name.end(), [](const fs::path& part) { return part == ".."; });
}

void add_file(const Form& form, std::string name, const fs::path& file, ItemDraft& draft) {
  if (trim(name).empty()) return;
  if (name.size() > kMaxName) {
    add_unreadable(fmt::format("names an image by {} bytes, where at most {} are a name", name.size(), kMaxName),
                   draft);
    return;
  }
  if (!stays_below(name)) {
    draft.problems.push_back(fmt::format("names the image '{}', which lies outside of the benchmark", name));
    // Without a file, so that the item counts and comes out as an error.
    draft.item.images.push_back({name, {}, {}});
    return;
  }
  if (!form.images.extension.empty() && !fs::path(name).has_extension()) name += form.images.extension;
  for (const auto& folder : form.images.folders) {
    fs::path path = (file.parent_path() / folder / name).lexically_normal();
    if (!data_file_exists(path)) continue;
    draft.item.images.push_back({std::move(name), std::move(path), {}});
    return;
  }
  fs::path expected = (file.parent_path() / form.images.folders.front() / name).lexically_normal();
  draft.missing_images.push_back(expected);
  draft.item.images.push_back({std::move(name), std::move(expected), {}});
}

/// A picture inside the data file: struct<bytes, path> of a parquet file, perhaps one of a list.
void add_embedded(const std::string& column, const Row& row, const fs::path& file, std::optional<std::uint32_t> element,
                  ItemDraft& draft) {
  ImageSource source;
  source.key = fmt::format("{}#{}/{}", file.filename().string(), row.number, column);
  if (element) source.key += fmt::format("/{}", *element);
  source.file = file;
  source.column = column;
  source.row = row.number;
  source.element = element;
  draft.item.images.push_back(std::move(source));
}

void add_base64(const Json& span, const std::string& column, const Row& row, const fs::path& file, ItemDraft& draft) {
  const auto offset = span.find("offset");
  const auto length = span.find("length");
  if (offset == span.end() || length == span.end() || !offset->is_number_unsigned() || !length->is_number_unsigned()) {
    add_unreadable(fmt::format("has something else than an image in its column '{}'", column), draft);
    return;
  }
  ImageSource source;
  source.key = fmt::format("{}#{}/{}/{}", file.filename().string(), row.number, column, draft.item.images.size());
  source.file = file;
  source.base64 = ByteSpan{offset->get<std::uint64_t>(), length->get<std::uint64_t>()};
  draft.item.images.push_back(std::move(source));
}

void add_cell(const Form& form, const std::string& column, const Json& cell, const Row& row, const fs::path& file,
              ItemDraft& draft) {
  const auto parts = cell.is_array() ? cell : Json::array({cell});
  std::uint32_t element = 0;
  for (const auto& part : parts) {
    const std::uint32_t here = element++;
    if (part.is_null()) continue;
    if (form.format == "parquet" && part.is_object()) {
      add_embedded(column, row, file, cell.is_array() ? std::optional(here) : std::nullopt, draft);
    } else if (form.images.base64 && part.is_object()) {
      add_base64(part, column, row, file, draft);
    } else if (form.images.base64) {
      add_unreadable(
          fmt::format("points to the image of the row '{}', which does not stand before it", text_of_value(part)),
          draft);
    } else if (const auto name = picture_file_name(part)) {
      add_file(form, *name, file, draft);
    } else {
      add_unreadable(fmt::format("has something else than an image in its column '{}'", column), draft);
    }
  }
}

/// True if a text of the item speaks of an image by number.
bool has_mark(const Item& item) {
  constexpr std::string_view kMark = "<image ";
  const auto speaks = [&](const std::string& text) { return text.find(kMark) != std::string::npos; };
  return speaks(item.question) || std::any_of(item.options.begin(), item.options.end(), speaks);
}

}  // namespace

void set_images(const Form& form, const Row& row, const fs::path& file, ItemDraft& draft) {
  for (const auto& column : form.images.columns) {
    const Json* cell = field_of(row.fields, column);
    if (cell != nullptr && !cell->is_null()) add_cell(form, column, *cell, row, file, draft);
  }
  draft.item.marks_images = form.images.marked && has_mark(draft.item);
  if (draft.item.images.empty() && !form.images.columns.empty()) {
    draft.problems.emplace_back("has no image");
    // A question about a picture is not asked without one: this comes out as an error.
    draft.item.images.push_back({{}, {}, {}});
  }
}

}  // namespace osler
