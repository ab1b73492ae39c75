#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

namespace glance::seq2seq {

// What the stream is written to.
struct Terminal {
  bool interactive = false;  // a person is looking: lines may be overwritten
  bool colour = false;       // and colour is welcome: NO_COLOR is not set, TERM is not dumb
  std::size_t columns = 80;
};

Terminal terminal_of(std::FILE* stream);

// A line about work under way, overwritten in place on a terminal and absent elsewhere.
class StatusLine {
 public:
  explicit StatusLine(std::FILE* stream) : stream_(stream), interactive_(terminal_of(stream).interactive) {}
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // Shows the text, at most ten times a second, so that `text` is made only when it will be seen.
  template <class Text>
  void show(Text&& text) {
    if (due()) write(text());
  }
  void clear();

 private:
  bool due();
  void write(const std::string& text);

  std::FILE* stream_;
  bool interactive_;
  std::chrono::steady_clock::time_point last_{};
  bool shown_ = false;
};

// "0:07", "12:34", "1:02:03".
std::string duration(double seconds);

}  // namespace glance::seq2seq
