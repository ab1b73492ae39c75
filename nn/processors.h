#pragma once

#include <string>

// How many threads are worth starting.
namespace glance {

// How many processors this process may keep busy: those that the system lets it run on (taskset), and no more than its
// control groups pay for, as in a container with a quota. At least 1.
int usable_processors();

namespace detail {

// What the control groups named in `groups`, the text of /proc/self/cgroup, allow below `root`, where they are mounted:
// the least of each group's own and its parents' quotas, rounded up to whole processors. `most` when none says less.
int processors_of_groups(const std::string& groups, const std::string& root, int most);

}  // namespace detail

}  // namespace glance
