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

}  // namespace glance
