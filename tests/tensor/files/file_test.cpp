// A file is whole, old or new, whatever happens: full disks, killed writers, links, permissions.
#include "glance/tensor/files/file.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/temporary_folder.h"

namespace glance {
namespace {

namespace fs = std::filesystem;

std::string text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// What f() throws, or "" when it does not.
template <class F>
std::string error_of(F f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> names_in(const TemporaryFolder& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder.path())) names.push_back(entry.path().filename().string());
  return names;
}

// What a full disk looks like, without one: no file may grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    ::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_limit_{};
  void (*old_handler_)(int);
};

// Root may write anywhere; be somebody else for a while.
class Unprivileged {
 public:
  Unprivileged() {
    constexpr uid_t nobody = 65534;
    if (was_root_ && ::seteuid(nobody) != 0) was_root_ = false;
  }
  ~Unprivileged() {
    if (was_root_ && ::seteuid(0) != 0) std::abort();
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool was_root_ = ::geteuid() == 0;
};

}  // namespace

TEST_CASE("a mapped file shows the bytes on disk", "[file]") {
  const TemporaryFolder folder;
  const std::string contents("a\0b\nc", 5);
  put_text(folder / "x", contents);
  CHECK(text_of(MappedFile(folder / "x")) == contents);

  put_text(folder / "empty", "");
  const MappedFile empty(folder / "empty");
  CHECK(empty.bytes().empty());
}

TEST_CASE("a mapped file keeps its place when moved", "[file]") {
  const TemporaryFolder folder;
  put_text(folder / "x", "first");
  put_text(folder / "y", "second");
  MappedFile x(folder / "x");
  MappedFile y(folder / "y");
  const std::byte* const where = x.bytes().data();
  MappedFile moved(std::move(x));
  CHECK(moved.bytes().data() == where);
  y = std::move(moved);
  CHECK(y.bytes().data() == where);
  CHECK(text_of(y) == "first");
  // Neither has what the other had before.
  for (const MappedFile* gone : {&x, &moved})
    CHECK_THROWS_WITH(gone->bytes(),
                      "MappedFile: used after it was moved from: use what it was moved to, or give it a value first");
}

template <class T>
concept GivesBytes = requires(T file) {
  std::forward<T>(file).bytes();
};

TEST_CASE("a mapped file about to go gives no view of its bytes", "[file]") {
  STATIC_REQUIRE(GivesBytes<const MappedFile&>);
  STATIC_REQUIRE_FALSE(GivesBytes<MappedFile>);
}

TEST_CASE("nothing is written after a commit", "[file]") {
  const TemporaryFolder folder;
  FileWriter file(folder / "x");
  file.write("one");
  file.commit();
  const std::string text = (folder / "x") + ": cannot be written: commit() was the last call";
  CHECK_THROWS_WITH(file.write("two"), text);
  CHECK_THROWS_WITH(file.commit(), text);
  CHECK(get_text(folder / "x") == "one");
}

TEST_CASE("what cannot be mapped is named with the reason", "[file]") {
  const TemporaryFolder folder;
  const auto error = [](const std::string& path) { return error_of([&] { MappedFile file(path); }); };
  CHECK(error(folder / "none") == (folder / "none") + ": cannot be read: No such file or directory");
  CHECK(error(folder.path()) == folder.path() + ": cannot be read: Is a directory");
  CHECK(error("") == ": cannot be read: No such file or directory");

  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(error(folder / "pipe") == (folder / "pipe") + ": cannot be read: not a regular file");

  put_text(folder / "secret", "x");
  ::chmod((folder / "secret").c_str(), 0);
  const Unprivileged unprivileged;
  CHECK(error(folder / "secret") == (folder / "secret") + ": cannot be read: Permission denied");
}

TEST_CASE("a file is written whole, and nothing else is left", "[file]") {
  const TemporaryFolder folder;
  FileWriter file(folder / "x");
  file.write("one ");
  file.write("");
  file.write(std::as_bytes(std::span("two", 3)));
  CHECK_FALSE(fs::exists(folder / "x"));
  file.commit();
  CHECK(get_text(folder / "x") == "one two");
  CHECK(names_in(folder) == std::vector<std::string>{"x"});
}

TEST_CASE("a new file replaces the old one only by commit", "[file]") {
  const TemporaryFolder folder;
  put_text(folder / "x", "old");
  {
    FileWriter file(folder / "x");
    file.write("new");
    CHECK(get_text(folder / "x") == "old");
  }
  CHECK(get_text(folder / "x") == "old");
  CHECK(names_in(folder) == std::vector<std::string>{"x"});

  const MappedFile mapped(folder / "x");
  write_file(folder / "x", "");
  CHECK(get_text(folder / "x").empty());
  CHECK(text_of(mapped) == "old");
}

TEST_CASE("a relative path is written where it points", "[file]") {
  const TemporaryFolder folder;
  const fs::path before = fs::current_path();
  fs::current_path(folder.path());
  write_file("x", "text");
  fs::current_path(before);
  CHECK(get_text(folder / "x") == "text");
}

