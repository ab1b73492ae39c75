// A folder is locked for one holder at a time, and leaves nothing behind.
#include "examples/common/folder_lock.h"

#include <filesystem>
#include <optional>

#include "glance/tensor/error.h"
#include "tests/catch.h"
#include "tests/examples/run_program.h"

using namespace glance;

TEST_CASE("a locked folder is refused until the lock goes") {
  const TemporaryFolder folder;
  std::optional<FolderLock> lock(folder.path());
  CHECK_THROWS_WITH(FolderLock(folder.path()), Contains(folder.path() + ": another training is writing there"));
  CHECK(run(folder, "flock --nonblock . true").status != 0);  // another process
  lock.reset();
  CHECK_NOTHROW(FolderLock(folder.path()));
  CHECK(run(folder, "flock --nonblock . true").status == 0);
}

TEST_CASE("two folders are locked apart, and a lock is no file") {
  const TemporaryFolder one, other;
  const FolderLock first(one.path()), second(other.path());
  CHECK(std::filesystem::is_empty(one.path()));
}

TEST_CASE("what is no folder cannot be locked, and is named") {
  const TemporaryFolder folder;
  put_text(folder / "file", "text");
  for (const char* name : {"file", "missing"})
    CHECK_THROWS_WITH(FolderLock(folder / name), Contains(folder / name) && Contains("cannot be opened"));
}
