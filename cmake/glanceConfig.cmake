# Read by find_package(glance). Gives glance::glance, and glance::tensor, glance::autograd, glance::nn on their own.

include(CMakeFindDependencyMacro)
find_dependency(Threads)

include("${CMAKE_CURRENT_LIST_DIR}/openblas.cmake")
if(NOT TARGET glance::openblas)
  set(glance_FOUND FALSE)
  set(glance_NOT_FOUND_MESSAGE "glance links OpenBLAS, which was not found (on Debian: apt install libopenblas-dev)")
  return()
endif()

include("${CMAKE_CURRENT_LIST_DIR}/glanceTargets.cmake")
