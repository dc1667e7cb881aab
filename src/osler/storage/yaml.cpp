#include "osler/storage/yaml.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "osler/storage/shipped.h"

namespace osler {
namespace {

std::uint64_t line_number(const YAML::Mark& mark) {
  return mark.line < 0 ? 1 : static_cast<std::uint64_t>(mark.line) + 1;
}

/// Notes where a document starts, and builds nothing.
class StartOfDocument final : public YAML::EventHandler {
 public:
  std::optional<std::uint64_t> line;

  void OnDocumentStart(const YAML::Mark& mark) override { line = line_number(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// YAML::Load passes over what follows the first document. (YAML::LoadAll would see it, but a stray bracket makes it
/// collect empty documents until memory is gone.)
std::optional<std::uint64_t> line_of_second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  StartOfDocument first;
  StartOfDocument second;
  parser.HandleNextDocument(first);
  parser.HandleNextDocument(second);
  return second.line;
}

using OrderedJson = nlohmann::ordered_json;

/// YAML as JSON. A document can name a node again, also within itself, so that what is small on paper may have no end:
/// `room` is how many values there may still be.
std::optional<OrderedJson> json_of(const YAML::Node& node, std::size_t& room) {
  if (room == 0) return std::nullopt;
  --room;
  if (node.IsMap()) {
    OrderedJson object = OrderedJson::object();
    for (const auto& entry : node) {
      auto value = json_of(entry.second, room);
      if (!entry.first.IsScalar() || object.contains(entry.first.Scalar()) || !value) return std::nullopt;
      object[entry.first.Scalar()] = std::move(*value);
    }
    return object;
  }
  if (node.IsSequence()) {
    OrderedJson list = OrderedJson::array();
    for (const auto& entry : node) {
      auto value = json_of(entry, room);
      if (!value) return std::nullopt;
      list.push_back(std::move(*value));
    }
    return list;
  }
  if (!node.IsScalar()) return OrderedJson(nullptr);
  constexpr const char* kUnquoted = "?";
  if (node.Tag() == kUnquoted) {
    auto value = OrderedJson::parse(node.Scalar(), nullptr, /*allow_exceptions=*/false);
    if (value.is_number() || value.is_boolean()) return value;
  }
  return OrderedJson(node.Scalar());
}

}  // namespace

struct YamlMap::Faults {
  std::string file;
  std::optional<Error> first;

  void add(std::uint64_t line, std::string what, std::string way_out) {
    if (first) return;
    Place place{file};
    place.line = line;
    first = Error{ErrorCode::malformed, std::move(what), std::move(place), std::move(way_out)};
  }
};

YamlMap::YamlMap(const YAML::Node& node, std::shared_ptr<Faults> faults) : node_(node), faults_(std::move(faults)) {
  // The library keeps both and finds the first: a line that someone wrote would count for nothing.
  std::set<std::string> seen;
  for (const auto& entry : node_) {
    const auto key = entry.first.as<std::string>("");
    if (!seen.insert(key).second) {
      faults_->add(line_number(entry.first.Mark()), fmt::format("'{}' stands here twice", key), "leave one of them");
    }
  }
}

Result<YamlMap> YamlMap::parse(const std::string& text, const std::string& name) {
  auto faults = std::make_shared<Faults>();
  faults->file = name;
  try {
    YAML::Node node = YAML::Load(text);
    if (const auto more = line_of_second_document(text)) {
      Place place{name};
      place.line = *more;
      return fail(ErrorCode::malformed, "goes on after its end", std::move(place),
                  "one file holds one document: give the rest a file of its own, or mend this line");
    }
    if (!node.IsMap()) {
      return fail(ErrorCode::malformed, "is not a mapping of keys to values", {name},
                  "start it with lines like 'name: my-benchmark'");
    }
    return YamlMap(node, std::move(faults));
  } catch (const YAML::Exception& problem) {
    Place place{name};
    place.line = line_number(problem.mark);
    return fail(ErrorCode::malformed, "is not valid YAML (" + problem.msg + ")", std::move(place),
                "mend this line, or close what was left open before it: a quote, a bracket or a brace");
  }
}

YAML::Node YamlMap::at(const std::string& key) const {
  // operator[] on a non-const node would insert the key.
  const YAML::Node& node = node_;
  return node.IsMap() ? node[key] : YAML::Node(YAML::NodeType::Undefined);
}

bool YamlMap::has(const std::string& key) const {
  const YAML::Node value = at(key);
  return value.IsDefined() && !value.IsNull();
}

bool YamlMap::is_map(const std::string& key) const {
  const YAML::Node value = at(key);
  return value.IsDefined() && value.IsMap();
}

std::vector<std::string> YamlMap::keys() const {
  std::vector<std::string> out;
  for (const auto& entry : node_) out.push_back(entry.first.as<std::string>(""));
  return out;
}

std::uint64_t YamlMap::line_of(const std::string& key) const {
  for (const auto& entry : node_) {
    if (entry.first.as<std::string>("") == key) return line_number(entry.first.Mark());
  }
  return line_number(node_.Mark());
}

void YamlMap::complain(const std::string& key, const std::string& what, const std::string& way_out) {
  faults_->add(line_of(key), what, way_out);
}

std::string YamlMap::scalar(const YAML::Node& node, const std::string& key) {
  if (node.IsScalar()) return node.Scalar();
  complain(key, fmt::format("'{}' must be a single value", key),
           node.IsMap() ? "what begins with a brace stands in quotes: \"{...}\"" : "give one value");
  return {};
}

std::string YamlMap::text(const std::string& key) {
  if (!has(key)) {
    complain(key, fmt::format("'{}' is missing", key), fmt::format("add a line '{}: ...'", key));
    return {};
  }
  return scalar(at(key), key);
}

std::string YamlMap::name(const std::string& key) {
  std::string value = text(key);
  if (has(key)) check_name(key, value);
  return value;
}

void YamlMap::check_name(const std::string& key, const std::string& value) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  if (value.empty() || value.front() == '.' || !std::all_of(value.begin(), value.end(), plain)) {
    complain(key, fmt::format("'{}' cannot be a name", value), "use letters, digits, '-', '_' and '.'");
  }
}

std::string YamlMap::text_or(const std::string& key, const std::string& fallback) {
  return has(key) ? scalar(at(key), key) : fallback;
}

std::int64_t YamlMap::integer_or(const std::string& key, std::int64_t fallback) {
  if (!has(key)) return fallback;
  const std::string value = scalar(at(key), key);
  std::int64_t number = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem != std::errc() || end != value.data() + value.size()) {
    complain(key, fmt::format("'{}' must be a whole number, not '{}'", key, value));
    return fallback;
  }
  return number;
}

std::uint64_t YamlMap::count_or(const std::string& key, std::uint64_t fallback) {
  if (!has(key)) return fallback;
  const std::string value = scalar(at(key), key);
  std::uint64_t number = 0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem != std::errc() || end != value.data() + value.size()) {
    complain(key, fmt::format("'{}' must be a whole number that is not negative, not '{}'", key, value));
    return fallback;
  }
  return number;
}

