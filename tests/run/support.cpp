#include "run/support.h"

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "osler/storage/duckdb.h"

namespace osler::test {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kSide = 4;

/// RGB, rows from the top.
std::string pixels_of(std::uint8_t shade) {
  std::string rgb;
  for (std::uint32_t i = 0; i < 3 * kSide * kSide; ++i) rgb += static_cast<char>(shade + i);
  return rgb;
}

std::string big_endian(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFFU);
  return out;
}

std::string little_endian(std::uint32_t value) {
  const auto big = big_endian(value);
  return {big.rbegin(), big.rend()};
}

std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

std::string text_of(const SqlValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* real = std::get_if<double>(&value)) return std::to_string(*real);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return "NULL";
}

template <class T>
T need(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return std::move(*result);
}

}  // namespace

void write_png(const fs::path& path, std::uint8_t shade) {
  const std::string rgb = pixels_of(shade);
  std::string rows;
  for (std::uint32_t y = 0; y < kSide; ++y) rows += '\0' + rgb.substr(std::size_t{3} * kSide * y, 3 * kSide);
  uLongf size = compressBound(rows.size());
  std::string packed(size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()), rows.size());
  packed.resize(size);
  write(path, "\x89PNG\r\n\x1a\n" +
                  png_chunk("IHDR", big_endian(kSide) + big_endian(kSide) + std::string("\x08\x02\0\0\0", 5)) +
                  png_chunk("IDAT", packed) + png_chunk("IEND", ""));
}

void write_bmp(const fs::path& path, std::uint8_t shade) {
  const std::string rgb = pixels_of(shade);
  std::string rows;  // From the bottom, blue first; four pixels need no padding.
  for (std::uint32_t y = kSide; y-- > 0;) {
    for (std::uint32_t x = 0; x < kSide; ++x) {
      const std::string pixel = rgb.substr(std::size_t{3} * (kSide * y + x), 3);
      rows.append(pixel.rbegin(), pixel.rend());
    }
  }
  const auto total = static_cast<std::uint32_t>(54 + rows.size());
  write(path, "BM" + little_endian(total) + little_endian(0) + little_endian(54) + little_endian(40) +
                  little_endian(kSide) + little_endian(kSide) + std::string("\x01\0\x18\0", 4) + little_endian(0) +
                  little_endian(static_cast<std::uint32_t>(rows.size())) + std::string(16, '\0') + rows);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

void write(const fs::path& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

std::map<std::string, std::string> snapshot(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files[entry.path().string()] = read(entry.path());
  }
  return files;
}

RowSet made_up_rows(std::size_t count, const fs::path& images) {
  fs::create_directories(images);
  RowSet rows;
  rows.benchmark = "made-up";
  rows.split = "test";
  rows.default_split = "test";
  rows.form = "memory";
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = "scan-" + std::to_string(i / 3) + ".png";
    if (!fs::exists(images / name)) write_png(images / name, static_cast<std::uint8_t>(5 * (i / 3)));
    Item item;
    item.id = "item " + std::to_string(i);
    item.images = {{name, images / name, {}}};
    item.question = "What does scan " + std::to_string(i) + " show?";
    item.options = {"a fracture", "a nodule", "nothing"};
    item.gold_option = i % 2 == 0 ? 1 : 0;
    item.gold = item.options[*item.gold_option];
    item.kind = Kind::mcq;
    item.capability = i % 3 == 0 ? Capability::reasoning : Capability::understanding;
    item.strata = {{"modality", i % 2 == 0 ? "CT" : "MRI"}};
    rows.items.push_back(std::move(item));
  }
  return rows;
}

RunSpec spec_for(RowSet rows, const fs::path& folder) {
  RunSpec spec;
  spec.rows = std::move(rows);
  spec.card_hash = "0123456789";
  spec.protocol = need(find_protocol("paper"));
  spec.folder = folder;
  return spec;
}

Response boxed_b(const Request& request) {
  Response response;
  response.item_id = request.item_id;
  response.text = "I see " + request.item_id + ", so \\boxed{B}";
  response.prompt_hash = "prompt of " + request.item_id;
  response.prompt_tokens = 20;
  response.image_tokens = 4;
  response.completion_tokens = 9;
  response.prefill_ms = 1.5;
  response.decode_ms = 2.5;
  return response;
}

ScriptedEngine::ScriptedEngine() {
  facts_.kind = "scripted";
  facts_.model = "actor";
  facts_.identity = {{"model_sha256", "aaaa"}};
  facts_.details = {{"threads", "1"}};
}

Status ScriptedEngine::answer(RequestSource& source, ResponseSink& sink, std::stop_token stop) {
  std::size_t answered = 0;
  std::vector<Request> hand;
  while (true) {
    if (stop.stop_requested() || answered == stop_after) return fail(ErrorCode::interrupted, "stopped by the user");
    while (hand.size() < window) {
      auto request = source.next();
      if (!request) break;
      asked.push_back(request->item_id);
      on_asked(request->item_id);
      hand.push_back(std::move(*request));
    }
    if (hand.empty()) return {};
    if (answered == fail_after) return fail(ErrorCode::engine, "the actor has fainted", {}, "call a doctor");
    std::this_thread::sleep_for(delay);
    if (auto status = sink.accept(reply(hand.back())); !status) return status;
    hand.pop_back();
    ++answered;
  }
}

void Watcher::answered(const Response& response, const Grade& grade, std::uint64_t done, std::uint64_t total) {
  ids.push_back(response.item_id);
  outcomes.push_back(grade.outcome);
  progress.emplace_back(done, total);
}

Result<RunTotals> run(const RunSpec& spec, Engine& engine, RunObserver& observer) {
  const auto grader = need(make_grader(spec.protocol, spec.model_card));
  return execute_run(spec, engine, grader, observer, {});
}

Result<RunTotals> run(const RunSpec& spec, Engine& engine) {
  Watcher watcher;
  return run(spec, engine, watcher);
}

std::vector<std::string> query_grades(const fs::path& folder, const std::string& sql) {
  auto database = need(Database::open());
  need(database.query("CREATE VIEW grades AS SELECT * FROM read_parquet(" +
                      sql_quote((folder / "grades.parquet").string()) + ")"));
  auto rows = need(database.query(sql));
  std::vector<std::string> lines;
  while (true) {
    const auto row = need(rows.next());
    if (row.empty()) return lines;
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) line += (i == 0 ? "" : " | ") + text_of(row[i]);
    lines.push_back(std::move(line));
  }
}

std::vector<std::string> all_grades(const fs::path& folder) {
  return query_grades(folder,
                      "SELECT * EXCLUDE (prefill_ms, decode_ms) REPLACE (strata::VARCHAR AS strata) FROM grades");
}

std::map<std::string, std::string> outcomes(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& line : query_grades(folder, "SELECT item_id, outcome FROM grades")) {
    const auto bar = line.rfind(" | ");
    out[line.substr(0, bar)] = line.substr(bar + 3);
  }
  return out;
}

}  // namespace osler::test
