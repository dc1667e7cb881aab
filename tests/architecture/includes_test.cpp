// The street of data has no way back: a room includes itself and the rooms below it, nothing else.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

const std::map<std::string, std::set<std::string>>& allowed() {
  static const std::map<std::string, std::set<std::string>> rooms{
      {"core", {}},
      {"storage", {"core"}},
      {"dataset", {"core", "storage"}},
      {"import", {"core", "storage", "dataset"}},
      {"net", {"core"}},
      {"hub", {"core", "storage", "net"}},
      {"model", {"core", "storage"}},
      {"prompt", {"core", "storage"}},
      {"engine", {"core", "storage", "net"}},
      {"grade", {"core"}},
      {"phantom", {"core", "storage"}},
      {"stats", {"core"}},
      {"capability", {"core", "storage", "stats"}},
      {"published", {"core", "storage", "dataset", "stats"}},
      {"run", {"core", "storage", "capability", "dataset", "import", "model", "prompt", "engine", "grade"}},
      {"report", {"core", "stats"}},
      {"cli",
       {"core", "storage", "dataset", "import", "model", "prompt", "phantom", "engine", "grade", "stats", "run",
        "report", "hub", "net", "published", "capability"}}};
  return rooms;
}

const fs::path kRoot = fs::path(OSLER_SOURCE_DIR) / "src" / "osler";

template <class Visit>
void for_each_source(const Visit& visit) {
  for (const auto& entry : fs::recursive_directory_iterator(kRoot)) {
    const auto extension = entry.path().extension();
    if (extension == ".h" || extension == ".cpp") visit(entry.path());
  }
}

TEST(Architecture, EveryRoomIsListed) {
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    if (!entry.is_directory()) continue;
    EXPECT_TRUE(allowed().contains(entry.path().filename().string())) << entry.path();
  }
}

TEST(Architecture, NoIncludePointsUpTheStreet) {
  std::size_t seen = 0;
  for_each_source([&](const fs::path& path) {
    const std::string room = fs::relative(path, kRoot).begin()->string();
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      const std::string head = "#include \"osler/";
      if (!line.starts_with(head)) continue;
      ++seen;
      const std::string target = line.substr(head.size(), line.find('/', head.size()) - head.size());
      EXPECT_TRUE(target == room || allowed().at(room).contains(target)) << path << ": " << line;
    }
  });
  EXPECT_GT(seen, 100U);
}

TEST(Architecture, FilesStayReadable) {
  for_each_source([](const fs::path& path) {
    std::ifstream file(path);
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);) ++lines;
    EXPECT_LE(lines, 420U) << path;
  });
}

TEST(Architecture, NoBenchmarkOrModelIsNamedInEngineOrGradingCode) {
  for_each_source([](const fs::path& path) {
    const std::string room = fs::relative(path, kRoot).begin()->string();
    if (room != "engine" && room != "grade" && room != "run") return;
    // Two of the tools whose scoring is reproduced there are benchmarks' own evaluators, and are called so.
    if (path.parent_path() == kRoot / "grade/peers") return;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      if (line.find("//") != std::string::npos) line.resize(line.find("//"));
      for (const std::string name : {"vqa-rad", "slake", "pathvqa", "pmc-vqa", "medxpert", "omnimed", "mmmu"}) {
        EXPECT_EQ(line.find(name), std::string::npos) << path << ": " << line;
      }
    }
  });
}

}  // namespace
