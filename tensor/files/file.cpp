// Files by the system's own calls: mapped to be read, and written beside the old one before they take its name.
#include "glance/tensor/files/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <system_error>
#include <utility>

#include "glance/tensor/error.h"

namespace glance {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

struct Descriptor {
  int number;
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "./" : path.substr(0, slash + 1);
}

// The file that `path` leads to, also where links lead to one that is not there yet.
std::string follow_links(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (real) return real.get();
  if (errno != ENOENT) return path;
  std::array<char, PATH_MAX> link;
  const ssize_t length = ::readlink(path.c_str(), link.data(), link.size());
  if (length < 0) return path;
  const std::string next(link.data(), static_cast<std::size_t>(length));
  return follow_links(next.starts_with('/') ? next : folder_of(path) + next);
}

bool same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  const auto fail = [&](const std::string& why) { throw Error(path + ": cannot be read: " + why); };
  // Without O_NONBLOCK a named pipe would keep us waiting for a writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number < 0) fail(reason(errno));
  struct stat status {};
  if (::fstat(file.number, &status) != 0) fail(reason(errno));
  if (S_ISDIR(status.st_mode)) fail(reason(EISDIR));
  if (!S_ISREG(status.st_mode)) fail("not a regular file");
  if (status.st_size == 0) return;  // an empty range cannot be mapped
  const auto size = static_cast<std::size_t>(status.st_size);
  if (static_cast<std::uintmax_t>(status.st_size) != size) fail(reason(EFBIG));
  void* start = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (start == MAP_FAILED) fail(reason(errno));
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})), moved_(std::move(other.moved_)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  MappedFile taken(std::move(other));
  std::swap(bytes_, taken.bytes_);
  std::swap(moved_, taken.moved_);
  return *this;
}

FileWriter::FileWriter(const std::string& path) : path_(path), target_(follow_links(path)) {
  const std::string folder = folder_of(target_);
  const std::string name = target_.substr(target_.rfind('/') + 1);
  if (name.empty()) fail("the path does not end in a file name");
  // Always the same name, so that what a killed process left is used again and never piles up.
  temporary_ = folder + "." + name + ".tmp";

  struct stat old {};
  const bool replaces = ::stat(target_.c_str(), &old) == 0;
  if (!replaces && errno == ELOOP) fail(reason(errno));
  if (replaces && S_ISDIR(old.st_mode)) fail(reason(EISDIR));
  if (replaces && !S_ISREG(old.st_mode)) fail("not a regular file");
  if (replaces && ::faccessat(AT_FDCWD, target_.c_str(), W_OK, AT_EACCESS) != 0) fail(reason(errno));
  open_temporary();
  if (replaces) ::fchmod(descriptor_, old.st_mode & 07777);
}

// The writer that holds the lock owns the temporary. While we waited for it the previous owner renamed or removed that
// file, so it is ours only if it still has the name; otherwise we try again.
void FileWriter::open_temporary() {
  for (int attempt = 0; attempt < 1000; ++attempt) {
    // A link or a pipe that somebody put there would be a trap: hence O_NOFOLLOW and O_NONBLOCK.
    const int opened = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (opened < 0) fail(reason(errno));
    while (::flock(opened, LOCK_EX) != 0 && errno == EINTR) {
    }
    struct stat locked {};
    struct stat named {};
    const bool ours = ::fstat(opened, &locked) == 0 && ::lstat(temporary_.c_str(), &named) == 0 &&
                      S_ISREG(locked.st_mode) && same_file(locked, named);
    if (ours && ::ftruncate(opened, 0) == 0) {
      descriptor_ = opened;
      return;
    }
    if (ours) ::unlink(temporary_.c_str());
    ::close(opened);
  }
  fail(temporary_ + ": is not left to us to write");
}

FileWriter::~FileWriter() {
  if (descriptor_ < 0) return;
  ::unlink(temporary_.c_str());  // before the lock is let go, or it could be the next writer's
  ::close(descriptor_);
}

void FileWriter::fail(const std::string& reason) const { throw Error(path_ + ": cannot be written: " + reason); }

void FileWriter::write(std::span<const std::byte> bytes) {
  if (descriptor_ < 0) fail("commit() was the last call");
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(reason(errno));
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void FileWriter::write(std::string_view text) { write(std::as_bytes(std::span<const char>(text))); }

void FileWriter::commit() {
  if (descriptor_ < 0) fail("commit() was the last call");
  if (::fsync(descriptor_) != 0) fail(reason(errno));
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) fail(reason(errno));
  ::close(std::exchange(descriptor_, -1));
  // The new name lasts once the folder has reached the disk. Some file systems cannot be asked to; they do it in time.
  const Descriptor folder(::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.number >= 0 && ::fsync(folder.number) != 0 && errno == EIO) fail(reason(errno));
}

void write_file(const std::string& path, std::string_view contents) {
  FileWriter file(path);
  file.write(contents);
  file.commit();
}

}  // namespace glance
