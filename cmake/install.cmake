# cmake --install: the library and its headers, and what find_package(glance) reads.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/glance")
install(TARGETS glance_tensor glance_autograd glance_nn EXPORT glance
        FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/glance")
install(TARGETS glance EXPORT glance FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT glance NAMESPACE glance:: FILE glanceTargets.cmake DESTINATION "${package_dir}")

write_basic_package_version_file("${PROJECT_BINARY_DIR}/glanceConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_SOURCE_DIR}/cmake/glanceConfig.cmake" "${PROJECT_BINARY_DIR}/glanceConfigVersion.cmake"
        DESTINATION "${package_dir}")
