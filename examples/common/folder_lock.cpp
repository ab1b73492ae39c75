// The lock is flock() on the folder itself, so that the system drops it with the process.
#include "examples/common/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "glance/tensor/error.h"

namespace glance {

FolderLock::FolderLock(const std::string& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) throw Error(fmt::format("{}: cannot be opened: {}", folder, std::strerror(errno)));
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return;
  ::close(descriptor_);
  throw Error(fmt::format("{}: another training is writing there: wait for its end, or name another folder with --out",
                          folder));
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace glance
