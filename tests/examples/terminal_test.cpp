// What programs print suits a terminal or a file, and a failed write is an error.
#include "examples/common/terminal.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>

#include "tests/catch.h"
#include "tests/examples/run_program.h"
#include "tests/temporary_folder.h"

using namespace glance;

namespace {

// A terminal that nobody sits at: what is written to `stream` can be read back.
class PseudoTerminal {
 public:
  // A bare root of debootstrap mounts none.
  static bool available() {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    const bool opened = master >= 0 && ::close(master) == 0;
    if (!opened) WARN("skipped: there are no pseudo-terminals here (mount devpts at /dev/pts)");
    return opened;
  }

  PseudoTerminal() : master_(::posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(::grantpt(master_) == 0);
    REQUIRE(::unlockpt(master_) == 0);
    stream = std::fopen(::ptsname(master_), "r+");
    REQUIRE(stream);
    resize(30);
  }
  ~PseudoTerminal() {
    std::fclose(stream);
    ::close(master_);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;

  void resize(unsigned short columns) {
    winsize size{};
    size.ws_row = 24;
    size.ws_col = columns;
    REQUIRE(::ioctl(master_, TIOCSWINSZ, &size) == 0);
  }

  // What was written since it was last asked for. The system hands it over in parts and in its own time, so a mark is
  // written behind it, and waited for.
  std::string written() {
    constexpr char mark = '\001';
    std::fputc(mark, stream);
    std::fflush(stream);
    std::string text;
    for (char c; ::read(master_, &c, 1) == 1 && c != mark;) text += c;
    return text;
  }

  std::FILE* stream = nullptr;

 private:
  int master_;
};

// An environment variable that has another value for a while; null: none.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before;
    set(value);
  }
  ~Environment() { set(before_ ? before_->c_str() : nullptr); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  void set(const char* value) { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("durations are as people write them") {
  CHECK(duration(0) == "0:00");
  CHECK(duration(7.4) == "0:07");
  CHECK(duration(59.6) == "1:00");
  CHECK(duration(754) == "12:34");
  CHECK(duration(3723) == "1:02:03");
  CHECK(duration(-5) == "0:00");
}

TEST_CASE("a file is no terminal") {
  const TemporaryFolder folder;
  std::FILE* file = std::fopen((folder / "log").c_str(), "w");
  const Terminal terminal = terminal_of(file);
  CHECK_FALSE(terminal.interactive);
  CHECK_FALSE(terminal.colour);
  CHECK(terminal.columns == 80);
  {
    StatusLine line(file);
    line.show([] { return "not here"; });
    line.clear();
  }
  std::fclose(file);
  CHECK(get_text(folder / "log").empty());
}

TEST_CASE("a terminal has a width, and colour unless it is not wanted") {
  if (!PseudoTerminal::available()) return;
  PseudoTerminal tty;
  const Environment term("TERM", "xterm-256color"), wanted("NO_COLOR", nullptr);
  CHECK(terminal_of(tty.stream).interactive);
  CHECK(terminal_of(tty.stream).colour);
  CHECK(terminal_of(tty.stream).columns == 30);
  {
    const Environment unwanted("NO_COLOR", "1");
    CHECK_FALSE(terminal_of(tty.stream).colour);
    CHECK(terminal_of(tty.stream).interactive);
  }
  const Environment dumb("TERM", "dumb");
  CHECK_FALSE(terminal_of(tty.stream).interactive);
  CHECK_FALSE(terminal_of(tty.stream).colour);
}

TEST_CASE("the status is one line, overwritten in place") {
  if (!PseudoTerminal::available()) return;
  PseudoTerminal tty;
  const Environment term("TERM", "xterm");
  StatusLine line(tty.stream, std::chrono::hours(1));
  line.show([] { return "step 1"; });
  CHECK(tty.written() == "\r\033[Kstep 1");
  int asked = 0;
  line.show([&] {
    ++asked;
    return "too soon";
  });
  CHECK(asked == 0);
  CHECK(tty.written().empty());
  line.clear();
  CHECK(tty.written() == "\r\033[K");
  line.clear();
  CHECK(tty.written().empty());
  line.show([] { return "at once after clear, but cut to fit the é"; });
  CHECK(tty.written() == "\r\033[Kat once after clear, but cut ");
  line.clear();
  tty.written();
  tty.resize(5);
  line.show([] { return "abcééé"; });
  CHECK(tty.written() == "\r\033[Kabcé");
}

TEST_CASE("several lines of status are overwritten in place, as many as the terminal has") {
  if (!PseudoTerminal::available()) return;
  PseudoTerminal tty;
  const Environment term("TERM", "xterm");
  CHECK(terminal_of(tty.stream).rows == 24);
  StatusLine line(tty.stream, StatusLine::Interval(0));
  line.show([] { return "a\nb\nc"; });
  CHECK(tty.written() == "\r\033[Ka\r\n\r\033[Kb\r\n\r\033[Kc");
  line.show([] { return "d\ne"; });
  CHECK(tty.written() == "\033[2A\r\033[Kd\r\n\r\033[Ke\033[J");
  line.clear();
  CHECK(tty.written() == "\033[1A\r\033[J");
  std::string many;
  for (int i = 0; i < 30; ++i) many += "x\n";
  line.show([&] { return many + "last"; });
  const std::string shown = tty.written();
  CHECK(std::count(shown.begin(), shown.end(), '\n') == 23);
  CHECK(shown.substr(shown.size() - 4) == "last");
}

TEST_CASE("programs say when what they print cannot be written") {
  if (!std::filesystem::exists("/dev/full")) return;
  const TemporaryFolder folder;
  for (const std::string program : {"attention", "autograd", "autograd --graph", "bottleneck"}) {
    INFO(program);
    const auto outcome = run(folder, program + " > /dev/full");
    CHECK(outcome.status == 1);
    CHECK(outcome.err ==
          program.substr(0, program.find(' ')) + ": standard output: cannot be written: No space left on device\n");
  }
}
