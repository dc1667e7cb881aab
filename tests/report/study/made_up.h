#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "osler/report/study/grid.h"

namespace osler::report {

/// A run over items of two per image; `right` says which are, item by item.
inline RunGrades made_up_run(const std::string& benchmark, const std::vector<bool>& right) {
  RunGrades run;
  run.benchmark = benchmark;
  run.protocol = "paper";
  run.engine = "scripted";
  run.row_set = benchmark + ":test";
  run.row_set_hash = "hash of " + benchmark;
  run.capability_source = "gold";
  run.complete = true;
  run.planned = right.size();
  for (std::size_t i = 0; i < right.size(); ++i) {
    GradedItem item;
    item.item_id = fmt::format("q{}", i);
    item.image_cluster = fmt::format("image {}", i / 2);
    item.kind = Kind::mcq;
    item.capability = i % 2 == 0 ? Capability::understanding : Capability::reasoning;
    item.options = 4;
    item.outcome = right[i] ? Outcome::correct : Outcome::wrong;
    item.answer_option = right[i] ? 0 : 1;
    run.items.push_back(std::move(item));
  }
  return run;
}

/// `count` items, of which every `every`-th is wrong.
inline std::vector<bool> mostly_right(std::size_t count, std::size_t every) {
  std::vector<bool> right(count, true);
  for (std::size_t i = 0; i < count; i += every) right[i] = false;
  return right;
}

}  // namespace osler::report
