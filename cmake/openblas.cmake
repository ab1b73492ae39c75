# Makes the target glance::openblas, or leaves it undefined when there is no OpenBLAS. Used by glance's own build, and,
# because a static library's dependencies are linked by whoever links it, by the installed package.

if(NOT TARGET glance::openblas)
  # By name, never the generic libblas, which is the slow reference implementation on many machines. Debian's package
  # comes in flavours (pthread, openmp, serial), and its CMake file knows which one is chosen.
  find_package(OpenBLAS CONFIG QUIET)
  if(NOT OpenBLAS_FOUND)
    find_path(OpenBLAS_INCLUDE_DIRS cblas.h PATH_SUFFIXES openblas)
    find_library(OpenBLAS_LIBRARIES openblas)
    mark_as_advanced(OpenBLAS_INCLUDE_DIRS OpenBLAS_LIBRARIES)
  endif()
  if(OpenBLAS_INCLUDE_DIRS AND OpenBLAS_LIBRARIES)
    add_library(glance::openblas INTERFACE IMPORTED)
    target_link_libraries(glance::openblas INTERFACE ${OpenBLAS_LIBRARIES})
    target_include_directories(glance::openblas INTERFACE ${OpenBLAS_INCLUDE_DIRS})
  endif()
endif()
