// The beginning and the end of a job, and what its ranks must have in common.
#include "examples/common/job.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <thread>

#include "examples/common/normalise.h"
#include "examples/common/terminal.h"
#include "glance/nn/mpi.h"
#include "glance/nn/processors.h"
#include "glance/tensor/blas.h"
#include "glance/tensor/files/file.h"

namespace glance {

namespace {

// FNV-1a over words of 8 bytes.
std::uint64_t hash_of(std::span<const std::byte> bytes, std::uint64_t hash) {
  constexpr std::uint64_t prime = 1099511628211u;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min<std::size_t>(8, bytes.size()))) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), std::min<std::size_t>(8, bytes.size()));
    hash = (hash ^ word) * prime;
    hash ^= hash >> 29;
  }
  return hash;
}

constexpr std::uint64_t no_bytes = 14695981039346656037u;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(fmt::format("{}: cannot be read", path));
  return {std::istreambuf_iterator<char>(file), {}};
}

// The bits of a result are promised for one program only.
std::string hash_of_program() {
  std::error_code error;
  const std::string self = "/proc/self/exe";
  if (!std::filesystem::exists(self, error)) return "not known on this system";
  const std::string program = read_file(self);
  return fmt::format("{:016x}", hash_of(std::as_bytes(std::span(program)), no_bytes));
}

std::string describe_kernels() {
  const BlasKernels blas = blas_kernels();
  return blas.library + " with the kernels " + blas.kernels;
}

// An error, as every program says it.
void say(const char* program, const std::string& problem) {
  std::fflush(stdout);
  std::fprintf(stderr, "%s: %s\n", program, one_line(problem).c_str());
}

}  // namespace

int run_in_job(const char* program, int timeout_seconds, const std::function<int(const Ranks&)>& work) {
  const Ranks ranks = join_job(std::chrono::seconds(timeout_seconds));
  if (ranks.count() == 1) return work(ranks);
  if (!ranks.is_first()) drop_output();
  int status = 1;
  // All is said before this rank leaves the job: when one that has left ends with an error, mpirun ends the others.
  try {
    status = work(ranks);
    flush_output();
  } catch (const JobError& error) {
    if (ranks.is_first()) say(program, error.what());
  } catch (const std::exception& error) {
    say(program, ranks.name(ranks.rank()) + ": " + error.what());
    ranks.abort(1);
  }
  return status;
}

int threads_for(int asked, int shards, const Ranks& ranks) {
  if (asked > 0) return asked;
  const int processors = static_cast<int>(std::thread::hardware_concurrency());
  const int own_shards = (shards + ranks.count() - 1) / ranks.count();
  return std::min({usable_processors(), std::max(processors / ranks.count_here(), 1), std::max(own_shards, 1)});
}

std::string describe_threads(int threads, const Ranks& ranks) {
  const std::string text = fmt::format("{} thread{}", threads, threads == 1 ? "" : "s");
  return ranks.count() == 1 ? text : fmt::format("{} ranks of {}", ranks.count(), text);
}

void StartValues::add(const nlohmann::json& options) {
  for (const auto& [name, value] : options.items()) values_.emplace_back("option " + name, value.dump());
}

void StartValues::add(const std::string& what, const std::map<std::string, Tensor>& tensors) {
  std::uint64_t hash = no_bytes;
  for (const auto& [name, tensor] : tensors) {
    const Tensor dense = contiguous(tensor);
    hash = hash_of(std::as_bytes(std::span(name)), hash);
    dispatch(dense.dtype(), [&]<class T>() { hash = hash_of(std::as_bytes(dense.values<T>()), hash); });
  }
  values_.emplace_back(what, fmt::format("{:016x}", hash));
}

void check_alike(const Ranks& ranks, int shards, const StartValues& start) {
  if (ranks.count() == 1) return;
  StartValues all;
  ranks.together([&] { all.add("program", hash_of_program()); });
  all.add("products", describe_kernels());
  for (const auto& [what, value] : start.values()) all.add(what, value);
  ranks.compare(all.values());
  if (ranks.count() > shards)
    throw JobError(fmt::format(
        "{} ranks for {} shard{}: a rank takes one at least, so {} would have nothing to do: start {} rank{}, "
        "or a new training with --shards {} (and other bits)",
        ranks.count(), shards, shards == 1 ? "" : "s", ranks.count() - shards, shards, shards == 1 ? "" : "s",
        ranks.count()));
}

HandedFile::HandedFile(const Ranks& ranks, const std::string& path) : path_(path) {
  if (ranks.count() == 1 || path.empty()) return;
  std::string bytes;
  ranks.together([&] {
    if (ranks.is_first()) bytes = read_file(path);
  });
  bytes = std::move(ranks.gather(bytes).front());
  ranks.together([&] {
    if (ranks.is_first()) return;
    path_ = (std::filesystem::temp_directory_path() / "glance-XXXXXX").string();
    const int descriptor = ::mkstemp(path_.data());
    if (descriptor < 0) throw Error(fmt::format("{}: cannot be made: {}", path_, std::strerror(errno)));
    ::close(descriptor);
    is_copy_ = true;
    write_file(path_, bytes);
  });
}

HandedFile::~HandedFile() {
  if (is_copy_) ::unlink(path_.c_str());
}

}  // namespace glance
