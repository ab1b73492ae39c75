#pragma once

#include <string>
#include <string_view>

// Files that a program is asked to write, as by --svg FILE.
namespace glance {

// Error, which names the option, when something other than an earlier file of the kind is at `path`: such a file is
// empty or begins as a new one will, with "<svg" say. So a slip of the finger costs nobody a model, a log or a list of
// pairs.
void check_replaceable(std::string_view option, const std::string& path, std::string_view beginning);

// Writes the file whole or not at all. Error as above, and as write_file().
void replace_file(std::string_view option, const std::string& path, std::string_view beginning,
                  std::string_view contents);

}  // namespace glance
