# Debian packages by CPack: libglance1 with the shared libraries, libglance-dev to compile against them, and
# glance-programs. script/package calls this and looks at what comes out; docs/packages.md says how they are used.

# The programs that are of use without the tree, as /usr/bin/glance-NAME.
set(glance_packaged translate letters gaps experiments)
list(JOIN glance_packaged " " packaged_names)

if(NOT BUILD_SHARED_LIBS OR GLANCE_NATIVE OR NOT GLANCE_EXAMPLES)
  message(FATAL_ERROR "GLANCE_PACKAGES needs -DBUILD_SHARED_LIBS=ON -DGLANCE_NATIVE=OFF -DGLANCE_EXAMPLES=ON; "
                      "script/package gives them")
endif()
set(GLANCE_MAINTAINER "" CACHE STRING "Who answers for the packages: Name <address>")
set(GLANCE_PACKAGED_ON "" CACHE STRING "The date in the packages' changelog, as date -R writes it")

set(packaging "${PROJECT_SOURCE_DIR}/packaging")
set(made "${PROJECT_BINARY_DIR}/packaging")
set(release 1)
set(full_version "${PROJECT_VERSION}-${release}")

# Manual pages and completions are made from what the programs say of themselves.
foreach(program IN LISTS glance_packaged)
  set_target_properties(${program} PROPERTIES OUTPUT_NAME glance-${program})
  list(APPEND programs "$<TARGET_FILE:${program}>")
endforeach()
add_custom_command(OUTPUT "${made}/documents" COMMAND "${packaging}/documents" "${made}/documents" ${PROJECT_VERSION} ${programs}
                   DEPENDS ${glance_packaged} "${packaging}/documents" "${packaging}/completion.awk" VERBATIM)

install(TARGETS ${glance_packaged} RUNTIME COMPONENT programs)
install(DIRECTORY "${made}/documents/man1" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT programs)
install(DIRECTORY "${made}/documents/completions" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion"
        COMPONENT programs)

# What Debian wants of every package: who may copy it, what changed, and what its checker is told.
find_program(GZIP_PROGRAM gzip REQUIRED)
mark_as_advanced(GZIP_PROGRAM)
set(package_library libglance1)
set(package_development libglance-dev)
set(package_programs glance-programs)
foreach(component library development programs)
  set(package ${package_${component}})
  set(documents "${made}/${package}")
  configure_file("${packaging}/copyright" "${documents}/copyright" COPYONLY)
  configure_file("${packaging}/changelog.Debian.in" "${documents}/changelog.Debian" @ONLY)
  configure_file("${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${documents}/changelog" COPYONLY)
  execute_process(COMMAND "${GZIP_PROGRAM}" -9nf "${documents}/changelog.Debian" "${documents}/changelog"
                  COMMAND_ERROR_IS_FATAL ANY)
  install(DIRECTORY "${documents}/" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${package}" COMPONENT ${component})
  if(EXISTS "${packaging}/${package}.lintian-overrides")
    install(FILES "${packaging}/${package}.lintian-overrides" DESTINATION "${CMAKE_INSTALL_DATADIR}/lintian/overrides"
            RENAME ${package} COMPONENT ${component})
  endif()
  string(TOUPPER ${component} COMPONENT)
  set(CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME glance)
set(CPACK_PACKAGE_CONTACT "${GLANCE_MAINTAINER}")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}")
set(CPACK_COMPONENTS_ALL library development programs)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE ${release})

# What a package needs is read from its programs and libraries; what is glance's own is said here. Before 1.0 a program
# runs with the version that it was compiled with.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
foreach(folder tensor autograd nn)
  list(APPEND private_folders "${PROJECT_BINARY_DIR}/${folder}")
endforeach()
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${private_folders})
foreach(folder tensor autograd nn)
  string(APPEND shlibs "libglance_${folder} ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR} libglance1 (= ${full_version})\n")
endforeach()
file(CONFIGURE OUTPUT "${made}/libglance1.control/shlibs" CONTENT "${shlibs}")
file(CONFIGURE OUTPUT "${made}/libglance1.control/triggers" CONTENT "activate-noawait ldconfig\n")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_CONTROL_EXTRA "${made}/libglance1.control/shlibs" "${made}/libglance1.control/triggers")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_DEPENDS "libopenblas0")  # loaded by name, which no tool sees
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS "libglance1 (= ${full_version}), libc6-dev")
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_DEPENDS "libglance1 (= ${full_version})")
set(CPACK_DEBIAN_LIBRARY_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PROGRAMS_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
foreach(script postinst prerm)
  configure_file("${packaging}/${script}.in" "${made}/glance-programs.control/${script}" @ONLY FILE_PERMISSIONS
                 OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
  list(APPEND CPACK_DEBIAN_PROGRAMS_PACKAGE_CONTROL_EXTRA "${made}/glance-programs.control/${script}")
endforeach()

set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # the project's, which CPack would put before those of the packages
set(CPACK_COMPONENT_LIBRARY_DESCRIPTION "tensors, automatic differentiation and attention (shared libraries)
glance is a small tensor library in C++20 with reverse-mode automatic
differentiation, layers from linear to Transformer, and optimisers.

On amd64 the package holds the libraries for all processors, for those with
AVX2 and for those with AVX-512. The loader takes the best that this one runs.")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION "tensors, automatic differentiation and attention (headers)
glance is a small tensor library in C++20 with reverse-mode automatic
differentiation, layers from linear to Transformer, and optimisers.

These are its headers, and what CMake's find_package(glance) and pkg-config
read.")
set(CPACK_COMPONENT_PROGRAMS_DESCRIPTION "programs that train models with attention and show what they look at
They train in seconds, on data of their own or of yours:

 * translate: a translator, whose attention is shown word by word
 * letters: a GPT in the small
 * gaps: fills hidden words of sentences from both sides
 * experiments: what is said of Transformers, shown one by one

Each is glance-NAME, and NAME where no other package has that name.")

include(CPack)

# All of it, and nothing that is not in a package.
add_custom_target(packages DEPENDS "${made}/documents" COMMAND "${CMAKE_CPACK_COMMAND}" VERBATIM)
foreach(level IN LISTS GLANCE_LEVELS)
  add_dependencies(packages glance_nn_${level})
endforeach()
