// What holds for the end of every program: output that could not be written is an error, and an exception that nobody
// caught is one line. Linked into each, so that the small ones need not think of it.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace {

void check_output() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  std::fprintf(stderr, "standard output: cannot be written%s%s\n", errno != 0 ? ": " : "",
               errno != 0 ? std::strerror(errno) : "");
  std::_Exit(1);
}

[[noreturn]] void say_exception() {
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
    std::fprintf(stderr, "ended without an exception\n");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
  } catch (...) {
    std::fprintf(stderr, "an exception of an unknown type\n");
  }
  std::_Exit(1);
}

[[maybe_unused]] const bool watched = [] {
  std::set_terminate(say_exception);
  return std::atexit(check_output) == 0;
}();

}  // namespace
