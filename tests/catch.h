#pragma once

// Catch2 moved its header between versions 2 (Debian 12) and 3; the tests build with either.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
using Catch::Approx;
#else
#include <catch2/catch.hpp>
#endif
