# A toolchain file for ARM of 64 bits, with Debian's cross compiler and qemu-user: see script/arm64.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_CXX_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

# A program with shared libraries hangs in qemu-user when it starts its first thread.
set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
set(UTF8PROC_LIBRARY /usr/lib/aarch64-linux-gnu/libutf8proc.a CACHE FILEPATH "Debian's, as a static library")

# The processor of a Raspberry Pi 4, for CTest.
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu cortex-a72)
