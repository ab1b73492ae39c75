// Tries promises, each in a process of its own, and words what came of them.
#include "examples/exercises/promise.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <new>
#include <sstream>
#include <stdexcept>

using namespace glance;

namespace exercises {
namespace {

// A trial needs a few milliseconds of a processor. The other limit is for code that sleeps; a busy machine must not
// reach it.
constexpr int processor_seconds = 2, seconds = 300;
constexpr rlim_t memory = rlim_t{3} * 1024 * 1024 * 1024;  // bytes

// A promise that is broken.
struct Broken : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// So that code without end is ended, by the time it takes or by the memory.
void limit_this_process() {
  const rlimit time{processor_seconds, processor_seconds + 1}, no_core{0, 0};
  [[maybe_unused]] const rlimit space{memory, memory};  // the sanitizers take what they find
  setrlimit(RLIMIT_CPU, &time);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  setrlimit(RLIMIT_AS, &space);
#endif
  setrlimit(RLIMIT_CORE, &no_core);
  alarm(seconds);
}

// Why the trial throws; empty when it does not.
std::string reason_of(const std::function<void()>& trial) {
  try {
    trial();
    return {};
  } catch (const Broken& error) {
    return error.what();
  } catch (const std::bad_alloc&) {
    return "your code asked for more memory than there is; is there a loop in it that does not end?";
  } catch (const std::exception& error) {
    return std::string(error.what()) == "not written yet" ? error.what()
                                                          : "your code threw: " + std::string(error.what());
  } catch (...) {
    return "your code threw something that is no exception";
  }
}

std::string words_of_signal(int number) {
  switch (number) {
    case SIGXCPU:
      return "your code did not end within " + std::to_string(processor_seconds) +
             " seconds; is there a loop in it that does not end?";
    case SIGALRM:
      return "your code waited for more than " + std::to_string(seconds) + " seconds";
    case SIGSEGV:
    case SIGBUS:
      return "your code crashed (segmentation fault): it used memory that is not its own, forgot a return, or called "
             "itself without end";
    case SIGABRT:
      return "your code crashed (abort): a check of the C++ library failed, such as an index outside of a vector";
    case SIGFPE:
      return "your code crashed: it divided a whole number by 0";
    default:
      return "your code crashed (signal " + std::to_string(number) + ")";
  }
}

// The trial's side: what is wrong goes into the pipe, and what the learner's code prints to the terminal.
[[noreturn]] void try_here(const Promise& promise, int pipe) {
  limit_this_process();
  const std::string answer = '!' + reason_of(promise.trial);  // not empty: the learner's code might end the process
  std::cout.flush();
  std::fflush(nullptr);
  std::size_t sent = 0;
  while (sent < answer.size()) {
    const ssize_t n = write(pipe, answer.data() + sent, answer.size() - sent);
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  _exit(0);
}

struct Verdict {
  std::string reason;  // empty: the promise holds
  bool endless = false;
};

Verdict verdict_of(const Promise& promise) {
  int ends[2];
  if (pipe(ends) != 0) throw std::runtime_error("cannot make a pipe");
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("cannot start a process");
  if (child == 0) {
    close(ends[0]);
    try_here(promise, ends[1]);
  }
  close(ends[1]);
  std::string answer;
  char part[4096];
  for (ssize_t n; (n = read(ends[0], part, sizeof part)) > 0;) answer.append(part, static_cast<std::size_t>(n));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status) == SIGKILL ? SIGXCPU : WTERMSIG(status);
    return {words_of_signal(number), number == SIGXCPU || number == SIGALRM};
  }
  if (answer.empty()) return {"your code ended the program"};
  return {answer.substr(1)};
}

std::string in_place(const Shape& shape, Index element) {
  std::string place;
  for (int dim = shape.rank() - 1; dim >= 0; --dim) {
    place = std::to_string(element % shape[dim]) + (place.empty() ? "" : ", ") + place;
    element /= shape[dim];
  }
  return "[" + place + "]";
}

std::string number(double x) {
  if (std::isnan(x)) return "NaN";
  if (std::isinf(x)) return x > 0 ? "infinity" : "minus infinity";
  char text[64];
  std::snprintf(text, sizeof text, "%.6g", x);
  return text;
}

std::string list(const std::vector<Index>& values) {
  std::string text;
  for (const Index value : values) text += (text.empty() ? "" : ", ") + std::to_string(value);
  return "{" + text + "}";
}

bool close_to(double a, double b, double tolerance) {
  if (!std::isfinite(a) || !std::isfinite(b)) return a == b || (std::isnan(a) && std::isnan(b));
  return std::abs(a - b) <= tolerance * std::max({1.0, std::abs(a), std::abs(b)});
}

// The first element that differs; -1 when none does.
Index first_difference(const Tensor& a, const Tensor& b, double tolerance) {
  const auto x = to(a, f64).to_vector<double>(), y = to(b, f64).to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i)
    if (!close_to(x[i], y[i], tolerance)) return static_cast<Index>(i);
  return -1;
}

