#pragma once

#include <span>
#include <string_view>

// The programs of the tree that are in the module. The table is made by CMake (programs.cpp.in).
namespace glance::site {

struct Program {
  std::string_view name;
  int (*main)(int count, char** arguments);
};

std::span<const Program> programs();

}  // namespace glance::site
