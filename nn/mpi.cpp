// A job of MPI. It is left to MPI to carry bytes and to nobody else; how long to wait for them is decided here, because
// MPI waits for ever. Open MPI is loaded (dlopen) by a rank of several and not linked, so that who trains alone, or
// links glance, neither needs nor notices it.
#include "glance/nn/mpi.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "glance/tensor/formatted.h"

#ifdef GLANCE_MPI_LIBRARY
#define OMPI_SKIP_MPICXX 1
#include <dlfcn.h>
#include <mpi.h>
#endif

namespace glance {

namespace {

// What a launcher says of itself in the environment; 0 when it says nothing.
int number_in_environment(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : 0;
}

}  // namespace

int launched_ranks() {
  // mpirun of Open MPI; those of other MPIs, and srun, by the protocols PMI and PMIx.
  int count = std::max(number_in_environment("OMPI_COMM_WORLD_SIZE"), number_in_environment("PMI_SIZE"));
  if (std::getenv("PMIX_RANK")) count = std::max(count, number_in_environment("SLURM_NTASKS"));
  return std::max(count, 1);
}

#ifdef GLANCE_MPI_LIBRARY

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// The functions and handles of Open MPI, once it is loaded. It stays so until the program ends.
struct OpenMpi {
  void* library = open();
  decltype(&MPI_Init_thread) init_thread = find<decltype(&MPI_Init_thread)>("MPI_Init_thread");
  decltype(&MPI_Finalize) finalize = find<decltype(&MPI_Finalize)>("MPI_Finalize");
  decltype(&MPI_Abort) abort = find<decltype(&MPI_Abort)>("MPI_Abort");
  decltype(&MPI_Comm_rank) comm_rank = find<decltype(&MPI_Comm_rank)>("MPI_Comm_rank");
  decltype(&MPI_Comm_size) comm_size = find<decltype(&MPI_Comm_size)>("MPI_Comm_size");
  decltype(&MPI_Comm_dup) comm_dup = find<decltype(&MPI_Comm_dup)>("MPI_Comm_dup");
  decltype(&MPI_Get_processor_name) host = find<decltype(&MPI_Get_processor_name)>("MPI_Get_processor_name");
  decltype(&MPI_Ialltoallv) ialltoallv = find<decltype(&MPI_Ialltoallv)>("MPI_Ialltoallv");
  decltype(&MPI_Iallgatherv) iallgatherv = find<decltype(&MPI_Iallgatherv)>("MPI_Iallgatherv");
  decltype(&MPI_Ibarrier) ibarrier = find<decltype(&MPI_Ibarrier)>("MPI_Ibarrier");
  decltype(&MPI_Test) test = find<decltype(&MPI_Test)>("MPI_Test");
  decltype(&MPI_Iprobe) iprobe = find<decltype(&MPI_Iprobe)>("MPI_Iprobe");
  decltype(&MPI_Recv) recv = find<decltype(&MPI_Recv)>("MPI_Recv");
  decltype(&MPI_Send) send = find<decltype(&MPI_Send)>("MPI_Send");
  // MPI_COMM_WORLD and MPI_INT32_T are the addresses of these.
  MPI_Comm world = find<MPI_Comm>("ompi_mpi_comm_world");
  MPI_Datatype word = find<MPI_Datatype>("ompi_mpi_int32_t");

