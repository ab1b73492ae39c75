# Makes the target glance::openblas, or leaves it undefined when there is no OpenBLAS. The library loads OpenBLAS when the
# program multiplies, and takes from here its header and its place; the benchmarks' floor links it.

if(NOT TARGET glance::openblas)
  # By name, never the generic libblas, which is the slow reference implementation on many machines. Not by OpenBLAS's own
  # CMake file, which in Debian 13 names a folder that does not exist.
  find_path(OpenBLAS_INCLUDE_DIR openblas_config.h
            PATH_SUFFIXES openblas openblas-pthread openblas-openmp openblas-serial)
  find_library(OpenBLAS_LIBRARY openblas)
  mark_as_advanced(OpenBLAS_INCLUDE_DIR OpenBLAS_LIBRARY)
  if(OpenBLAS_INCLUDE_DIR AND OpenBLAS_LIBRARY AND NOT OpenBLAS_LIBRARY MATCHES "\\.a$")
    add_library(glance::openblas INTERFACE IMPORTED)
    target_link_libraries(glance::openblas INTERFACE "${OpenBLAS_LIBRARY}")
    target_include_directories(glance::openblas INTERFACE "${OpenBLAS_INCLUDE_DIR}")
  endif()
endif()
