#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "glance/tensor/moved.h"

// Files read through a memory map, and written whole or not at all.
namespace glance {

// A file's bytes, read through the page cache without a copy. Holds from construction to destruction, wherever it is
// moved. The file must not be cut short meanwhile; one that FileWriter replaces keeps its old bytes here.
class MappedFile {
 public:
  // Throws Error, naming the path and the reason, if there is no regular file to read.
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;

  // What is in it. They go with it, so a file about to go gives none.
  std::span<const std::byte> bytes() const& {
    moved_.check("MappedFile");
    return bytes_;
  }
  std::span<const std::byte> bytes() const&& = delete;

 private:
  std::span<const std::byte> bytes_;
  detail::MovedMark moved_;
};

// Writes a file whole or not at all: the bytes go to a temporary file in the same folder, and commit() puts it in the
// place of the old one in a single step. Whatever fails before that, or a crash, leaves the old file as it was.
// A second writer of the same path, in this process or another, waits until the first is done.
// Every function throws Error, naming the path and the reason; then, as without commit(), the temporary is removed.
class FileWriter {
 public:
  explicit FileWriter(const std::string& path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // Appends to what was written so far.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);

  // Makes the file last, also through a power cut, and visible under its name. The last call.
  void commit();

 private:
  void open_temporary();
  [[noreturn]] void fail(const std::string& reason) const;

  std::string path_;       // as the caller wrote it, for messages
  std::string target_;     // the file behind path_ if that is a link
  std::string temporary_;  // in the folder of target_
  int descriptor_ = -1;
};

// Writes `contents` to `path`, whole or not at all. Throws Error as FileWriter does.
void write_file(const std::string& path, std::string_view contents);

}  // namespace glance