 private:
  // For the whole program, because Open MPI's own parts, which it loads later, look for it.
  static void* open() {
    for (const char* name : {GLANCE_MPI_LIBRARY, "libmpi.so.40"})
      if (void* library = ::dlopen(name, RTLD_NOW | RTLD_GLOBAL)) return library;
    throw Error(
        formatted("Open MPI, which carries numbers between ranks, cannot be loaded: {} (on Debian: apt install "
                  "openmpi-bin)",
                  ::dlerror()));
  }
  template <class T>
  T find(const char* name) const {
    // In the whole program: one that links MPI too may hold the handles in memory of its own.
    void* found = ::dlsym(RTLD_DEFAULT, name);
    if (!found) throw Error(formatted("Open MPI: has no {}: another version is needed, such as 4.1", name));
    return reinterpret_cast<T>(found);
  }
};

constexpr int question = 1, answer = 2;  // tags of messages about who is still there

// Membership of the job, from MPI_Init to MPI_Finalize.
class Job {
 public:
  explicit Job(Seconds timeout) : timeout_(timeout) {
    int provided = 0;
    mpi_.init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    mpi_.comm_rank(mpi_.world, &rank_);
    mpi_.comm_size(mpi_.world, &count_);
    mpi_.comm_dup(mpi_.world, &questions_);
    gather_hosts();
  }
  ~Job() {
    if (std::uncaught_exceptions() > exceptions_) abort(1);
    try {
      MPI_Request request{};
      mpi_.ibarrier(mpi_.world, &request);
      wait(request);
      mpi_.finalize();
    } catch (const Error& error) {
      std::fprintf(stderr, "%s\n", error.what());
      abort(1);
    }
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  int rank() const { return rank_; }
  const std::vector<std::string>& hosts() const { return hosts_; }

  void exchange(std::span<const std::byte> out, std::span<const std::size_t> out_sizes, std::span<std::byte> in,
                std::span<const std::size_t> in_sizes) {
    const Layout sent(out_sizes), received(in_sizes);
    MPI_Request request{};
    mpi_.ialltoallv(out.data(), sent.counts.data(), sent.places.data(), mpi_.word, in.data(), received.counts.data(),
                    received.places.data(), mpi_.word, mpi_.world, &request);
    wait(request);
  }

  void gather(std::span<std::byte> all, std::span<const std::size_t> sizes) {
    const Layout parts(sizes);
    MPI_Request request{};
    mpi_.iallgatherv(MPI_IN_PLACE, 0, mpi_.word, all.data(), parts.counts.data(), parts.places.data(), mpi_.word,
                     mpi_.world, &request);
    wait(request);
  }

  void abort(int status) { mpi_.abort(mpi_.world, status); }

 private:
  // Sizes in bytes as MPI wants them: counts and places in words of 4 bytes, which must be ints.
  struct Layout {
    std::vector<int> counts, places;
    explicit Layout(std::span<const std::size_t> sizes) {
      std::size_t place = 0;
      for (const std::size_t size : sizes) {
        counts.push_back(static_cast<int>(size / 4));
        places.push_back(static_cast<int>(place / 4));
        place += size;
      }
      if (place / 4 > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Error(formatted(
            "ranks: {} bytes in one exchange, more than MPI can count: use more ranks, or fewer shards", place));
    }
  };

  void gather_hosts() {
    char name[MPI_MAX_PROCESSOR_NAME] = {};
    int length = 0;
    mpi_.host(name, &length);
    constexpr std::size_t most = 64;
    std::vector<char> names(most * static_cast<std::size_t>(count_));
    std::copy_n(name, std::min<std::size_t>(static_cast<std::size_t>(length), most - 1),
                names.begin() + static_cast<std::ptrdiff_t>(most) * rank_);
    gather(std::as_writable_bytes(std::span(names)), std::vector<std::size_t>(static_cast<std::size_t>(count_), most));
    for (std::size_t place = 0; place < names.size(); place += most) hosts_.emplace_back(names.data() + place);
  }

  // Waits until the exchange has ended. MPI moves bytes only while it is asked; who waits long leaves the processor to
  // others.
  void wait(MPI_Request& request) {
    constexpr Seconds impatient{0.05};
    const Seconds grace = std::min(Seconds(2), timeout_ / 2);  // in which the others may say that they are there
    bool all_were_there = false;
    for (auto begin = Clock::now(); !has_ended(request);) {
      const Seconds waited = Clock::now() - begin;
      if (waited < impatient) {
        std::this_thread::yield();
        continue;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
      answer_questions();
      if (waited < timeout_ - grace) continue;
      const std::vector<int> silent = who_is_silent(request, grace);
      if (has_ended(request)) return;
      if (silent.empty() && !all_were_there) {  // a slow network, or so it seems
        all_were_there = true;
        begin = Clock::now();
        continue;
      }
      give_up(request, silent);
    }
  }

  bool has_ended(MPI_Request& request) {
    int ended = 0;
    mpi_.test(&request, &ended, MPI_STATUS_IGNORE);
    return ended != 0;
  }

  // The sender of a message with this tag, which is taken; -1 when there is none.
  int take(int tag) {
    int there = 0;
    MPI_Status status{};
    mpi_.iprobe(MPI_ANY_SOURCE, tag, questions_, &there, &status);
    if (!there) return -1;
    std::int32_t nothing = 0;
    mpi_.recv(&nothing, 1, mpi_.word, status.MPI_SOURCE, tag, questions_, MPI_STATUS_IGNORE);
    return status.MPI_SOURCE;
  }
  void say(int tag, int to) {
    const std::int32_t nothing = 0;
    mpi_.send(&nothing, 1, mpi_.word, to, tag, questions_);
  }
  void answer_questions() {
    for (int from = take(question); from >= 0; from = take(question)) say(answer, from);
  }

  // Which ranks do not answer within `grace`; none when the exchange ends meanwhile. Who waits itself answers, so these
  // are those for whom all wait.
  std::vector<int> who_is_silent(MPI_Request& request, Seconds grace) {
    std::vector<bool> there(static_cast<std::size_t>(count_));
    there[static_cast<std::size_t>(rank_)] = true;
    for (int q = 0; q < count_; ++q)
      if (q != rank_) say(question, q);
    for (const auto begin = Clock::now(); Clock::now() - begin < grace;) {
      if (has_ended(request)) return {};
      answer_questions();
      for (int from = take(answer); from >= 0; from = take(answer)) there[static_cast<std::size_t>(from)] = true;
      if (std::find(there.begin(), there.end(), false) == there.end()) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    std::vector<int> silent;
    for (int q = 0; q < count_; ++q)
      if (!there[static_cast<std::size_t>(q)]) silent.push_back(q);
    return silent;
  }

  // Throws, unless the exchange ends after all. All that answer come to the same; the lowest of them says it and ends
  // the job, and the others only if it does not.
  void give_up(MPI_Request& request, const std::vector<int>& silent) {
    int speaker = 0;
    while (std::find(silent.begin(), silent.end(), speaker) != silent.end()) ++speaker;
    if (speaker != rank_)
      for (const auto begin = Clock::now(); Clock::now() - begin < std::max(timeout_, Seconds(10));) {
        if (has_ended(request)) return;
        answer_questions();
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    if (silent.empty())
      throw Error(
          formatted("all ranks answer, and an exchange has not ended in {:g} s: the network is slow or broken; "
                    "--rank-timeout sets the limit",
                    2 * timeout_.count()));
    std::vector<std::string> names;
    for (const int q : silent) names.push_back(formatted("rank {} on {}", q, hosts_[static_cast<std::size_t>(q)]));
    throw Error(formatted("{} {} not answered for {:g} s: stopped, hung, or slower than --rank-timeout allows",
                          joined(names), names.size() == 1 ? "has" : "have", timeout_.count()));
  }

  OpenMpi mpi_;
  Seconds timeout_;
  int rank_ = 0, count_ = 1, exceptions_ = std::uncaught_exceptions();
  MPI_Comm questions_{};
  std::vector<std::string> hosts_;
};

}  // namespace

Ranks join_job(std::chrono::duration<double> timeout) {
  if (launched_ranks() == 1) return {};
  const auto job = std::make_shared<Job>(timeout);
  return Ranks({.rank = job->rank(),
                .hosts = job->hosts(),
                .exchange = [job](auto... arguments) { job->exchange(arguments...); },
                .gather = [job](auto... arguments) { job->gather(arguments...); },
                .abort = [job](int status) { job->abort(status); }});
}

#else

Ranks join_job(std::chrono::duration<double>) {
  if (launched_ranks() > 1)
    throw Error(
        formatted("started as one of {} ranks, but this program was built without MPI: install libopenmpi-dev, "
                  "configure with -DGLANCE_MPI=ON and build again",
                  launched_ranks()));
  return {};
}

#endif

}  // namespace glance
