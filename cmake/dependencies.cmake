# Everything glance needs from the system, found in one place. Nothing is downloaded.

# Finds a package that brings its own CMake files, or stops with the name of the Debian package that has them. Does without
# looking where a parent project has made its target, from sources of its own, say.
macro(glance_need package target purpose debian)
  if(NOT TARGET ${target})
    find_package(${package} QUIET)
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "${purpose} need ${package}, which was not found. On Debian: apt install ${debian}, "
                        "or run script/bootstrap, which installs everything.")
  endif()
endmacro()

if(EMSCRIPTEN)
  include("${PROJECT_SOURCE_DIR}/site/dependencies.cmake")
endif()

glance_need(Threads Threads::Threads "glance's training threads" libc6-dev)
if(GLANCE_FMT_HEADERS AND NOT TARGET fmt::fmt)
  # For a processor that the distribution's library is not compiled for.
  find_path(FMT_INCLUDE_DIR fmt/core.h REQUIRED)
  mark_as_advanced(FMT_INCLUDE_DIR)
  foreach(target fmt::fmt fmt::fmt-header-only)
    add_library(${target} INTERFACE IMPORTED GLOBAL)
    target_compile_definitions(${target} INTERFACE FMT_HEADER_ONLY)
  endforeach()
else()
  glance_need(fmt fmt::fmt-header-only "glance's error messages" libfmt-dev)
endif()
glance_need(nlohmann_json nlohmann_json::nlohmann_json "glance's safetensors files" nlohmann-json3-dev)

if(NOT GLANCE_BLAS MATCHES "^(openblas|portable)$")
  message(FATAL_ERROR "GLANCE_BLAS is ${GLANCE_BLAS}: give openblas or portable")
endif()
if(GLANCE_BLAS STREQUAL openblas OR GLANCE_BENCHMARKS)
  include("${CMAKE_CURRENT_LIST_DIR}/openblas.cmake")
  if(NOT TARGET glance::openblas)
    message(FATAL_ERROR "glance's matrix products need OpenBLAS as a shared library, which was not found. On Debian: apt "
                        "install libopenblas-dev, or run script/bootstrap, which installs everything. "
                        "-DGLANCE_BLAS=portable does without, and multiplies more slowly.")
  endif()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/mpi.cmake")

if(GLANCE_EXAMPLES OR GLANCE_BENCHMARKS)
  glance_need(CLI11 CLI11::CLI11 "glance's programs" libcli11-dev)
endif()

if(GLANCE_EXAMPLES AND NOT TARGET glance::utf8proc)
  # Debian's utf8proc has no CMake files.
  find_path(UTF8PROC_INCLUDE_DIR utf8proc.h)
  find_library(UTF8PROC_LIBRARY utf8proc)
  mark_as_advanced(UTF8PROC_INCLUDE_DIR UTF8PROC_LIBRARY)
  if(NOT UTF8PROC_INCLUDE_DIR OR NOT UTF8PROC_LIBRARY)
    message(FATAL_ERROR "glance's programs need utf8proc, which was not found. On Debian: apt install libutf8proc-dev, "
                        "or run script/bootstrap, which installs everything.")
  endif()
  add_library(glance::utf8proc INTERFACE IMPORTED)
  target_link_libraries(glance::utf8proc INTERFACE "${UTF8PROC_LIBRARY}")
  target_include_directories(glance::utf8proc INTERFACE "${UTF8PROC_INCLUDE_DIR}")
endif()

if(GLANCE_TESTS)
  glance_need(Catch2 Catch2::Catch2 "glance's tests" catch2)
  if(Catch2_VERSION VERSION_LESS 2.13)
    message(FATAL_ERROR "glance's tests need Catch2 2.13 or newer (3 will do), and ${Catch2_VERSION} was found in "
                        "${Catch2_DIR}. On Debian 12 or newer: apt install catch2")
  endif()
endif()

if(GLANCE_BENCHMARKS)
  glance_need(benchmark benchmark::benchmark "glance's benchmarks" libbenchmark-dev)
endif()
