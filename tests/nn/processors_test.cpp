// The number of usable processors under both versions of control groups, from files made for the test.
#include "glance/nn/processors.h"

#include <cstdlib>
#include <filesystem>

#include "tests/catch.h"
#include "tests/temporary_folder.h"

using namespace glance;
using glance::detail::processors_of_groups;

namespace {

void put_group(const TemporaryFolder& root, const std::string& group, const std::string& file,
               const std::string& text) {
  std::filesystem::create_directories(root / group);
  put_text(root / (group + "/" + file), text);
}

TEST_CASE("at least one processor is usable") { CHECK(usable_processors() >= 1); }

TEST_CASE("a quota of processors is rounded up, and the least of a group and its parents counts") {
  const TemporaryFolder root;
  put_group(root, "box", "cpu.max", "250000 100000\n");
  put_group(root, "box/inner", "cpu.max", "max 100000\n");
  put_group(root, "box/inner/small", "cpu.max", "50000 100000\n");
  const std::string at = root / "";
  CHECK(processors_of_groups("0::/box\n", at, 16) == 3);
  CHECK(processors_of_groups("0::/box/inner\n", at, 16) == 3);
  CHECK(processors_of_groups("0::/box/inner/small\n", at, 16) == 1);
  CHECK(processors_of_groups("0::/box\n", at, 2) == 2);
}

TEST_CASE("a container sees its own group as the root") {
  const TemporaryFolder root;
  put_group(root, ".", "cpu.max", "400000 100000\n");
  CHECK(processors_of_groups("0::/\n", root / "", 16) == 4);
}

TEST_CASE("quotas of the first version of control groups count too") {
  const TemporaryFolder root;
  put_group(root, "cpu/box", "cpu.cfs_quota_us", "150000\n");
  put_group(root, "cpu/box", "cpu.cfs_period_us", "100000\n");
  put_group(root, "cpu/free", "cpu.cfs_quota_us", "-1\n");
  put_group(root, "cpu/free", "cpu.cfs_period_us", "100000\n");
  CHECK(processors_of_groups("5:memory:/box\n4:cpu,cpuacct:/box\n", root / "", 16) == 2);
  CHECK(processors_of_groups("4:cpu,cpuacct:/free\n", root / "", 16) == 16);
}

TEST_CASE("without control groups, or with words instead of numbers, nothing is held back") {
  const TemporaryFolder root;
  put_group(root, "odd", "cpu.max", "many much\n");
  CHECK(processors_of_groups("", root / "", 8) == 8);
  CHECK(processors_of_groups("0::/odd\n0::/nowhere\nno colons\n:\n", root / "", 8) == 8);
}

}  // namespace
