# Which processors the library is compiled for.

# Not when programs are made for another machine, nor where the compiler cannot tell what this one has (clang on some ARM).
set(glance_native OFF)
if(NOT CMAKE_CROSSCOMPILING)
  include(CheckCXXCompilerFlag)
  check_cxx_compiler_flag(-march=native GLANCE_COMPILER_KNOWS_NATIVE)
  set(glance_native ${GLANCE_COMPILER_KNOWS_NATIVE})
endif()
option(GLANCE_NATIVE "Compile the library for this machine's processor (turn off for packages)" ${glance_native})

# Shared libraries that glibc's loader (2.33 and later) chooses among when a program starts, by what the processor has.
set(GLANCE_LEVELS "" CACHE STRING "Levels to compile shared libraries for once more: x86-64-v3;x86-64-v4, say")
if(GLANCE_LEVELS AND (GLANCE_NATIVE OR NOT BUILD_SHARED_LIBS))
  message(FATAL_ERROR "GLANCE_LEVELS is for shared libraries that run on any processor: give -DBUILD_SHARED_LIBS=ON "
                      "-DGLANCE_NATIVE=OFF")
endif()
