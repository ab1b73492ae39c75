#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "glance/tensor/error.h"
#include "glance/tensor/tensor.h"

// Training by several processes at once, its ranks, on one machine or on many: which part of the work each has, and how
// the parts come together, with the same bits for any number of ranks.
namespace glance {

class Workers;

// An Error that every rank of a job throws at the same place, so that one of them may say it for all.
class JobError : public Error {
 public:
  using Error::Error;
};

// What carries bytes between the ranks of a job; nn/mpi.h has one. Every rank makes the same calls in the same order.
// What goes to rank q, or comes from it, lies behind what goes to or comes from rank q - 1; sizes are in bytes and
// multiples of 4. Each function throws Error when it cannot be done.
struct Transport {
  int rank = 0;                         // of this process
  std::vector<std::string> hosts = {};  // the machine of each rank: there are as many ranks as names
  // Sends each rank its part of `out`, and gets a part of `in` from each.
  std::function<void(std::span<const std::byte> out, std::span<const std::size_t> out_sizes, std::span<std::byte> in,
                     std::span<const std::size_t> in_sizes)>
      exchange = {};
  // Gets every other rank's part of `all`, in which this rank's own part stands already.
  std::function<void(std::span<std::byte> all, std::span<const std::size_t> sizes)> gather = {};
  // Ends the processes of all ranks.
  std::function<void(int status)> abort = {};
};

// The ranks of a job, seen from one of them. A copy is the same job.
class Ranks {
 public:
  // This process alone: rank 0 of 1. Nothing is exchanged.
  Ranks() = default;
  // One rank of several. Error for a transport without machines, or a rank that is none of theirs.
  explicit Ranks(Transport transport);

  // The number of this rank, from 0.
  int rank() const { return transport_.rank; }
  // How many ranks there are.
  int count() const { return static_cast<int>(transport_.hosts.size()); }
  // Whether this rank is the one that prints and saves.
  bool is_first() const { return rank() == 0; }
  // How many ranks run on this one's machine.
  int count_here() const;
  // A rank as messages name it: "rank 2 on node7".
  std::string name(int rank) const;

  // Where rank q's part of `all` things in a row begins; it ends where that of q + 1 does.
  Index begin_of(int q, Index all) const { return all * q / count(); }

  // Whether thing number i of a list falls to this rank, of things that are dealt out in turn.
  bool has(std::size_t i) const { return i % transport_.hosts.size() == static_cast<std::size_t>(rank()); }
  // Fills in what the other ranks have computed: of a list that is as long on all, each rank has made those that it
  // has().
  template <class T>
  void share(std::span<T> list) const;

  // The texts of all ranks, in their order.
  std::vector<std::string> gather(const std::string& own) const;
  // Whether it is true on any rank.
  bool any(bool own) const;

  // Runs the task here, while every other rank runs its own. When it fails anywhere, all ranks throw the same JobError:
  // that of the first rank, or else of the lowest that failed, with its name.
  void together(const std::function<void()>& task) const;

  // JobError, which names a rank and what differs there, unless these values, given with what they are, are the same on
  // all ranks as on the first.
  void compare(std::span<const std::pair<std::string, std::string>> values) const;

  // The gradients of a batch, as all its shards together give them, and the loss of each shard.
  struct Sum {
    std::vector<Tensor> gradients;
    std::vector<double> losses;
  };

  // Adds up the gradients of a batch over its shards, in the order of the shards: every rank gets the same. Rank q has
  // computed shards begin_of(q, shards) to begin_of(q + 1, shards): `own` are their gradients, each shaped as `shapes`
  // say, and own_losses their losses. No rank adds up more than its range of the elements, so the time for it falls
  // with the number of ranks. Error for gradients of several dtypes, or that are not f32 or f64.
  Sum sum_in_order(std::span<const std::vector<Tensor>> own, std::span<const double> own_losses, int shards,
                   std::span<const Shape> shapes, DType dtype, Workers& workers) const;

  // Ends the processes of all ranks, with this exit status; of one alone, nothing. For a rank that cannot go on and has
  // said why: the others would wait for it.
  void abort(int status) const;

 private:
  Transport transport_{.hosts = {""}};
};

template <class T>
void Ranks::share(std::span<T> list) const {
  static_assert(std::is_trivially_copyable_v<T>, "share: elements that are plain bytes can be handed round");
  if (count() == 1) return;
  std::string own;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (has(i)) own.append(reinterpret_cast<const char*>(&list[i]), sizeof(T));
  const std::vector<std::string> all = gather(own);
  for (std::size_t i = 0; i < list.size(); ++i)
    std::memcpy(&list[i], all[i % all.size()].data() + i / all.size() * sizeof(T), sizeof(T));
}

}  // namespace glance
