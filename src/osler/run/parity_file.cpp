#include "osler/run/parity_file.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "osler/core/hash.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSchema = 1;

/// What a run adds to the identity of its engine (runner.cpp), and what only rounds.
constexpr std::array<std::string_view, 14> kNotTheEngine = {
    "model",          "row_set",     "row_set_hash", "card_sha256",  "protocol", "protocol_sha256", "image_policy",
    "max_new_tokens", "temperature", "seed",         "shuffle_seed", "context",  "batching",        "reasoning"};

fs::path parity_path(const fs::path& folder) { return folder / "parity.json"; }

Json object_of(const ParityRecord& record) {
  return {{"engine", record.engine},
          {"other_engine", record.other_engine},
          {"other_model", record.other_model},
          {"other_run", record.other_run},
          {"benchmark", record.benchmark},
          {"n", record.n},
          {"equal_answers", record.equal_answers},
          {"difference", record.difference},
          {"p_exact", record.p_exact},
          {"made", record.made}};
}

ParityRecord record_of(const Json& value) {
  ParityRecord record;
  record.engine = value.at("engine").get<std::string>();
  record.other_engine = value.at("other_engine").get<std::string>();
  record.other_model = value.at("other_model").get<std::string>();
  record.other_run = value.at("other_run").get<std::string>();
  record.benchmark = value.at("benchmark").get<std::string>();
  record.n = count_at(value, "n");
  record.equal_answers = count_at(value, "equal_answers");
  record.difference = value.at("difference").get<double>();
  record.p_exact = value.at("p_exact").get<double>();
  record.made = value.at("made").get<std::string>();
  return record;
}

}  // namespace

std::string engine_id(const Manifest& manifest) {
  Sha256 hash;
  hash.update_field(manifest.engine);
  // Every file of recorded answers differs, whatever engine gave them.
  if (manifest.engine == "replay" || manifest.engine == "import") return hash.hex();
  for (const auto& [name, value] : manifest.identity) {
    if (std::ranges::find(kNotTheEngine, name) != kNotTheEngine.end()) continue;
    hash.update_field(name);
    hash.update_field(value);
  }
  return hash.hex();
}

Result<std::vector<ParityRecord>> read_parity(const fs::path& folder) {
  const auto path = parity_path(folder);
  std::vector<ParityRecord> records;
  std::error_code problem;
  if (!fs::exists(path, problem)) return records;
  const auto value = read_json(path);
  if (!value) return pass(value);
  try {
    if (count_at(*value, "schema") != kSchema) {
      return fail(ErrorCode::unsupported, "was written by another version of Osler", {path.string()},
                  "remove it and run 'osler compare --parity' again");
    }
    for (const auto& record : value->at("parities")) records.push_back(record_of(record));
  } catch (const Json::exception&) {
    return fail(ErrorCode::malformed, "is not a parity file of Osler's", {path.string()},
                "remove it and run 'osler compare --parity' again");
  }
  return records;
}

Status add_parity(const fs::path& folder, const ParityRecord& record) {
  auto records = read_parity(folder);
  if (!records) return pass(records);
  std::erase_if(*records, [&record](const ParityRecord& one) {
    return one.engine == record.engine && one.other_engine == record.other_engine;
  });
  records->push_back(record);
  Json list = Json::array();
  for (const auto& one : *records) list.push_back(object_of(one));
  const Json value = {{"schema", kSchema}, {"parities", std::move(list)}};
  return write_file_atomically(parity_path(folder), dump_json(value, 2) + "\n");
}

}  // namespace osler
