#include "osler/import/record_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "osler/dataset/text.h"

namespace osler {
namespace {

namespace fs = std::filesystem;

bool is_table(const fs::path& file) {
  const std::string extension = to_lower(file.extension().string());
  constexpr const char* kTables[] = {".json", ".jsonl", ".ndjson", ".csv", ".tsv"};
  return std::find(std::begin(kTables), std::end(kTables), extension) != std::end(kTables);
}

bool is_shard(const std::string& name) { return name.starts_with("results_") && name.ends_with(".json"); }

/// Whether the format's tool calls a file of responses so.
bool wanted(const fs::path& file, RecordFormat format) {
  const std::string name = file.filename().string();
  switch (format) {
    case RecordFormat::medevalkit:
      return name == "results.json" || name == "parsed_output.json" || is_shard(name);
    case RecordFormat::mmmu:
      return name == "output.json";
    case RecordFormat::medxpertqa:
      return name.ends_with("_output.jsonl");
    case RecordFormat::lmms_eval:
    case RecordFormat::lm_eval:
      return name.ends_with(".jsonl") && name.find("samples_") != std::string::npos;
    case RecordFormat::vlmevalkit:
    case RecordFormat::table:
      return is_table(file);
  }
  return false;
}

/// Shards say the same as the file that was made of them.
void drop_shards(std::vector<fs::path>& files) {
  const auto whole = [](const fs::path& file) { return file.filename() == "results.json"; };
  if (std::none_of(files.begin(), files.end(), whole)) return;
  std::erase_if(files, [](const fs::path& file) { return is_shard(file.filename().string()); });
}

Result<std::vector<fs::path>> files_below(const fs::path& folder, RecordFormat format) {
  constexpr int kMaxDepth = 6;
  constexpr std::size_t kMostFiles = 10'000;
  std::vector<fs::path> files;
  std::error_code problem;
  fs::recursive_directory_iterator entry(folder, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    if (entry.depth() >= kMaxDepth) entry.disable_recursion_pending();
    std::error_code ignored;
    if (entry->is_regular_file(ignored) && wanted(entry->path(), format)) files.push_back(entry->path());
    if (files.size() > kMostFiles) {
      return fail(ErrorCode::limit, fmt::format("holds more than {} files of responses", kMostFiles), {folder.string()},
                  "name a folder further down");
    }
  }
  if (problem) {
    return fail(ErrorCode::io, fmt::format("cannot be read ({})", problem.message()), {folder.string()},
                "mend its permissions, or name the files one by one");
  }
  std::sort(files.begin(), files.end());
  if (format == RecordFormat::medevalkit) drop_shards(files);
  return files;
}

}  // namespace

Result<std::vector<fs::path>> record_files(const std::vector<std::string>& paths, RecordFormat format) {
  std::vector<fs::path> files;
  for (const auto& name : paths) {
    const fs::path path(name);
    std::error_code problem;
    if (!fs::exists(path, problem)) {
      return fail(ErrorCode::not_found, "is not there", {name}, "give a file of responses, or a folder of them");
    }
    if (!fs::is_directory(path, problem)) {
      files.push_back(path);
      continue;
    }
    const auto below = files_below(path, format);
    if (!below) return pass(below);
    if (below->empty()) {
      return fail(ErrorCode::not_found, fmt::format("holds no file that {} would name so", name_of(format)), {name},
                  "name the files themselves, or choose another --format");
    }
    files.insert(files.end(), below->begin(), below->end());
  }
  return files;
}

std::string default_model(const std::vector<Record>& records, const std::vector<fs::path>& files, RecordFormat format) {
  const auto same = [&records](const Record& record) { return record.model == records.front().model; };
  constexpr std::size_t kLongest = 200;
  std::string recorded = records.empty() ? std::string() : records.front().model;
  if (!recorded.empty() && recorded.size() <= kLongest && std::all_of(records.begin(), records.end(), same)) {
    return recorded;
  }
  // A file in the working folder has no parent in its name.
  std::error_code problem;
  const fs::path file = fs::absolute(files.front(), problem).lexically_normal();
  const auto above = [&file](int levels) {
    fs::path folder = file;
    for (int i = 0; i < levels; ++i) folder = folder.parent_path();
    return folder.filename().string();
  };
  std::string name;
  if (format == RecordFormat::mmmu && file.filename() == "output.json") name = above(2);
  if ((format == RecordFormat::lmms_eval || format == RecordFormat::lm_eval) && file.has_parent_path()) name = above(1);
  // outputs/DIR/MODEL/medxpertqa/METHOD/PROMPTING/medxpertqa_mm_output.jsonl
  if (format == RecordFormat::medxpertqa && above(3) == "medxpertqa") name = above(4);
  return name.empty() ? file.stem().string() : name;
}

}  // namespace osler