double element(const Tensor& x, Index i) { return to(x, f64).to_vector<double>()[static_cast<std::size_t>(i)]; }

// Empty when nothing differs; else the first element that does, and the mistake that gives all of what is given.
std::string difference(const std::string& what, const Tensor& given, const Tensor& expected,
                       const std::vector<Mistake>& mistakes, double tolerance) {
  const Index place = first_difference(given, expected, tolerance);
  if (place < 0) return {};
  std::string reason = what;
  if (expected.rank() > 0) reason += " at " + in_place(expected.shape(), place);
  reason += ": expected " + number(element(expected, place)) + ", given " + number(element(given, place));
  for (const Mistake& mistake : mistakes)
    if (mistake.gives.shape() == given.shape() && first_difference(given, mistake.gives, tolerance) < 0)
      return reason + "\nThis is what comes out when " + mistake.words + ".";
  return reason;
}

// The rows of both from the first that differs on, four at most, with a star at what differs; empty for rows too long
// for a line.
std::string side_by_side(const Tensor& given, const Tensor& expected, double tolerance) {
  const Index columns = expected.rank() > 0 ? expected.shape(-1) : 1, rows = expected.numel() / columns;
  if (columns > 4) return {};
  const int width = static_cast<int>(10 * columns);
  const Index at = first_difference(given, expected, tolerance);
  const int digits = std::abs(element(given, at) - element(expected, at)) < 1e-3 ? 6 : 4;
  char text[64];
  std::snprintf(text, sizeof text, "\n%-*s  %s", width, "     yours", "autograd's");
  std::string table = text;
  const Index first = at / columns;
  for (Index row = first; row < std::min(rows, first + 4); ++row) {
    std::string right;
    table += '\n';
    for (Index i = row * columns; i < (row + 1) * columns; ++i) {
      const double a = element(given, i), b = element(expected, i);
      std::snprintf(text, sizeof text, "%9.*f%c", digits, a, close_to(a, b, tolerance) ? ' ' : '*');
      table += text;
      std::snprintf(text, sizeof text, "%9.*f ", digits, b);
      right += text;
    }
    table += "  " + right.substr(0, right.size() - 1);
  }
  return table;
}

}  // namespace

int keep(std::initializer_list<Promise> promises) {
  std::size_t kept = 0;
  std::string before;
  for (const Promise& promise : promises) {
    const Verdict verdict = verdict_of(promise);
    const bool holds = verdict.reason.empty();
    std::printf("%s  %s\n", holds ? "holds " : "broken", promise.words.c_str());
    std::istringstream lines(!holds && verdict.reason == before ? "as above" : verdict.reason);
    for (std::string line; std::getline(lines, line);) std::printf("          %s\n", line.c_str());
    before = verdict.reason;
    kept += holds;
    if (verdict.endless) {
      std::printf("The promises after this one were not tried.\n");
      break;
    }
  }
  std::printf("%zu of %zu promises hold.\n", kept, promises.size());
  return kept == promises.size() ? 0 : 1;
}

void broken(const std::string& reason) { throw Broken(reason); }

void need(bool holds, const std::string& reason) {
  if (!holds) broken(reason);
}

void shape(const std::string& what, const Variable& given, const Shape& expected) {
  need(given.defined(), what + " has no value");
  need(given.shape() == expected,
       what + ": the shape is " + to_string(given.shape()) + ", expected " + to_string(expected));
}

void same(const std::string& what, const Variable& given, const Variable& expected,
          const std::vector<Mistake>& mistakes, double tolerance) {
  shape(what, given, expected.shape());
  const std::string reason = difference(what, given.value(), expected.value(), mistakes, tolerance);
  need(reason.empty(), reason);
}

void beside(const std::string& what, const Variable& given, const Variable& expected,
            const std::vector<Mistake>& mistakes, double tolerance) {
  shape(what, given, expected.shape());
  const std::string reason = difference(what, given.value(), expected.value(), mistakes, tolerance);
  if (!reason.empty()) broken(reason + side_by_side(given.value(), expected.value(), tolerance));
}

void same(const std::string& what, double given, double expected) {
  need(close_to(given, expected, 1e-6), what + ": expected " + number(expected) + ", given " + number(given));
}

void same(const std::string& what, const std::vector<Index>& given, const std::vector<Index>& expected,
          const std::vector<std::pair<std::vector<Index>, std::string>>& mistakes) {
  if (given == expected) return;
  std::string reason = what + ": expected " + list(expected) + ", given " + list(given);
  for (const auto& [gives, words] : mistakes)
    if (gives == given) {
      reason += "\nThis is what comes out when " + words + ".";
      break;
    }
  broken(reason);
}

void derivatives(const Differentiable& f, std::initializer_list<Tensor> inputs, int order) {
  try {
    gradcheck(f, inputs, {.order = order});
  } catch (const Error& error) {
    broken(error.what());
  }
}

Tensor numbers(const Shape& shape, std::uint64_t seed) {
  Generator generator(seed);
  return normal(shape, generator, 0, 1, f64);
}

}  // namespace exercises
