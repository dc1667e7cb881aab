#include "osler/run/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <set>
#include <vector>

#include "osler/core/version.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

constexpr std::uint64_t kSchema = 1;

std::string one_line(std::string value) {
  std::replace_if(
      value.begin(), value.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return value;
}

/// What tells two values apart, short enough for one sentence.
std::string shortened(const std::string& value, const std::string& other) {
  constexpr std::size_t kEnough = 48;
  if (value.size() <= kEnough) return one_line(value);
  if (value.compare(0, kEnough, other, 0, kEnough) != 0) return one_line(value.substr(0, kEnough)) + "...";
  const auto differs = static_cast<std::size_t>(
      std::mismatch(value.begin(), value.end(), other.begin(), other.end()).first - value.begin());
  const std::size_t from = std::min(differs, value.size() - kEnough / 2);
  return "..." + one_line(value.substr(from, kEnough)) + (value.size() - from > kEnough ? "..." : "");
}

}  // namespace

std::string timestamp() {
  const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec);
}

Status write_manifest(const std::filesystem::path& folder, const Manifest& manifest) {
  const nlohmann::ordered_json value = {{"schema", kSchema},
                                        {"osler", {{"version", kVersion}, {"commit", kCommit}}},
                                        {"model", manifest.model},
                                        {"benchmark", manifest.benchmark},
                                        {"row_set", manifest.row_set},
                                        {"row_set_hash", manifest.row_set_hash},
                                        {"protocol", manifest.protocol},
                                        {"engine", manifest.engine},
                                        {"items", manifest.items},
                                        {"answered", manifest.answered},
                                        {"identity", manifest.identity},
                                        {"details", manifest.details},
                                        {"started", manifest.started},
                                        {"finished", manifest.finished},
                                        {"seconds", manifest.seconds}};
  return write_file_atomically(folder / "manifest.json",
                               value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Result<Manifest> read_manifest(const std::filesystem::path& folder) {
  const auto path = folder / "manifest.json";
  const auto value = read_json(path);
  if (!value) return pass(value);
  try {
    if (count_at(*value, "schema") != kSchema) {
      return fail(ErrorCode::unsupported, fmt::format("has schema {}", count_at(*value, "schema")), {path.string()},
                  "it was written by another version of Osler: use that one");
    }
    Manifest manifest;
    manifest.model = value->at("model").get<std::string>();
    manifest.benchmark = value->at("benchmark").get<std::string>();
    manifest.row_set = value->at("row_set").get<std::string>();
    manifest.row_set_hash = value->at("row_set_hash").get<std::string>();
    manifest.protocol = value->at("protocol").get<std::string>();
    manifest.engine = value->at("engine").get<std::string>();
    manifest.items = count_at(*value, "items");
    manifest.answered = count_at(*value, "answered");
    manifest.identity = value->at("identity").get<std::map<std::string, std::string>>();
    manifest.details = value->at("details").get<std::map<std::string, std::string>>();
    manifest.started = value->at("started").get<std::string>();
    manifest.finished = value->at("finished").get<std::string>();
    manifest.seconds = value->at("seconds").get<double>();
    return manifest;
  } catch (const Json::exception&) {
    return fail(ErrorCode::malformed, "is not a manifest of Osler's", {path.string()},
                "give the folder of a run, or choose another with --out");
  }
}

Status check_same_run(const Manifest& stored, const Manifest& now, const std::filesystem::path& folder,
                      std::string_view noun) {
  std::set<std::string> names;
  for (const auto& [name, value] : stored.identity) names.insert(name);
  for (const auto& [name, value] : now.identity) names.insert(name);
  std::vector<std::string> differences;
  for (const auto& name : names) {
    const auto before = stored.identity.find(name);
    const auto after = now.identity.find(name);
    const std::string old_value = before == stored.identity.end() ? "(none)" : before->second;
    const std::string new_value = after == now.identity.end() ? "(none)" : after->second;
    if (old_value == new_value) continue;
    differences.push_back(fmt::format("{} was {} and is now {}", one_line(name), shortened(old_value, new_value),
                                      shortened(new_value, old_value)));
  }
  if (differences.empty()) return {};
  return fail(ErrorCode::mismatch, fmt::format("holds another {}: {}", noun, fmt::join(differences, "; ")),
              {folder.string()}, "use the same settings to go on with it, or another folder with --out");
}

}  // namespace osler
