#pragma once

#include <chrono>
#include <cstddef>
#include <cstdio>
#include <string>

// What programs show while they work: to a person at a terminal, or to a file.
namespace glance {

// What the stream is written to.
struct Terminal {
  bool interactive = false;  // a person is looking: lines may be overwritten
  bool colour = false;       // and colour is welcome: NO_COLOR is not set, TERM is not dumb
  std::size_t columns = 80, rows = 24;
};

Terminal terminal_of(std::FILE* stream);

// A line about work under way, or several, overwritten in place on a terminal and absent elsewhere.
class StatusLine {
 public:
  using Interval = std::chrono::milliseconds;

  explicit StatusLine(std::FILE* stream, Interval interval = Interval(100))
      : stream_(stream), interactive_(terminal_of(stream).interactive), interval_(interval) {}
  ~StatusLine() { clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  // Shows the text, once per interval at most, so that `text` is made only when it will be seen. Lines that do not fit
  // are cut, and of more lines than the terminal has, the last and the first are shown. A line with colours must fit.
  template <class Text>
  void show(Text&& text) {
    if (due()) write(text());
  }
  void clear();

 private:
  bool due();
  void write(const std::string& text);
  void go_back();

  std::FILE* stream_;
  bool interactive_;
  Interval interval_;
  std::chrono::steady_clock::time_point last_{};
  std::size_t shown_ = 0;  // lines
};

// Sends on what was printed. Error when it cannot be written: it may be on its way to a disk that is full.
void flush_output();

// Lets what is yet to be written on standard output go nowhere, so that an error that was said is not said again when
// the program ends.
void drop_output();

// "0:07", "12:34", "1:02:03".
std::string duration(double seconds);

}  // namespace glance
