#pragma once

#include <cstddef>
#include <cstdint>

// Memory for tensors and graph nodes, from a pool that keeps what is released for the next request of about that size.
//
// Every thread has a magazine of small blocks (up to 32 KiB), which it fills from and empties into a shared pool in
// batches; larger blocks come straight from the shared pool. So blocks allocated by one thread and released by another
// travel back through the shared pool, and no thread's cache grows without bound. Under the address and the thread
// sanitizer every request goes to the system, so that they see each block.
namespace glance {

// Every block starts at a multiple of this many bytes: a cache line, and the widest vector register.
inline constexpr std::size_t storage_alignment = 64;

// A block of at least `bytes` bytes (0 is allowed), uninitialised. Throws Error if memory is exhausted or the size
// absurd, also one that a 32-bit std::size_t cannot count.
[[nodiscard]] void* allocate_storage(std::uint64_t bytes);

// Takes back a block, from any thread. `bytes` must be the count given to allocate_storage; a null pointer is ignored.
void release_storage(void* block, std::size_t bytes) noexcept;

// Sizes are those of whole blocks: a request rounded up to a multiple of 64, or of a quarter of a power of two (so by
// less than 25%) from 512 bytes on.
struct StorageStatistics {
  std::int64_t live_blocks = 0;         // allocated and not yet released
  std::int64_t live_bytes = 0;          // their size
  std::int64_t peak_bytes = 0;          // the most bytes in use at once, with what lay in the threads' magazines
  std::int64_t cached_bytes = 0;        // held for re-use; with what is live at most 1.5 times the peak + 1 MiB
  std::int64_t system_allocations = 0;  // blocks taken from the system since the program started
};

// Counts over all threads; exact when no other thread is allocating or releasing.
StorageStatistics storage_statistics();

// Starts a new measurement of peak_bytes from what is in use now. What the pool may hold is bounded by the old peak
// still.
void reset_peak_storage();

// Gives cached memory back to the system: the shared pool's and the calling thread's. Other threads' magazines (each at
// most about 1 MiB) come back when they exit.
void release_cached_storage();

}  // namespace glance
