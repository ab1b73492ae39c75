// Asks the system and the environment about terminals, and overwrites lines by escape sequences.
#include "examples/common/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "examples/common/text.h"
#include "glance/tensor/error.h"

namespace glance {

Terminal terminal_of(std::FILE* stream) {
  Terminal terminal;
  const int file = fileno(stream);
  // mpirun gives its first rank a terminal of its own making, wherever the output goes in the end.
  terminal.interactive = isatty(file) != 0 && std::getenv("OMPI_COMM_WORLD_RANK") == nullptr;
  const char* kind = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  const bool dumb = kind && std::string_view(kind) == "dumb";
  terminal.interactive = terminal.interactive && !dumb;
  terminal.colour = terminal.interactive && !(no_colour && *no_colour);
  winsize size{};
  if (terminal.interactive && ioctl(file, TIOCGWINSZ, &size) == 0) {
    if (size.ws_col > 0) terminal.columns = size.ws_col;
    if (size.ws_row > 0) terminal.rows = size.ws_row;
  }
  return terminal;
}

bool StatusLine::due() {
  if (!interactive_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ > 0 && now - last_ < interval_) return false;
  last_ = now;
  return true;
}

void StatusLine::write(const std::string& text) {
  // A line that wraps or leaves the screen could not be taken back. The size is asked for anew: people resize their
  // windows.
  const Terminal terminal = terminal_of(stream_);
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (lines.size() > terminal.rows)
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(terminal.rows) - 1, lines.end() - 1);
  go_back();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string& line = lines[i];
    const bool coloured = line.find('\033') != std::string::npos;
    while (!coloured && !line.empty() && display_width(line) >= terminal.columns) {
      while ((static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
      line.pop_back();
    }
    fmt::print(stream_, "{}\r\033[K{}", i > 0 ? "\n" : "", line);
  }
  if (lines.size() < shown_) fmt::print(stream_, "\033[J");
  std::fflush(stream_);
  shown_ = lines.size();
}

void StatusLine::clear() {
  if (shown_ == 0) return;
  go_back();
  fmt::print(stream_, "\r\033[{}", shown_ > 1 ? "J" : "K");
  std::fflush(stream_);
  shown_ = 0;
}

// To the first of the lines shown.
void StatusLine::go_back() {
  if (shown_ > 1) fmt::print(stream_, "\033[{}A", shown_ - 1);
}

void drop_output() { [[maybe_unused]] const std::FILE* nowhere = std::freopen("/dev/null", "w", stdout); }

void flush_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  const int reason = errno;
  drop_output();
  throw Error(fmt::format("standard output: cannot be written{}{}", reason != 0 ? ": " : "",
                          reason != 0 ? std::strerror(reason) : ""));
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::fmax(seconds, 0)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace glance
