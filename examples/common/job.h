#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

#include "glance/nn/ranks.h"
#include "glance/tensor/tensor.h"

// Programs that train as one of several ranks, which mpirun has started.
namespace glance {

// How long a rank may be silent, in seconds, unless a person says otherwise: an exchange waits for the slowest.
inline constexpr int usual_rank_timeout = 300;

// Runs the work of a program as a rank of the job that it was started in, or alone, and gives its exit status. Only
// what the first rank prints on standard output is seen. With several ranks, a JobError is one line of the first and
// the status 1 of all; any other exception ends the job, after a line that names the rank. Alone, what `work` throws is
// thrown here.
int run_in_job(const char* program, int timeout_seconds, const std::function<int(const Ranks&)>& work);

// Threads of one rank: as many as were asked for; or, where that is 0, one for each of its shards, and no more than its
// share of the machine's processors.
int threads_for(int asked, int shards, const Ranks& ranks);

// "2 threads", "4 ranks of 1 thread".
std::string describe_threads(int threads, const Ranks& ranks);

// What must be the same on all ranks, each with what it is: filled in by the program, compared by check_alike.
class StartValues {
 public:
  // Each field of an object by its name.
  void add(const nlohmann::json& options);
  void add(const std::string& what, const std::string& value) { values_.emplace_back(what, value); }
  // By a hash of their bytes.
  void add(const std::string& what, const std::map<std::string, Tensor>& tensors);

  const std::vector<std::pair<std::string, std::string>>& values() const { return values_; }

 private:
  std::vector<std::pair<std::string, std::string>> values_;
};

// JobError, before anything is trained, when there are more ranks than shards, when ranks run different programs or
// multiply by different kernels, or when one of the values differs.
void check_alike(const Ranks& ranks, int shards, const StartValues& start);

// A file that the first rank has, seen by all: the others, which may be on machines without it, get a copy, which goes
// with this object.
class HandedFile {
 public:
  // An empty path is no file. JobError when the first rank cannot read it.
  HandedFile(const Ranks& ranks, const std::string& path);
  ~HandedFile();
  HandedFile(const HandedFile&) = delete;
  HandedFile& operator=(const HandedFile&) = delete;

  // Where it is to be read.
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool is_copy_ = false;
};

}  // namespace glance
