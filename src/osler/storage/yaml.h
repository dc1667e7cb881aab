#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "osler/core/error.h"

namespace osler {

/// A mapping in a YAML file that people write: every complaint names the file, the line and the key.
/// Reading goes on after a fault; the first one is kept, and `status()` returns it at the end.
class YamlMap {
 public:
  /// Parses `text`; `name` is what errors call the file.
  [[nodiscard]] static Result<YamlMap> parse(const std::string& text, const std::string& name);

  [[nodiscard]] bool has(const std::string& key) const;
  /// True if there is a mapping under the key.
  [[nodiscard]] bool is_map(const std::string& key) const;
  [[nodiscard]] std::vector<std::string> keys() const;

  /// The scalar under a key. Missing: a fault and "".
  std::string text(const std::string& key);
  /// As text, and fit to be the name of a folder.
  std::string name(const std::string& key);
  /// A fault at the key unless `value` is fit to be the name of a folder.
  void check_name(const std::string& key, const std::string& value);
  std::string text_or(const std::string& key, const std::string& fallback);
  std::int64_t integer_or(const std::string& key, std::int64_t fallback);
  /// As integer_or, and not negative.
  std::uint64_t count_or(const std::string& key, std::uint64_t fallback);
  /// Finite.
  double number_or(const std::string& key, double fallback);
  bool flag_or(const std::string& key, bool fallback);
  /// A list of scalars, or one scalar as a list of one; missing: empty.
  std::vector<std::string> texts(const std::string& key);
  /// A mapping of scalars; missing: empty.
  std::map<std::string, std::string> text_map(const std::string& key);
  /// The mapping under a key as a JSON object on one line; missing: empty. What stands unquoted and reads as a number,
  /// true or false in JSON is that, nothing at all is null, everything else a string.
  std::string json_object(const std::string& key);
  /// The mapping under a key; missing: a fault, with this way out, and an empty mapping.
  YamlMap child(const std::string& key, const std::string& way_out = {});
  /// The list of mappings under a key; missing: empty. Something else is a fault with this way out.
  std::vector<YamlMap> children(const std::string& key, const std::string& way_out = {});

  /// A fault for every key that is not in `known`: it names the closest one and lists them.
  void allow_only(std::initializer_list<std::string_view> known);
  /// Records a fault at a key (or at the mapping itself, for an unknown key).
  void complain(const std::string& key, const std::string& what, const std::string& way_out = {});
  /// The line of a key, 1-based.
  [[nodiscard]] std::uint64_t line_of(const std::string& key) const;

  /// The first fault in this file, if any.
  [[nodiscard]] Status status() const;

 private:
  struct Faults;
  YamlMap(const YAML::Node& node, std::shared_ptr<Faults> faults);
  [[nodiscard]] YAML::Node at(const std::string& key) const;
  std::string scalar(const YAML::Node& node, const std::string& key);

  YAML::Node node_;
  std::shared_ptr<Faults> faults_;
};

}  // namespace osler
