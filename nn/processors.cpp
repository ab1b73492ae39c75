// Asks the scheduler and the files of both versions of Linux's control groups.
#include "glance/nn/processors.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#if defined(__linux__)
#include <sched.h>
#endif

namespace glance {

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The processors that a quota pays for, in microseconds per period. A quota that is no number ("max") or not above zero
// (-1) is none.
int processors_of_quota(const std::string& quota, const std::string& period, int most) {
  double time = 0, length = 0;
  if (!(std::istringstream(quota) >> time) || !(std::istringstream(period) >> length) || time <= 0 || length <= 0)
    return most;
  return static_cast<int>(std::clamp(std::ceil(time / length), 1.0, static_cast<double>(most)));
}

// What a single group says, by the files of either version of control groups.
int processors_of_folder(const std::string& folder, int most) {
  std::string quota, period;
  if (std::istringstream(text_of(folder + "/cpu.max")) >> quota >> period)
    return processors_of_quota(quota, period, most);
  return processors_of_quota(text_of(folder + "/cpu.cfs_quota_us"), text_of(folder + "/cpu.cfs_period_us"), most);
}

}  // namespace

int detail::processors_of_groups(const std::string& groups, const std::string& root, int most) {
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {
    // "0::/path" in version 2; "4:cpu,cpuacct:/path" in version 1, where each kind has a folder of its own.
    const std::size_t kinds = line.find(':') + 1, path = line.find(':', kinds) + 1;
    if (kinds == 0 || path == 0) continue;
    const std::string named = ',' + line.substr(kinds, path - 1 - kinds) + ',';
    if (named != ",," && named.find(",cpu,") == std::string::npos) continue;
    const std::string mounted = named == ",," ? root : root + "/cpu";
    std::string folder = line.substr(path);
    for (;;) {
      most = std::min(most, processors_of_folder(mounted + folder, most));
      const std::size_t slash = folder.rfind('/');
      if (slash == std::string::npos || folder.empty()) break;
      folder.resize(slash);
    }
  }
  return most;
}

int usable_processors() {
  int most = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#if defined(__linux__)
  cpu_set_t allowed;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) most = std::max(1, CPU_COUNT(&allowed));
  most = detail::processors_of_groups(text_of("/proc/self/cgroup"), "/sys/fs/cgroup", most);
#endif
  return most;
}

}  // namespace glance
