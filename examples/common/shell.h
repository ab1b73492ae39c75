#pragma once

#include <string>

// Commands that programs print, so that they can be pasted into a shell.
namespace glance {

// `text` as one argument in a command that a person copies into a shell: as it is where that is safe, else in quotes.
// What would not be seen is written as in $'\n'.
std::string quoted_for_shell(const std::string& text);

// How a person called a program, argv[0], as it can be called again: found by its name, or by its path in any folder.
std::string program_called(const std::string& called);

// A path as one argument of a command that means the same in any folder.
std::string from_anywhere(const std::string& path);

}  // namespace glance
