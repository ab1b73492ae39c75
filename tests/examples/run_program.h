#pragma once

#include <sys/wait.h>

#include <cstdlib>
#include <string>

#include "tests/temporary_folder.h"

namespace glance {

struct Outcome {
  int status = 0;  // the exit status, or 128 + the signal that ended it
  std::string out, err;
};

// Runs a shell command as a user would, in `folder`; "translate" and the other programs are found first.
inline Outcome run(const TemporaryFolder& folder, const std::string& command) {
  const std::string out = folder / "stdout.txt", err = folder / "stderr.txt";
  const std::string line = "cd '" + folder.path() + "' && PATH='" GLANCE_BIN_DIR "':\"$PATH\" && { " + command +
                           "; } > '" + out + "' 2> '" + err + "'";
  const int raw = std::system(line.c_str());
  const int status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
  return {status, get_text(out), get_text(err)};
}

// Runs a program in the background, sends it a signal as soon as its output shows `awaited`, and waits for its end.
// (Not Ctrl-C's signal: what a shell starts in the background ignores that.)
inline Outcome run_until(const TemporaryFolder& folder, const std::string& awaited, const std::string& signal,
                         const std::string& command) {
  return run(folder, command + " > shown.txt & pid=$!; while kill -0 $pid && ! grep -q '" + awaited +
                         "' shown.txt; do sleep 0.002; done; kill -" + signal +
                         " $pid; wait $pid; status=$?; cat shown.txt; (exit $status)");
}

}  // namespace glance
