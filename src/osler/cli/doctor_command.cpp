#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "osler/cli/commands.h"
#include "osler/cli/common.h"
#include "osler/core/machine.h"
#include "osler/core/version.h"
#include "osler/dataset/catalog.h"
#include "osler/dataset/loader.h"
#include "osler/engine/llama/llama_engine.h"
#include "osler/engine/llama/log_capture.h"
#include "osler/prompt/protocol.h"
#include "osler/storage/duckdb.h"
#include "osler/storage/files.h"
#include "osler/storage/json.h"

namespace osler::cli {
namespace {

namespace fs = std::filesystem;

/// One thing that was looked at.
struct Finding {
  std::string name;
  bool ok = true;      ///< False: something will not work.
  std::string detail;  ///< What is there, or what to do.
};

Finding processor() {
  std::string detail = fmt::format("{}, {} usable CPUs", cpu_name(), usable_cpus());
  if (cpu_has("avx512_bf16")) detail += "; AVX512_BF16: a BF16 mmproj encodes images faster here than an F16 one";
  return {"processor", true, detail};
}

Finding instruction_set() {
  set_library_logging(false);
  std::string info = llama_system_info();
  while (!info.empty() && (info.back() == ' ' || info.back() == '|')) info.pop_back();
  return {"llama.cpp", true, fmt::format("{} ({})", kLlamaRelease, info)};
}

Finding memory() {
  constexpr double kGib = 1024.0 * 1024.0 * 1024.0;
  const auto total = static_cast<double>(total_memory()) / kGib;
  if (total <= 0.0) return {"memory", false, "/proc/meminfo cannot be read"};
  return {"memory", true,
          fmt::format("{:.1f} GiB, {:.1f} GiB available; a model needs about the size of its two files plus 1 GiB",
                      total, static_cast<double>(available_memory()) / kGib)};
}

Finding gpu() {
  std::error_code problem;
  const bool device = fs::exists("/dev/nvidiactl", problem);
  if (kCuda) return {"GPU", device, device ? "CUDA build, a GPU is here" : "CUDA build, but no GPU is visible"};
  if (device) return {"GPU", true, "a GPU is here, but this build does not use it; configure with -DOSLER_CUDA=ON"};
  return {"GPU", true, "none; models run on the processor"};
}

Finding duckdb_works() {
  auto database = Database::open();
  if (!database) return {"DuckDB", false, database.error().message()};
  auto rows = database->query(
      "SELECT count(*) FROM duckdb_extensions() WHERE loaded AND extension_name IN "
      "('parquet', 'json')");
  const auto row = rows ? rows->next() : Result<std::vector<SqlValue>>(std::vector<SqlValue>{});
  const bool ok = row && !row->empty() && std::get<std::int64_t>(row->front()) == 2;
  return {"DuckDB", ok,
          ok ? fmt::format("{}, parquet and json inside", kDuckdbVersion)
             : "parquet or json is missing from libduckdb.so; run scripts/fetch-third-party.sh"};
}

Finding output_folder(const std::string& out) {
  std::error_code problem;
  fs::path folder = fs::absolute(out, problem);
  while (!fs::exists(folder, problem) && folder.has_relative_path()) folder = folder.parent_path();
  const fs::path trial = folder / fmt::format(".osler-doctor-{}", getpid());
  const auto written = write_file_atomically(trial, "can this be written?");
  fs::remove(trial, problem);
  if (!written)
    return {"results", false, fmt::format("{} cannot be written; choose another folder with --out", folder.string())};
  const auto space = fs::space(folder, problem);
  return {"results", true,
          fmt::format("{} is writable, {:.1f} GiB free", folder.string(),
                      static_cast<double>(space.available) / (1024.0 * 1024.0 * 1024.0))};
}

std::vector<Finding> benchmarks(const std::string& data) {
  const auto places = data_places(data);
  std::vector<Finding> findings;
  if (places.folders.empty() && !places.hub_cache) {
    findings.push_back({"benchmarks", true, "nothing says where they are: set $OSLER_DATA or give --data DIR"});
    return findings;
  }
  for (const auto& name : benchmark_names()) {
    const auto card = find_card(name);
    if (!card) {
      findings.push_back({name, false, card.error().message()});
      continue;
    }
    const auto found = list_row_sets(*card, card->default_split, places);
    if (!found) {
      findings.push_back({name, false, found.error().message()});
    } else if (found->empty()) {
      findings.push_back({name, true, "not here; 'osler data list' says what is"});
    } else {
      findings.push_back(
          {name, true, fmt::format("form {}, {}", found->front().form->name, found->front().files.front().string())});
    }
  }
  return findings;
}

int doctor(const std::string& data, const std::string& out, bool json) {
  std::vector<Finding> findings{{"osler", true, version_text()},
                                processor(),
                                memory(),
                                gpu(),
                                instruction_set(),
                                duckdb_works(),
                                output_folder(out)};
  for (auto& finding : benchmarks(data)) findings.push_back(std::move(finding));
  bool ok = true;
  auto list = nlohmann::ordered_json::array();
  for (const auto& [name, fine, detail] : findings) {
    ok = ok && fine;
    list.push_back({{"name", name}, {"ok", fine}, {"detail", detail}});
    if (!json) std::cout << fmt::format("{:<4} {:<12} {}\n", fine ? "ok" : "FAIL", name, detail);
  }
  if (json) std::cout << list.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  if (ok) return kDone;
  return complain({ErrorCode::unsupported, "something is missing", {}, "see the lines that say FAIL"});
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("doctor", "What this machine can do, and what is missing");
  auto data = std::make_shared<std::string>();
  auto out = std::make_shared<std::string>("runs");
  auto json = std::make_shared<bool>(false);
  command->add_option("-d,--data", *data, "Folder that holds benchmarks (default: $OSLER_DATA)");
  command->add_option("-o,--out", *out, "Folder for results, to see whether it can be written")->capture_default_str();
  command->add_flag("--json", *json, "A list of objects for programs");
  command->footer("Example:\n  osler doctor --data ~/data");
  command->callback([&action, data, out, json] { action = [data, out, json] { return doctor(*data, *out, *json); }; });
}

}  // namespace osler::cli
