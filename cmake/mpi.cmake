# Looks for Open MPI, by which several processes train together, as GLANCE_MPI says: AUTO takes it where it is, ON needs it,
# OFF does without. Gives the folder of its header and its library, which glance loads when a job begins and does not link.

if(NOT GLANCE_MPI MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "GLANCE_MPI is ${GLANCE_MPI}: give AUTO, ON or OFF")
endif()
set(GLANCE_HAS_MPI OFF)
if(GLANCE_MPI STREQUAL ON OR (GLANCE_MPI STREQUAL AUTO AND NOT CMAKE_CROSSCOMPILING))
  # Where Debian, Fedora, Arch and Homebrew have them.
  find_path(OpenMPI_INCLUDE_DIR mpi.h
            PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openmpi/include" "/usr/include/openmpi-${CMAKE_SYSTEM_PROCESSOR}")
  find_library(OpenMPI_LIBRARY mpi PATHS "/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE}/openmpi/lib" /usr/lib64/openmpi/lib)
  mark_as_advanced(OpenMPI_INCLUDE_DIR OpenMPI_LIBRARY)
  if(OpenMPI_INCLUDE_DIR AND OpenMPI_LIBRARY AND NOT OpenMPI_LIBRARY MATCHES "\\.a$")
    file(STRINGS "${OpenMPI_INCLUDE_DIR}/mpi.h" is_open_mpi LIMIT_COUNT 1 REGEX "define OMPI_MAJOR_VERSION|OPEN_MPI")
    if(is_open_mpi)
      set(GLANCE_HAS_MPI ON)
    endif()
  endif()
  if(GLANCE_MPI STREQUAL ON AND NOT GLANCE_HAS_MPI)
    message(FATAL_ERROR "Training by several processes needs Open MPI, which was not found. On Debian: apt install "
                        "libopenmpi-dev openmpi-bin, or run script/bootstrap --ci. -DGLANCE_MPI=OFF does without.")
  endif()
endif()
