# Read by find_package(glance). Gives glance::glance, and glance::tensor, glance::autograd, glance::nn on their own.

include(CMakeFindDependencyMacro)
find_dependency(Threads)

include("${CMAKE_CURRENT_LIST_DIR}/glanceTargets.cmake")