TEST_CASE("a replaced file keeps its permissions, and a link still points to it", "[file]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  put_text(folder / "elsewhere/x", "old");
  ::chmod((folder / "elsewhere/x").c_str(), 0640);
  fs::create_symlink("elsewhere/x", folder / "link");
  write_file(folder / "link", "new");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(get_text(folder / "elsewhere/x") == "new");
  struct stat status {};
  REQUIRE(::stat((folder / "elsewhere/x").c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("a link to a file that is not there yet is written through", "[file]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "elsewhere");
  fs::create_symlink("elsewhere/first", folder / "link");
  fs::create_symlink("x", folder / "elsewhere/first");
  write_file(folder / "link", "text");
  CHECK(fs::is_symlink(folder / "link"));
  CHECK(fs::is_symlink(folder / "elsewhere/first"));
  CHECK(get_text(folder / "elsewhere/x") == "text");

  fs::create_symlink("none/x", folder / "astray");
  CHECK(error_of([&] { write_file(folder / "astray", "text"); }) ==
        (folder / "astray") + ": cannot be written: No such file or directory");
  fs::create_symlink("circle", folder / "circle");
  CHECK(error_of([&] { write_file(folder / "circle", "text"); }) ==
        (folder / "circle") + ": cannot be written: Too many levels of symbolic links");
  CHECK(fs::is_symlink(folder / "circle"));
}

TEST_CASE("what a killed writer left is used again", "[file]") {
  const TemporaryFolder folder;
  put_text(folder / ".x.tmp", std::string(1000, '?'));
  write_file(folder / "x", "text");
  CHECK(get_text(folder / "x") == "text");
  CHECK(names_in(folder) == std::vector<std::string>{"x"});
}

TEST_CASE("what cannot be written is named with the reason", "[file]") {
  const TemporaryFolder folder;
  const auto error = [](const std::string& path) { return error_of([&] { write_file(path, "text"); }); };
  CHECK(error(folder / "none/x") == (folder / "none/x") + ": cannot be written: No such file or directory");
  CHECK(error(folder.path()) == folder.path() + ": cannot be written: Is a directory");
  CHECK(error(folder / "none/") == (folder / "none/") + ": cannot be written: the path does not end in a file name");
  CHECK(error("") == ": cannot be written: the path does not end in a file name");

  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  CHECK(error(folder / "pipe") == (folder / "pipe") + ": cannot be written: not a regular file");

  fs::create_directory(folder / ".x.tmp");
  CHECK(error(folder / "x") == (folder / "x") + ": cannot be written: Is a directory");
  fs::create_symlink("elsewhere", folder / ".y.tmp");
  CHECK_FALSE(error(folder / "y").empty());
  CHECK_FALSE(fs::exists(folder / "elsewhere"));
}

TEST_CASE("a file or folder that is closed to us is left alone", "[file]") {
  const TemporaryFolder folder;
  fs::create_directory(folder / "closed");
  put_text(folder / "closed/x", "old");
  fs::create_directory(folder / "open");
  put_text(folder / "open/x", "old");
  ::chmod((folder / "closed").c_str(), 0555);
  ::chmod((folder / "closed/x").c_str(), 0666);
  ::chmod((folder / "open").c_str(), 0777);
  ::chmod((folder / "open/x").c_str(), 0444);
  ::chmod(folder.path().c_str(), 0755);
  {
    const Unprivileged unprivileged;
    for (const std::string name : {"closed/x", "open/x"})
      CHECK(error_of([&] { write_file(folder / name, "new"); }) ==
            (folder / name) + ": cannot be written: Permission denied");
  }
  CHECK(get_text(folder / "closed/x") == "old");
  CHECK(get_text(folder / "open/x") == "old");
}

TEST_CASE("a full disk costs neither the old file nor space", "[file]") {
  const TemporaryFolder folder;
  put_text(folder / "x", "old");
  {
    const FileSizeLimit limit(1 << 16);
    FileWriter file(folder / "x");
    const std::string half(1 << 15, 'n');
    file.write(half);
    file.write(half);
    CHECK(error_of([&] { file.write(half); }) == (folder / "x") + ": cannot be written: File too large");
    CHECK(error_of([&] { write_file(folder / "y", half + half + half); }) ==
          (folder / "y") + ": cannot be written: File too large");
  }
  CHECK(get_text(folder / "x") == "old");
  CHECK(names_in(folder) == std::vector<std::string>{"x"});
}

TEST_CASE("threads that write one path take turns", "[file]") {
  const TemporaryFolder folder;
  constexpr std::size_t size = 100'000;
  write_file(folder / "x", std::string(size, 'a'));
  std::atomic<bool> done{false};
  std::atomic<int> mixed{0};
  std::thread reader([&] {
    while (!done) {
      const std::string text = get_text(folder / "x");
      if (text != std::string(size, text.empty() ? '?' : text[0])) ++mixed;
    }
  });
  std::vector<std::thread> writers;
  for (char c = 'a'; c < 'e'; ++c)
    writers.emplace_back([&folder, c] {
      for (int i = 0; i < 20; ++i) write_file(folder / "x", std::string(size, c));
    });
  for (std::thread& writer : writers) writer.join();
  done = true;
  reader.join();
  CHECK(mixed == 0);
  CHECK(names_in(folder) == std::vector<std::string>{"x"});
}

TEST_CASE("a writer killed at any moment leaves a whole file", "[file]") {
  const TemporaryFolder folder;
  constexpr std::size_t size = 100'000;
  write_file(folder / "x", std::string(size, 'a'));
  for (int round = 0; round < 20; ++round) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
      for (char c = 'a';; c = c == 'z' ? 'a' : static_cast<char>(c + 1)) write_file(folder / "x", std::string(size, c));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(500 + 700 * round));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string text = get_text(folder / "x");
    REQUIRE(text.size() == size);
    CHECK(text == std::string(size, text[0]));
  }
  write_file(folder / "x", "next");
  CHECK(names_in(folder) == std::vector<std::string>{"x"});
}

}  // namespace glance
