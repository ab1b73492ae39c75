#include "examples/seq2seq/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <string_view>

#include "examples/seq2seq/text.h"

namespace glance::seq2seq {

Terminal terminal_of(std::FILE* stream) {
  Terminal terminal;
  const int file = fileno(stream);
  terminal.interactive = isatty(file) != 0;
  const char* kind = std::getenv("TERM");
  const char* no_colour = std::getenv("NO_COLOR");
  const bool dumb = kind && std::string_view(kind) == "dumb";
  terminal.interactive = terminal.interactive && !dumb;
  terminal.colour = terminal.interactive && !(no_colour && *no_colour);
  winsize size{};
  if (terminal.interactive && ioctl(file, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) terminal.columns = size.ws_col;
  return terminal;
}

bool StatusLine::due() {
  if (!interactive_) return false;
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < std::chrono::milliseconds(100)) return false;
  last_ = now;
  return true;
}

void StatusLine::write(const std::string& text) {
  // A line that wraps could not be taken back. The width is asked for anew: people resize their windows.
  const std::size_t columns = terminal_of(stream_).columns;
  std::string line = text;
  while (!line.empty() && display_width(line) >= columns) {
    while ((static_cast<unsigned char>(line.back()) & 0xc0) == 0x80) line.pop_back();
    line.pop_back();
  }
  fmt::print(stream_, "\r\033[K{}", line);
  std::fflush(stream_);
  shown_ = true;
}

void StatusLine::clear() {
  if (!shown_) return;
  fmt::print(stream_, "\r\033[K");
  std::fflush(stream_);
  shown_ = false;
}

std::string duration(double seconds) {
  const auto whole = static_cast<long>(std::lround(std::fmax(seconds, 0)));
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace glance::seq2seq
