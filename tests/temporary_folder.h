#pragma once

#include <string>

// Folders and files for tests.
namespace glance {

// An empty folder that goes, with what is in it, when the test ends.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// The standard library's plain way, so that tests do not rest on what they test.
void put_text(const std::string& path, const std::string& text);
std::string get_text(const std::string& path);

}  // namespace glance
