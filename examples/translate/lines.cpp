// Reads standard input in pieces, as much as there is, and hands it out line by line.
#include "examples/translate/lines.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "examples/translate/sentence.h"
#include "glance/tensor/error.h"

namespace glance::seq2seq {

namespace {

constexpr std::size_t longest_line = 64 * 1024;

std::string place_of(std::size_t number) { return fmt::format("standard input:{}: ", number); }

}  // namespace

Lines::Lines(const std::vector<std::string>& arguments) : arguments_(arguments), from_input_(arguments.empty()) {
  if (from_input_ && isatty(STDIN_FILENO)) std::fprintf(stderr, "One sentence a line; Ctrl-D ends.\n");
}

std::vector<Line> Lines::next(std::size_t most) {
  std::vector<Line> lines;
  if (!from_input_) {
    while (lines.size() < most && number_ < arguments_.size()) lines.push_back({arguments_[number_++], {}});
    return lines;
  }
  while (lines.size() < most) {
    if (take_line(lines)) continue;
    // What goes wrong behind a line that is whole does so again at the next call.
    if (at_end_ || too_long() || !fill(lines.empty())) break;
  }
  if (lines.empty() && too_long()) fail(fmt::format("longer than {} bytes: one sentence a line", longest_line));
  return lines;
}

bool Lines::too_long() const { return std::min(buffer_.find('\n'), buffer_.size()) > longest_line; }

// Hands out a line of the buffer; false when there is no whole one.
bool Lines::take_line(std::vector<Line>& lines) {
  const std::size_t end = std::min(buffer_.find('\n'), buffer_.size());
  const bool whole = end < buffer_.size() || (at_end_ && end > 0);
  if (!whole || end > longest_line) return false;
  lines.push_back({buffer_.substr(0, end), place_of(++number_)});
  buffer_.erase(0, end + 1);
  return true;
}

// Reads what is there; false when nothing is, and `wait` does not say to wait for it.
bool Lines::fill(bool wait) {
  std::array<char, 64 * 1024> piece;
  for (;;) {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    const int ready = poll(&input, 1, wait ? -1 : 0);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) return false;
    const ssize_t count = read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0 && !wait) return false;
    if (count < 0) fail(fmt::format("cannot be read: {}", std::strerror(errno)));
    at_end_ = count == 0;
    buffer_.append(piece.data(), static_cast<std::size_t>(count));
    return true;
  }
}

void Lines::fail(const std::string& problem) const { throw Error(place_of(number_ + 1) + problem); }

void at_line(const Line& line, const std::function<void()>& f) {
  const auto named = [&](const Error& error) { return line.place + error.what(); };
  try {
    f();
  } catch (const UsageError& error) {
    throw UsageError(named(error));
  } catch (const Error& error) {
    throw Error(named(error));
  }
}

}  // namespace glance::seq2seq
