#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

// Sentences from arguments or from standard input.
namespace glance::seq2seq {

// A line of text and where it comes from.
struct Line {
  std::string text;
  std::string place;  // "standard input:3: ", what messages about it begin with; empty for an argument
};

// The sentences that a command works on: its arguments or, when there are none, the lines of standard input.
class Lines {
 public:
  explicit Lines(const std::vector<std::string>& arguments);

  // The next lines: at least one, for which it waits, and as many more as are there without waiting, but no more than
  // `most`. So what is typed is answered line by line, and a file is taken in large pieces. Empty at the end. Error,
  // naming the place, for a line longer than 64 KiB or input that cannot be read; the lines before it come first.
  std::vector<Line> next(std::size_t most);

 private:
  bool too_long() const;
  bool take_line(std::vector<Line>& lines);
  bool fill(bool wait);
  [[noreturn]] void fail(const std::string& problem) const;

  std::vector<std::string> arguments_;
  bool from_input_, at_end_ = false;
  std::size_t number_ = 0;  // lines, or arguments, handed out
  std::string buffer_;      // read, but not handed out
};

// Calls f(), and names the line's place in its errors.
void at_line(const Line& line, const std::function<void()>& f);

}  // namespace glance::seq2seq
