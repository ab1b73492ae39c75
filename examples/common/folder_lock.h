#pragma once

#include <string>

// One program at a time writes in a folder.
namespace glance {

// Keeps a second training out of a folder: holds the folder's own lock while it lives. The system drops it when the
// process ends, however that happens, so nothing is left behind to clear away.
class FolderLock {
 public:
  // Error when another process, or this one, has it already. Where a file system knows no locks there is none.
  explicit FolderLock(const std::string& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace glance
