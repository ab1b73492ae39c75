// The pool of memory behind tensors: blocks by size class, a stock of them per thread, and a bound on what is kept for
// later.
#include "glance/tensor/storage.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <mutex>
#include <new>
#include <span>
#include <string>

#include "glance/tensor/error.h"
#include "glance/tensor/processor.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define GLANCE_CACHE_STORAGE 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define GLANCE_CACHE_STORAGE 0
#endif
#endif
#ifndef GLANCE_CACHE_STORAGE
#define GLANCE_CACHE_STORAGE 1
#endif

namespace glance {
namespace {

constexpr bool caching = GLANCE_CACHE_STORAGE;

// Larger requests are mistakes, and are refused before arithmetic on them can overflow.
constexpr std::size_t max_bytes = std::size_t{1} << (sizeof(std::size_t) > 4 ? 40 : 30);

// Size classes: 64, 128, … 512 bytes, then four to each power of two: 640, 768, 896, 1024, 1280, …
constexpr std::size_t class_of(std::uint64_t bytes) {
  const std::uint64_t units = bytes == 0 ? 0 : (bytes - 1) / storage_alignment;
  if (units < 8) return static_cast<std::size_t>(units);
  const auto shift = static_cast<std::size_t>(std::bit_width(units)) - 3;
  return 4 * shift + static_cast<std::size_t>(units >> shift);
}

constexpr std::size_t class_bytes(std::size_t size_class) {
  if (size_class < 8) return (size_class + 1) * storage_alignment;
  const std::size_t shift = size_class / 4 - 1;
  return ((4 + size_class % 4 + 1) << shift) * storage_alignment;
}

// What may be held beyond the peak, besides half of it. What sizes are in use changes in the course of a training step:
// bounded by the peak itself, the pool would sell blocks and buy others at every step, which took 10% of a large one.
constexpr std::size_t spare_bytes = 1 << 20;

constexpr std::size_t class_count = class_of(max_bytes) + 1;
constexpr std::size_t small_class_count = class_of(32 * 1024) + 1;

static_assert(class_of(512) == 7 && class_of(513) == 8 && class_of(640) == 8 && class_of(641) == 9);
static_assert(class_bytes(7) == 512 && class_bytes(8) == 640 && class_bytes(class_count - 1) == max_bytes);

// How many blocks of a class a magazine holds: about 32 KiB of each.
constexpr std::size_t max_magazine_blocks = 64;
constexpr std::uint32_t magazine_capacity(std::size_t size_class) {
  const std::size_t blocks = std::clamp(32 * 1024 / class_bytes(size_class), std::size_t{4}, max_magazine_blocks);
  return caching ? static_cast<std::uint32_t>(blocks) : 0;
}

// Written by one thread and read by any; plain loads and stores, since a locked addition would cost more than the rest.
class Counter {
 public:
  void add(std::int64_t n) { value_.store(get() + n, std::memory_order_relaxed); }
  std::int64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

// A thread's stock of small blocks of one class. A capacity of zero turns it off: before the thread's first request,
// after its end, and under sanitizers.
struct Magazine {
  Counter live;  // allocations less releases by this thread; below zero in one that releases another's blocks
  std::uint32_t count = 0;
  std::uint32_t capacity = 0;
  std::array<void*, max_magazine_blocks> blocks{};
};

// Trivially destructible, so that it outlives every other thread_local object: those may release tensors.
struct ThreadCache {
  std::array<Magazine, small_class_count> magazines{};
  ThreadCache* next = nullptr;
  bool registered = false;
  bool ended = false;
};

constinit thread_local ThreadCache this_thread;

// What the threads share. Like ThreadCache trivially destructible, so that it works while static objects are destroyed.
class SharedPool {
 public:
  // A block, or null if memory is exhausted. If there is a magazine it is filled to half from what lies ready, and
  // counts the block as live; otherwise the pool does.
  void* take(std::size_t size_class, Magazine* magazine);

  // Takes back blocks that a magazine counts.
  void give(std::span<void* const> blocks, std::size_t size_class) noexcept;

  // Takes back a block that the pool counts.
  void give_counted(void* block, std::size_t size_class) noexcept;

  void enter(ThreadCache& thread);
  void leave(ThreadCache& thread);

  StorageStatistics statistics();
  void reset_peak();
  void release_cached();

 private:
  struct FreeBlock {
    FreeBlock* next;
  };
  struct FreeList {
    FreeBlock* first = nullptr;
    std::uint64_t last_used = 0;
  };

  // The mutex is held in all of these.
  void* pop(std::size_t size_class);
  void push(void* block, std::size_t size_class);
  void* allocate(std::size_t size_class);
  void trim(std::size_t target);
  void count_taken(std::size_t bytes);
  void count_live(std::int64_t blocks, std::size_t size_class);