double YamlMap::number_or(const std::string& key, double fallback) {
  if (!has(key)) return fallback;
  const std::string value = scalar(at(key), key);
  double number = 0.0;
  const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (problem != std::errc() || end != value.data() + value.size() || !std::isfinite(number)) {
    complain(key, fmt::format("'{}' must be a number, not '{}'", key, value));
    return fallback;
  }
  return number;
}

bool YamlMap::flag_or(const std::string& key, bool fallback) {
  if (!has(key)) return fallback;
  const std::string value = scalar(at(key), key);
  if (value == "true" || value == "yes") return true;
  if (value == "false" || value == "no") return false;
  complain(key, fmt::format("'{}' must be true or false, not '{}'", key, value));
  return fallback;
}

std::vector<std::string> YamlMap::texts(const std::string& key) {
  if (!has(key)) return {};
  const YAML::Node value = at(key);
  if (!value.IsSequence()) return {scalar(value, key)};
  std::vector<std::string> out;
  for (const auto& entry : value) out.push_back(scalar(entry, key));
  return out;
}

std::map<std::string, std::string> YamlMap::text_map(const std::string& key) {
  std::map<std::string, std::string> out;
  if (!has(key)) return out;
  YamlMap map = child(key);
  for (const auto& name : map.keys()) out[name] = map.text(name);
  return out;
}

std::string YamlMap::json_object(const std::string& key) {
  if (!has(key)) return {};
  constexpr std::size_t kMostValues = 256;  // which bounds how deep they are nested, too
  std::size_t room = kMostValues;
  const auto object = is_map(key) ? json_of(at(key), room) : std::nullopt;
  if (!object) {
    complain(key, fmt::format("'{}' is not an object that JSON could hold", key),
             fmt::format("give a mapping with every key once and at most {} values", kMostValues));
    return {};
  }
  return object->dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

YamlMap YamlMap::child(const std::string& key, const std::string& way_out) {
  const YAML::Node value = at(key);
  if (value.IsDefined() && value.IsMap()) return {value, faults_};
  complain(key, fmt::format("'{}' {}", key, has(key) ? "must be a mapping" : "is missing"), way_out);
  return {YAML::Node(YAML::NodeType::Map), faults_};
}

std::vector<YamlMap> YamlMap::children(const std::string& key, const std::string& way_out) {
  std::vector<YamlMap> out;
  if (!has(key)) return out;
  const YAML::Node value = at(key);
  if (!value.IsSequence()) {
    complain(key, fmt::format("'{}' must be a list", key), way_out);
    return out;
  }
  for (const auto& entry : value) {
    if (entry.IsMap()) {
      out.push_back(YamlMap(entry, faults_));
    } else {
      faults_->add(line_number(entry.Mark()), fmt::format("every entry of '{}' must be a mapping", key), way_out);
    }
  }
  return out;
}

void YamlMap::allow_only(std::initializer_list<std::string_view> known) {
  for (const auto& key : keys()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      const auto close = closest_name(key, {known.begin(), known.end()});
      complain(key, fmt::format("unknown key '{}'", key),
               fmt::format("{}known here: {}", close.empty() ? "" : fmt::format("did you mean '{}'? ", close),
                           fmt::join(known, ", ")));
    }
  }
}

Status YamlMap::status() const {
  if (faults_->first) return tl::unexpected<Error>(*faults_->first);
  return {};
}

}  // namespace osler
