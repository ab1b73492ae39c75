#pragma once

#include <string>

// Catch2 moved its header between versions 2 (Debian 12) and 3, and gave the matcher of a substring another name; the
// tests build with either.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
inline auto Contains(const std::string& text) { return Catch::Matchers::ContainsSubstring(text); }
#else
#include <catch2/catch.hpp>
inline auto Contains(const std::string& text) { return Catch::Matchers::Contains(text); }
#endif
