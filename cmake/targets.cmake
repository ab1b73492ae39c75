# How the targets of glance are made.

# What every target of the project is compiled with. Warnings are for the project's own build, where they are errors only
# when CMAKE_COMPILE_WARNING_AS_ERROR says so: the presets of those who work on glance, and .ci/run.
function(glance_compile target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  # A parent's CMAKE_UNITY_BUILD would put files together whose private names are their own.
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF UNITY_BUILD OFF)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}")  # includes are written from the root
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wshadow -Wconversion)
    if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      # These depend on what was inlined, and so, under -march=native, on the processor. gcc 12 gives the first two for
      # sound uses of std::string, std::regex and std::optional. The sanitizers and clang look for the same faults.
      target_compile_options(${target} PRIVATE -Wno-maybe-uninitialized -Wno-restrict -Wno-error=array-bounds
                                               -Wno-error=stringop-overflow -Wno-error=stringop-overread)
    endif()
  endif()
endfunction()

# What most sources include, read once for each group of targets with the same options: the library, the programs, the
# tests. A source includes what it uses all the same, and the preset "clang" compiles it so. JSON is not among them: gcc
# would instantiate its templates in every source, which takes longer than to read it where it is used.
set(glance_precompiled_headers <algorithm> <array> <cmath> <cstdint> <functional> <map> <optional> <set> <span> <string>
                               <utility> <vector>)

# The target reads the headers that OWNER, compiled with the same options, has precompiled. CMake would warn of each such
# target where precompiled headers are turned off.
function(glance_reuse_precompiled target owner)
  if(NOT CMAKE_DISABLE_PRECOMPILE_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${owner})
  endif()
endfunction()

# glance_library(FOLDER LINK…): the target glance_FOLDER (glance::FOLDER to others) from every source of the folder and
# of the folders in it. GLANCE_LEVELS makes it once more for each level, as glance_FOLDER_LEVEL; glance_FOLDER_targets
# names all of them.
#
# The sources are globbed, so that a new file is built by being there: someone who adds a layer writes the layer and its
# test, and no list. CONFIGURE_DEPENDS looks again at every build.
function(glance_library folder)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS *.cpp)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS *.h)
  list(FILTER headers EXCLUDE REGEX "/formatted\\.h$")  # for the library's own sources: it includes fmt's

  set(target glance_${folder})
  glance_library_target(${target} "" ${ARGN})
  add_library(glance::${folder} ALIAS ${target})
  # Headers are included as "glance/tensor/tensor.h", here through the links in the folder glance, installed from
  # include/glance; one folder to look in serves both.
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${headers})
  target_include_directories(${target} INTERFACE "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")

  set(targets ${target})
  foreach(level IN LISTS GLANCE_LEVELS)
    glance_library_target(${target}_${level} "${level}" ${ARGN})
    # Where the loader looks before it takes the file of the same name two folders up.
    set_target_properties(${target}_${level} PROPERTIES
                          LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/glibc-hwcaps/${level}")
    target_compile_options(${target}_${level} PRIVATE -march=${level})
    list(APPEND targets ${target}_${level})
  endforeach()
  set(glance_${folder}_targets ${targets} PARENT_SCOPE)
endfunction()

# What the builds of one folder, for any processor and for each level, have in common.
function(glance_library_target target level)
  if(level)
    set(suffix "_${level}")
  endif()
  add_library(${target} ${sources})
  # No symbol of its own for a shared library: all rooms share what they have precompiled.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME glance_${folder} EXPORT_NAME ${folder} DEFINE_SYMBOL "")
  # Before 1.0 a minor version may change the interface, and has another name.
  set_target_properties(${target} PROPERTIES VERSION ${PROJECT_VERSION}
                                             SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  if(CMAKE_EXECUTABLE_FORMAT STREQUAL ELF)
    target_link_options(${target} PRIVATE "LINKER:--version-script=${PROJECT_SOURCE_DIR}/cmake/exports.map")
    set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/exports.map")
    get_target_property(type ${target} TYPE)
    if(type STREQUAL SHARED_LIBRARY)
      # A shared library calls its own functions, also those that a program which includes their header has compiled once
      # more, for another processor perhaps.
      target_compile_options(${target} PRIVATE -fno-semantic-interposition)
      target_link_options(${target} PRIVATE LINKER:-Bsymbolic-functions)
    endif()
  endif()
  glance_compile(${target})

  # fmt and JSON stay inside the .cpp files, as headers only: a user of the library need not have them, and may have others.
  target_include_directories(
    ${target} SYSTEM PRIVATE "$<TARGET_PROPERTY:fmt::fmt-header-only,INTERFACE_INCLUDE_DIRECTORIES>")
  set(links ${ARGN})
  list(TRANSFORM links APPEND "${suffix}" REGEX "^glance_")
  target_link_libraries(${target} PUBLIC ${links} PRIVATE "$<BUILD_INTERFACE:nlohmann_json::nlohmann_json>")

  # Without these two gcc keeps errno and the exception flags right for each sqrt and exp, and leaves their loops
  # scalar. Values, infinities and NaN stay exact, which -ffast-math would give up.
  target_compile_options(${target} PRIVATE -fno-math-errno -fno-trapping-math)
  if(GLANCE_NATIVE)
    target_compile_options(${target} PRIVATE -march=native)
  endif()
  if(folder STREQUAL tensor)
    target_precompile_headers(${target} PRIVATE ${glance_precompiled_headers} <fmt/core.h>)
  else()
    glance_reuse_precompiled(${target} glance_tensor${suffix})
  endif()
endfunction()
