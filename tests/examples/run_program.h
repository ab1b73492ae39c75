#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>

// Programs run as a user would: through a shell, in a folder of their own.
namespace glance::testing {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_text(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

// A folder that goes when the object does.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "glance-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("no temporary folder: " + name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

struct Outcome {
  int status = 0;  // the exit status, or 128 + the signal that ended it
  std::string out, err;
};

// Runs a shell command in `folder`; "translate" and the other programs are found first.
inline Outcome run(const TemporaryFolder& folder, const std::string& command) {
  const auto out = folder / "stdout.txt", err = folder / "stderr.txt";
  const std::string line = "cd '" + folder.path().string() + "' && PATH='" GLANCE_BIN_DIR "':\"$PATH\" && { " +
                           command + "; } > '" + out.string() + "' 2> '" + err.string() + "'";
  const int raw = std::system(line.c_str());
  const int status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return {status, read_text(out), read_text(err)};
}

}  // namespace glance::testing
