# cmake --install: the library and its headers, and what find_package(glance) and pkg-config read. The components are
# those of cmake/packages.cmake: what programs run with, and what they are compiled with.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/glance")
install(TARGETS glance_tensor glance_autograd glance_nn EXPORT glance
        LIBRARY COMPONENT library NAMELINK_COMPONENT development ARCHIVE COMPONENT development
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/glance" COMPONENT development)
install(TARGETS glance EXPORT glance
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT development)
install(EXPORT glance NAMESPACE glance:: FILE glanceTargets.cmake DESTINATION "${package_dir}" COMPONENT development)
foreach(level IN LISTS GLANCE_LEVELS)
  install(TARGETS glance_tensor_${level} glance_autograd_${level} glance_nn_${level}
          LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}/glibc-hwcaps/${level}" COMPONENT library NAMELINK_SKIP)
endforeach()

write_basic_package_version_file("${PROJECT_BINARY_DIR}/glanceConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/glanceConfig.cmake" "${PROJECT_BINARY_DIR}/glanceConfigVersion.cmake"
        DESTINATION "${package_dir}" COMPONENT development)

# What pkg-config reads. Its folder is counted from where it lies, so that an installation may be moved.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY "${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig"
           OUTPUT_VARIABLE prefix_from_pkgconfig)
configure_file("${PROJECT_SOURCE_DIR}/cmake/glance.pc.in" "${PROJECT_BINARY_DIR}/glance.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/glance.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT development)