  std::mutex mutex_;
  std::array<FreeList, class_count> free_{};
  ThreadCache* threads_ = nullptr;
  std::int64_t live_blocks_ = 0;  // large ones, and what threads that have ended left alive
  std::int64_t live_bytes_ = 0;
  std::size_t taken_ = 0;    // bytes live or in magazines
  std::size_t cached_ = 0;   // bytes in the free lists
  std::size_t peak_ = 0;     // of taken_, since the last reset
  std::size_t limit_ = 0;    // of taken_, since the cache was last released: bounds taken_ + cached_, with some room
  std::uint64_t clock_ = 0;  // advances with each use of a free list
  std::int64_t system_allocations_ = 0;
};

constinit SharedPool pool;

void* system_allocate(std::size_t bytes) {
  return ::operator new (bytes, std::align_val_t{storage_alignment}, std::nothrow);
}

void system_release(void* block) { ::operator delete (block, std::align_val_t{storage_alignment}); }

void* SharedPool::take(std::size_t size_class, Magazine* magazine) {
  const std::lock_guard lock(mutex_);
  free_[size_class].last_used = ++clock_;
  void* block = pop(size_class);
  if (block == nullptr) {
    block = allocate(size_class);
    if (block == nullptr) return nullptr;
  } else if (magazine != nullptr) {
    while (magazine->count < magazine->capacity / 2) {
      void* spare = pop(size_class);
      if (spare == nullptr) break;
      magazine->blocks[magazine->count++] = spare;
    }
  }
  if (magazine != nullptr) {
    magazine->live.add(1);
  } else {
    count_live(1, size_class);
  }
  return block;
}

void SharedPool::give(std::span<void* const> blocks, std::size_t size_class) noexcept {
  const std::lock_guard lock(mutex_);
  free_[size_class].last_used = ++clock_;
  for (void* block : blocks) push(block, size_class);
}

void SharedPool::give_counted(void* block, std::size_t size_class) noexcept {
  const std::lock_guard lock(mutex_);
  free_[size_class].last_used = ++clock_;
  push(block, size_class);
  count_live(-1, size_class);
}

void* SharedPool::pop(std::size_t size_class) {
  FreeList& list = free_[size_class];
  FreeBlock* block = list.first;
  if (block == nullptr) return nullptr;
  list.first = block->next;
  cached_ -= class_bytes(size_class);
  count_taken(class_bytes(size_class));
  return block;
}

void SharedPool::push(void* block, std::size_t size_class) {
  taken_ -= class_bytes(size_class);
  if constexpr (caching) {
    FreeList& list = free_[size_class];
    list.first = ::new (block) FreeBlock{list.first};
    cached_ += class_bytes(size_class);
  } else {
    system_release(block);
  }
}

// A new block from the system. It may not come on top of a cache that would then exceed the bound.
void* SharedPool::allocate(std::size_t size_class) {
  const std::size_t bytes = class_bytes(size_class);
  const std::size_t most = std::max(limit_, taken_ + bytes);
  trim(most + most / 2 + spare_bytes - bytes);
  void* block = system_allocate(bytes);
  if (block == nullptr && cached_ > 0) {
    trim(0);
    block = system_allocate(bytes);
  }
  if (block == nullptr) return nullptr;
  ++system_allocations_;
  count_taken(bytes);
  return block;
}

// Gives blocks back to the system, of the classes used longest ago first, until the pool holds at most `target` bytes.
void SharedPool::trim(std::size_t target) {
  while (cached_ > 0 && taken_ + cached_ > target) {
    FreeList* oldest = nullptr;
    for (FreeList& list : free_) {
      if (list.first != nullptr && (oldest == nullptr || list.last_used < oldest->last_used)) oldest = &list;
    }
    const std::size_t bytes = class_bytes(static_cast<std::size_t>(oldest - free_.data()));
    while (oldest->first != nullptr && taken_ + cached_ > target) {
      FreeBlock* block = oldest->first;
      oldest->first = block->next;
      cached_ -= bytes;
      system_release(block);
    }
  }
}

void SharedPool::count_taken(std::size_t bytes) {
  taken_ += bytes;
  peak_ = std::max(peak_, taken_);
  limit_ = std::max(limit_, taken_);
}

void SharedPool::count_live(std::int64_t blocks, std::size_t size_class) {
  live_blocks_ += blocks;
  live_bytes_ += blocks * static_cast<std::int64_t>(class_bytes(size_class));
}

void SharedPool::enter(ThreadCache& thread) {
  const std::lock_guard lock(mutex_);
  thread.next = threads_;
  threads_ = &thread;
}

void SharedPool::leave(ThreadCache& thread) {
  const std::lock_guard lock(mutex_);
  for (std::size_t size_class = 0; size_class < small_class_count; ++size_class) {
    count_live(thread.magazines[size_class].live.get(), size_class);
  }
  ThreadCache** link = &threads_;
  while (*link != &thread) link = &(*link)->next;
  *link = thread.next;
}

StorageStatistics SharedPool::statistics() {
  const std::lock_guard lock(mutex_);
  StorageStatistics s;
  s.live_blocks = live_blocks_;
  s.live_bytes = live_bytes_;
  for (const ThreadCache* thread = threads_; thread != nullptr; thread = thread->next) {
    for (std::size_t size_class = 0; size_class < small_class_count; ++size_class) {
      const std::int64_t live = thread->magazines[size_class].live.get();
      s.live_blocks += live;
      s.live_bytes += live * static_cast<std::int64_t>(class_bytes(size_class));
    }
  }
  s.peak_bytes = static_cast<std::int64_t>(peak_);
  s.cached_bytes = static_cast<std::int64_t>(taken_ + cached_) - s.live_bytes;
  s.system_allocations = system_allocations_;
  return s;
}

void SharedPool::reset_peak() {
  const std::lock_guard lock(mutex_);
  peak_ = taken_;
}

void SharedPool::release_cached() {
  const std::lock_guard lock(mutex_);
  trim(0);
  limit_ = taken_;
}

void empty_magazines() {
  for (std::size_t size_class = 0; size_class < small_class_count; ++size_class) {
    Magazine& magazine = this_thread.magazines[size_class];
    if (magazine.count > 0) pool.give({magazine.blocks.data(), magazine.count}, size_class);
    magazine.count = 0;
  }
}

// Empties the thread's magazines when it ends. What other thread_local or static objects allocate and release later
// still goes straight to the shared pool.
struct ThreadEnd {
  ThreadEnd() { pool.enter(this_thread); }
  ~ThreadEnd() {
    empty_magazines();
    for (Magazine& magazine : this_thread.magazines) magazine.capacity = 0;
    pool.leave(this_thread);
    this_thread.ended = true;
  }
};

void register_thread() {
  detail::require_compiled_instructions();
  static thread_local ThreadEnd end;
  this_thread.registered = true;
  for (std::size_t size_class = 0; size_class < small_class_count; ++size_class) {
    this_thread.magazines[size_class].capacity = magazine_capacity(size_class);
  }
}

// This thread's magazine for the class, or null if the shared pool serves and counts it.
Magazine* magazine_of(std::size_t size_class) {
  if (size_class >= small_class_count || this_thread.ended) return nullptr;
  if (!this_thread.registered) register_thread();
  return &this_thread.magazines[size_class];
}

[[gnu::noinline]] void* allocate_from_pool(std::uint64_t bytes, std::size_t size_class) {
  void* block = bytes > max_bytes ? nullptr : pool.take(size_class, magazine_of(size_class));
  if (block == nullptr) throw Error("storage: " + std::to_string(bytes) + " bytes: out of memory");
  return block;
}

[[gnu::noinline]] void release_to_pool(void* block, std::size_t size_class) noexcept {
  Magazine* magazine = magazine_of(size_class);
  if (magazine == nullptr) return pool.give_counted(block, size_class);
  magazine->live.add(-1);
  if (magazine->capacity == 0) return pool.give({&block, 1}, size_class);
  if (magazine->count == magazine->capacity) {
    // The half released longest ago: the rest is still in this core's caches.
    const std::uint32_t kept = magazine->count / 2;
    const std::uint32_t given = magazine->count - kept;
    pool.give({magazine->blocks.data(), given}, size_class);
    std::copy_n(magazine->blocks.begin() + given, kept, magazine->blocks.begin());
    magazine->count = kept;
  }
  magazine->blocks[magazine->count++] = block;
}

}  // namespace

void* allocate_storage(std::uint64_t bytes) {
  const std::size_t size_class = class_of(bytes);
  if (size_class < small_class_count) {
    Magazine& magazine = this_thread.magazines[size_class];
    if (magazine.count > 0) {
      magazine.live.add(1);
      return magazine.blocks[--magazine.count];
    }
  }
  return allocate_from_pool(bytes, size_class);
}

void release_storage(void* block, std::size_t bytes) noexcept {
  if (block == nullptr) return;
  const std::size_t size_class = class_of(bytes);
  if (size_class < small_class_count) {
    Magazine& magazine = this_thread.magazines[size_class];
    if (magazine.count < magazine.capacity) {
      magazine.live.add(-1);
      magazine.blocks[magazine.count++] = block;
      return;
    }
  }
  release_to_pool(block, size_class);
}

StorageStatistics storage_statistics() { return pool.statistics(); }

void reset_peak_storage() { pool.reset_peak(); }

void release_cached_storage() {
  empty_magazines();
  pool.release_cached();
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}

}  // namespace glance
