#pragma once

#include <string>

// Commands that programs print, so that they can be pasted into a shell.
namespace glance {

// `text` as one argument in a command that a person copies into a shell: as it is where that is safe, else in quotes.
// What would not be seen is written as in $'\n'.
std::string quoted_for_shell(const std::string& text);

}  // namespace glance
