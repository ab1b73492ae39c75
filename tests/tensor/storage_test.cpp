// The pool gives aligned blocks of its own to each, bounds what it keeps, and works on every thread until its end.
#include "glance/tensor/storage.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <cstring>
#include <limits>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "glance/tensor/error.h"
#include "tests/catch.h"

namespace glance {
namespace {

using Block = std::pair<void*, std::size_t>;

// Under sanitizers the pool passes every request on to the system and keeps nothing.
bool pool_caches() {
  release_storage(allocate_storage(64), 64);
  return storage_statistics().cached_bytes > 0;
}

// Hands blocks from one thread to another, at most a thousand under way.
class Channel {
 public:
  void send(Block block) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return blocks_.size() < 1000; });
    blocks_.push_back(block);
    changed_.notify_all();
  }

  std::vector<Block> receive() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !blocks_.empty(); });
    changed_.notify_all();
    return std::exchange(blocks_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Block> blocks_;
};

}  // namespace

TEST_CASE("blocks are aligned, large enough and distinct") {
  const auto before = storage_statistics();
  std::vector<Block> blocks;
  for (int bytes_wanted : {0, 1, 63, 64, 65, 511, 512, 513, 640, 641, 4096, 32767, 32768, 32769, 100000, 3000001}) {
    const auto bytes = static_cast<std::size_t>(bytes_wanted);
    for (int copy = 0; copy < 3; ++copy) {
      void* block = allocate_storage(bytes);
      REQUIRE(block != nullptr);
      CHECK(reinterpret_cast<std::uintptr_t>(block) % storage_alignment == 0);
      std::memset(block, static_cast<int>(blocks.size()), bytes);
      blocks.emplace_back(block, bytes);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto* first = static_cast<const unsigned char*>(blocks[i].first);
    CHECK(std::all_of(first, first + blocks[i].second, [i](unsigned char c) { return c == i; }));
  }
  CHECK(storage_statistics().live_blocks == before.live_blocks + static_cast<std::int64_t>(blocks.size()));
  for (auto [block, bytes] : blocks) release_storage(block, bytes);
  CHECK(storage_statistics().live_blocks == before.live_blocks);
  CHECK(storage_statistics().live_bytes == before.live_bytes);
}

TEST_CASE("a block's size is the request rounded up by less than a quarter, or to a cache line") {
  for (std::size_t bytes = 1; bytes < 100000; bytes += bytes < 2000 ? 1 : 97) {
    const auto before = storage_statistics().live_bytes;
    void* block = allocate_storage(bytes);
    const auto size = static_cast<std::size_t>(storage_statistics().live_bytes - before);
    release_storage(block, bytes);
    if (size < bytes || (size - bytes >= 64 && 4 * (size - bytes) > bytes)) {
      FAIL(bytes << " bytes were given a block of " << size);
    }
  }
}

TEST_CASE("a null pointer may be released") { release_storage(nullptr, 100); }

TEST_CASE("an absurd size is an error that says it, and the pool works on") {
  for (std::size_t bytes : {std::numeric_limits<std::size_t>::max(), std::numeric_limits<std::size_t>::max() - 63,
                            std::size_t{1} << 63, (std::size_t{1} << 40) + 1}) {
    const auto before = storage_statistics();
    try {
      static_cast<void>(allocate_storage(bytes));
      FAIL("no error for " << bytes << " bytes");
    } catch (const Error& e) {
      CHECK(std::string(e.what()) == "storage: " + std::to_string(bytes) + " bytes: out of memory");
    }
    CHECK(storage_statistics().live_bytes == before.live_bytes);
    CHECK(storage_statistics().peak_bytes == before.peak_bytes);
  }
  release_storage(allocate_storage(1000), 1000);
}

TEST_CASE("released blocks serve again, without the system") {
  if (!pool_caches()) return;
  for (std::size_t bytes : {100u, 5000u, 50000u, 1u << 20}) {
    const auto step = [bytes] {
      std::vector<void*> blocks(100);
      for (void*& block : blocks) block = allocate_storage(bytes);
      for (void* block : blocks) release_storage(block, bytes);
    };
    step();
    const auto warm = storage_statistics().system_allocations;
    for (int i = 0; i < 10; ++i) step();
    CHECK(storage_statistics().system_allocations == warm);
  }
}

TEST_CASE("live and cached memory together never exceed the peak by more than half") {
  release_cached_storage();
  reset_peak_storage();
  std::mt19937 random(1);
  std::vector<Block> blocks;
  std::int64_t most = 0;
  for (int round = 0; round < 40; ++round) {
    // Each round wants other sizes, so that what is cached is of no use.
    const std::size_t base = std::size_t{100} << (round * 7 % 12);
    for (int i = 0; i < 100; ++i) {
      const std::size_t bytes = base + random() % base;
      blocks.emplace_back(allocate_storage(bytes), bytes);
      const auto now = storage_statistics();
      most = std::max(most, now.live_bytes);
      if (now.live_bytes + now.cached_bytes > now.peak_bytes + now.peak_bytes / 2 + (1 << 20)) {
        FAIL(now.live_bytes << " live and " << now.cached_bytes << " cached, after a peak of " << now.peak_bytes);
      }
    }
    std::shuffle(blocks.begin(), blocks.end(), random);
    while (blocks.size() > 20) {
      release_storage(blocks.back().first, blocks.back().second);
      blocks.pop_back();
    }
  }
  const auto peak = storage_statistics().peak_bytes;
  CHECK(peak >= most);
  CHECK(peak <= most + (2 << 20));  // the difference lay in the magazines
  for (auto [block, bytes] : blocks) release_storage(block, bytes);
}

TEST_CASE("cached memory is given back on request") {
  const auto before = storage_statistics();
  std::vector<Block> blocks;
  for (std::size_t bytes = 1; bytes < 10'000'000; bytes *= 3) blocks.emplace_back(allocate_storage(bytes), bytes);
  void* kept = allocate_storage(777);
  for (auto [block, bytes] : blocks) release_storage(block, bytes);
  if (pool_caches()) CHECK(storage_statistics().cached_bytes > 10'000'000);
  release_cached_storage();
  CHECK(storage_statistics().cached_bytes == 0);
  CHECK(storage_statistics().live_blocks == before.live_blocks + 1);
  release_storage(kept, 777);
}

TEST_CASE("the peak can be measured anew") {
  void* large = allocate_storage(8 << 20);
  const auto with = storage_statistics();
  CHECK(with.peak_bytes >= (8 << 20));
  release_storage(large, 8 << 20);
  CHECK(storage_statistics().peak_bytes == with.peak_bytes);
  reset_peak_storage();
  CHECK(storage_statistics().peak_bytes <= with.peak_bytes - (8 << 20));
  release_storage(allocate_storage(1 << 20), 1 << 20);
  CHECK(storage_statistics().peak_bytes >= storage_statistics().live_bytes + (1 << 20));
}

TEST_CASE("what one thread allocates and another releases is used again") {
  const bool one_size = GENERATE(true, false);
  const auto size_of = [one_size](int i) {
    if (one_size) return std::size_t{200};
    return static_cast<std::size_t>(i % 50 == 0 ? 40000 : 64 + i % 300);
  };
  release_cached_storage();
  reset_peak_storage();
  const auto before = storage_statistics();
  Channel channel;
  constexpr int total = 100'000;
  std::thread worker([&] {
    for (int i = 0; i < total; ++i) {
      void* block = allocate_storage(size_of(i));
      std::memset(block, i & 0xff, size_of(i));
      channel.send({block, size_of(i)});
    }
  });
  bool intact = true;
  for (int received = 0; received < total;) {
    for (auto [block, bytes] : channel.receive()) {
      const auto* first = static_cast<const unsigned char*>(block);
      intact = intact && first[0] == (received & 0xff) && first[bytes - 1] == (received & 0xff);
      release_storage(block, bytes);
      ++received;
    }
  }
  worker.join();
  CHECK(intact);
  const auto after = storage_statistics();
  CHECK(after.live_blocks == before.live_blocks);
  CHECK(after.live_bytes == before.live_bytes);
  // At most 2000 blocks are under way or just received; the rest is what two magazines hold.
  CHECK(after.peak_bytes - before.live_bytes < 2000 * (one_size ? 256 : 1200) + (2 << 20));
  if (pool_caches() && one_size) CHECK(after.system_allocations - before.system_allocations <= 2000 + 2 * 64);
}

TEST_CASE("a thread that ends leaves its cache to the others, and what it allocated stays valid") {
  const auto before = storage_statistics();
  std::vector<void*> blocks(64);
  std::thread([&] {
    for (void*& block : blocks) block = allocate_storage(448);
    std::vector<void*> own(64);
    for (void*& block : own) block = allocate_storage(448);
    for (void* block : own) release_storage(block, 448);
  }).join();
  CHECK(storage_statistics().live_blocks == before.live_blocks + 64);
  for (void* block : blocks) std::memset(block, 1, 448);

  const auto warm = storage_statistics().system_allocations;
  std::vector<void*> again(64);
  for (void*& block : again) block = allocate_storage(448);
  if (pool_caches()) CHECK(storage_statistics().system_allocations == warm);

  for (void* block : blocks) release_storage(block, 448);
  for (void* block : again) release_storage(block, 448);
  CHECK(storage_statistics().live_blocks == before.live_blocks);
}

namespace {

// Allocates and releases in its destructor.
struct LateUser {
  void* block = nullptr;
  ~LateUser() {
    release_storage(block, 100);
    release_storage(allocate_storage(5000), 5000);
    release_storage(allocate_storage(100), 100);
  }
};

// Destroyed after main; the pool must still work, or the test program crashes at its end.
LateUser static_user;
[[maybe_unused]] const bool allocated = (static_user.block = allocate_storage(100), true);

}  // namespace

TEST_CASE("memory can be released after the thread's magazines are gone") {
  const auto before = storage_statistics();
  std::thread([] {
    static thread_local LateUser user;  // made before the thread's first request, so destroyed after its magazines
    user.block = allocate_storage(100);
  }).join();
  const auto after = storage_statistics();
  CHECK(after.live_blocks == before.live_blocks);
  CHECK(after.live_bytes == before.live_bytes);
}

TEST_CASE("threads that share the pool do not share blocks") {
  const auto before = storage_statistics();
  std::vector<std::thread> threads;
  std::vector<int> intact(4, 1);
  for (unsigned id = 0; id < 4; ++id) {
    threads.emplace_back([id, &intact] {
      std::mt19937 random(id);
      std::vector<Block> blocks;
      for (int i = 0; i < 20000; ++i) {
        if (blocks.size() < 200 && random() % 2 == 0) {
          const std::size_t bytes = 1 + random() % (random() % 16 == 0 ? 100000 : 2000);
          blocks.emplace_back(allocate_storage(bytes), bytes);
          std::memset(blocks.back().first, static_cast<int>(id), bytes);
        } else if (!blocks.empty()) {
          std::swap(blocks[random() % blocks.size()], blocks.back());
          const auto* first = static_cast<const unsigned char*>(blocks.back().first);
          if (first[0] != id || first[blocks.back().second - 1] != id) intact[id] = 0;
          release_storage(blocks.back().first, blocks.back().second);
          blocks.pop_back();
        }
      }
      for (auto [block, bytes] : blocks) release_storage(block, bytes);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(intact == std::vector<int>(4, 1));
  CHECK(storage_statistics().live_blocks == before.live_blocks);
  CHECK(storage_statistics().live_bytes == before.live_bytes);
}

}  // namespace glance
