// The threads, how they wait for a run and share its tasks, and how an exception gets back to the caller.
#include "glance/nn/workers.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "glance/autograd/modes.h"
#include "glance/tensor/error.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/moved.h"

namespace glance {

namespace {

// A page of the web has no threads.
#if defined(__EMSCRIPTEN__) && !defined(__EMSCRIPTEN_PTHREADS__)
constexpr bool threads_exist = false;
#else
constexpr bool threads_exist = true;
#endif

// Waits awake, for a moment, until `done`: what follows a run mostly follows at once, and to fall asleep and be woken
// takes a good part of a small step's time. Other threads that want the processor get it.
template <class Condition>
void await(const Condition& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(100);
  while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

}  // namespace

// What the threads share: the run under way, told apart from the one before by its number.
struct Workers::Shared {
  std::mutex mutex;
  std::condition_variable started, ended;
  // These change under the mutex, and may be looked at without it.
  std::atomic<std::uint64_t> run_number{0};
  std::atomic<int> busy{0};  // threads that have not yet left the run
  std::atomic<bool> stopping{false};

  int count = 0;
  const std::function<void(int)>* task = nullptr;  // null between runs
  Modes modes;
  std::atomic<int> next{0};
  std::vector<std::exception_ptr> failures;  // one per task

  std::vector<std::thread> threads;
  const pid_t process = ::getpid();

  // Whether the threads are those of this process, and not of the one that it was forked from.
  bool ours() const { return threads.empty() || process == ::getpid(); }

  void work() {
    for (int i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
      try {
        (*task)(i);
      } catch (...) {
        failures[static_cast<std::size_t>(i)] = std::current_exception();
      }
    }
  }

  void serve() {
    std::uint64_t seen = 0;
    const auto called = [&] { return stopping || run_number != seen; };
    for (;;) {
      await(called);
      std::unique_lock lock(mutex);
      started.wait(lock, called);
      if (stopping) return;
      seen = run_number;
      lock.unlock();
      {
        const ModesGuard guard(modes);
        work();
      }
      lock.lock();
      if (--busy == 0) ended.notify_one();
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex);
      stopping = true;
    }
    started.notify_all();
    for (auto& thread : threads) thread.join();
    threads.clear();
  }
};

Workers::Workers(int threads) : shared_(std::make_unique<Shared>()) {
  if (threads < 1) throw Error(formatted("workers: {} threads: there must be at least 1", threads));
  try {
    for (int i = 1; i < threads && threads_exist; ++i)
      shared_->threads.emplace_back([shared = shared_.get()] { shared->serve(); });
  } catch (const std::exception&) {
    const std::size_t started = shared_->threads.size() + 1;
    shared_->stop();
    throw Error(formatted("workers: {} threads: the system gives no more than {}", threads, started));
  }
}

Workers::~Workers() {
  if (!shared_) return;
  if (shared_->ours())
    shared_->stop();
  else
    (void)shared_.release();  // to wait for threads that are not there, or to destroy what they waited on, would hang
}

Workers::Workers(Workers&&) noexcept = default;

Workers& Workers::operator=(Workers&& other) noexcept {
  Workers taken(std::move(other));
  std::swap(shared_, taken.shared_);
  return *this;
}

Workers::Shared& Workers::shared() const {
  if (!shared_) detail::throw_moved("workers");
  if (!shared_->ours())
    throw Error("workers: their threads stayed in the process that was forked: make new Workers in this one");
  return *shared_;
}

int Workers::threads() const { return static_cast<int>(shared().threads.size()) + 1; }

void Workers::run(int count, const std::function<void(int)>& task) {
  if (count < 0) throw Error(formatted("workers: {} tasks: there must be at least 0", count));
  Shared& shared = this->shared();
  {
    const std::lock_guard lock(shared.mutex);
    // It would take over the tasks that are left: they would never run, or a thread would wait for itself.
    if (shared.task)
      throw Error("workers: a run within a run, or on two threads at once: give each Workers of its own");
    shared.failures.assign(static_cast<std::size_t>(count), nullptr);
    shared.count = count;
    shared.task = &task;
    shared.modes = current_modes();
    shared.next = 0;
    shared.busy = static_cast<int>(shared.threads.size());
    ++shared.run_number;
  }
  shared.started.notify_all();
  shared.work();
  std::exception_ptr failure;
  {
    const auto all_left = [&shared] { return shared.busy == 0; };
    await(all_left);
    std::unique_lock lock(shared.mutex);
    shared.ended.wait(lock, all_left);
    shared.task = nullptr;
    for (auto first = shared.failures.rbegin(); first != shared.failures.rend(); ++first)
      if (*first) failure = std::move(*first);
  }
  if (failure) std::rethrow_exception(failure);
}

void share_out(Workers* workers, Index numbers, int count, const std::function<void(int)>& task) {
  constexpr Index too_few = 32768;
  if (workers && workers->threads() > 1 && numbers > too_few) return workers->run(count, task);
  for (int i = 0; i < count; ++i) task(i);
}

}  // namespace glance
