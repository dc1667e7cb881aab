#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace osler {

/// Values by their names, bounded in bytes: those used longest ago go first.
template <class Value>
class RecentlyUsed {
 public:
  explicit RecentlyUsed(std::uint64_t limit) : limit_(limit) {}

  /// The value, which counts as used now, until the next keep(); null if it is not there.
  [[nodiscard]] const Value* find(const std::string& name) {
    const auto known = places_.find(name);
    if (known == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, known->second);
    return &known->second->value;
  }

  /// Keeps a value that takes `bytes`, unless it alone is more than the limit. Precondition: find() gave nothing.
  void keep(const std::string& name, Value value, std::uint64_t bytes) {
    if (bytes > limit_) return;
    while (bytes_ + bytes > limit_) {
      bytes_ -= entries_.back().bytes;
      places_.erase(entries_.back().name);
      entries_.pop_back();
    }
    entries_.push_front({name, std::move(value), bytes});
    places_.emplace(name, entries_.begin());
    bytes_ += bytes;
  }

  void clear() {
    entries_.clear();
    places_.clear();
    bytes_ = 0;
  }

 private:
  struct Entry {
    std::string name;
    Value value;
    std::uint64_t bytes = 0;
  };

  const std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  std::list<Entry> entries_;  ///< The latest used first.
  std::unordered_map<std::string, typename std::list<Entry>::iterator> places_;
};

}  // namespace osler
