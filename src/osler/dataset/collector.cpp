#include "osler/dataset/collector.h"

#include <fmt/format.h>

#include "osler/dataset/fields.h"
#include "osler/dataset/items.h"

namespace osler {

namespace fs = std::filesystem;

Collector::Collector(const Form& form, const RowSetRequest& request, RowSet& rows, std::function<bool(Item&&)> accept)
    : form_(form), request_(request), rows_(rows), accept_(std::move(accept)) {
  const auto rule = form.split_rows.find(rows.split);
  if (rule != form.split_rows.end()) split_rule_ = &rule->second;
}

RowFormat Collector::row_format(const Form& form) {
  RowFormat format{form.format, form.required_columns, {}};
  auto& columns = format.columns;
  // A way through objects starts at a column.
  const auto add = [&columns](const std::string& column) {
    columns.push_back(column);
    if (column.find('.') != std::string::npos) columns.push_back(column.substr(0, column.find('.')));
  };
  for (const auto& column : std::vector<std::string>(columns)) add(column);
  for (const auto& column : form.optional_columns) add(column);
  for (const auto& column : form.options.columns) add(column);
  for (const auto& [name, stratum] : form.strata) {
    for (const auto& column : stratum.columns) add(column);
  }
  for (std::size_t open = form.id.find('{'); open != std::string::npos; open = form.id.find('{', open + 1)) {
    const auto close = form.id.find('}', open);
    if (close != std::string::npos) add(form.id.substr(open + 1, close - open - 1));
  }
  if (form.images.base64) {
    format.base64_columns = form.images.columns;
    columns.emplace_back("index");
  }
  return format;
}

void Collector::follow_references(Row& row) {
  if (!form_.images.base64) return;
  for (const auto& column : form_.images.columns) {
    const auto cell = row.fields.find(column);
    if (cell == row.fields.end()) continue;
    if (cell->is_string()) {
      // VLMEvalKit writes an image that several rows share once; the others name that row by its index.
      const auto found = base64_by_index_.find(column + '\n' + cell->get<std::string>());
      if (found != base64_by_index_.end()) *cell = found->second;
    } else if (cell->is_array()) {
      base64_by_index_[column + '\n' + text_of(row.fields, "index")] = *cell;
    }
  }
}

Status Collector::take(Row&& row, const fs::path& file) {
  // A place in one file says nothing about another.
  if (file != file_) base64_by_index_.clear();
  file_ = file;
  const std::uint64_t sequence = sequence_++;
  auto unread = read_literals(form_, row.fields);
  follow_references(row);
  if (split_rule_ != nullptr && !matches(*split_rule_, row.fields)) return {};
  if (form_.where && !matches(*form_.where, row.fields)) return {};
  auto draft = make_item(form_, rows_.split, sequence, row, file);
  if (!draft) return pass(draft);
  draft->problems.insert(draft->problems.begin(), unread.begin(), unread.end());
  // Before the choice of a subset: an item is called the same in the whole and in its part.
  const std::string id = draft->item.id;
  if (!ids_.insert(id).second) {
    do draft->item.id += fmt::format("@{}", sequence);
    while (!ids_.insert(draft->item.id).second);
    draft->problems.push_back(fmt::format("repeats the id '{}'; it is called '{}' here", id, draft->item.id));
  }
  if (!is_wanted(row, draft->item)) return {};
  for (auto& problem : draft->problems) rows_.problems.push_back({draft->item.id, std::move(problem)});
  for (auto& remark : draft->remarks) rows_.remarks.push_back({draft->item.id, std::move(remark)});
  for (const auto& image : draft->missing_images) {
    if (!rows_.missing_images.insert(image).second) continue;
    rows_.problems.push_back({draft->item.id, fmt::format("has no image {}", image.string())});
  }
  ++accepted_;
  done_ = !accept_(std::move(draft->item));
  return {};
}

bool Collector::is_wanted(const Row& row, const Item& item) {
  for (const auto& [name, match] : form_.subsets) {
    if (matches(match, row.fields)) ++rows_.subset_counts[name];
  }
  if (request_.capability && item.capability != *request_.capability) return false;
  if (request_.subset.empty()) return true;
  // The card's own subset goes before a kind of the same name: its counts are what the card expects.
  const auto own = form_.subsets.find(request_.subset);
  if (own != form_.subsets.end()) return matches(own->second, row.fields);
  return kind_from(request_.subset) == item.kind;
}

}  // namespace osler
