// The exchange by ranges: every rank owns a range of the elements, gets that range of every shard, adds in the order of
// the shards, and hands its sums round. The transport moves bytes and never adds, so neither the number of ranks nor
// what it does inside can change a bit.
#include "glance/nn/ranks.h"

#include <algorithm>
#include <exception>
#include <numeric>

#include "glance/nn/workers.h"
#include "glance/tensor/dtype.h"
#include "glance/tensor/formatted.h"
#include "glance/tensor/view.h"

namespace glance {

namespace {

// What the transport carries: multiples of 4 bytes.
std::size_t padded(std::size_t bytes) { return (bytes + 3) / 4 * 4; }

std::size_t total(std::span<const std::size_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
}

// Where shards and elements lie: shard s of `shards` belongs to a rank, element i of `elements` too.
struct Ranges {
  const Ranks& ranks;
  Index shards, elements;

  Index shards_of(int q) const { return ranks.begin_of(q + 1, shards) - ranks.begin_of(q, shards); }
  Index begin(int q) const { return ranks.begin_of(q, elements); }
  Index width(int q) const { return begin(q + 1) - begin(q); }
  // What rank `from` sends to rank `to`: its shards' pieces of that rank's range, one after the other, then their
  // losses.
  std::size_t message(int from, int to, std::size_t element_size) const {
    return static_cast<std::size_t>(shards_of(from)) *
           (static_cast<std::size_t>(width(to)) * element_size + sizeof(double));
  }
};

// Copies elements from … to of a flat gradient, whose tensors come one after the other.
template <class T>
void copy_range(std::span<const Tensor> gradient, Index from, Index to, T* out) {
  Index first = 0;  // of the tensor
  for (const Tensor& tensor : gradient) {
    const Index begin = std::max(from, first), end = std::min(to, first + tensor.numel());
    if (begin < end) out = std::copy(tensor.read<T>() + (begin - first), tensor.read<T>() + (end - first), out);
    first += tensor.numel();
  }
}

// Uninitialised memory of so many bytes, as numbers that nobody reads as such.
template <class T>
Tensor room(std::size_t bytes) {
  return Tensor({static_cast<Index>(bytes / sizeof(T))}, dtype_of<T>);
}
template <class T>
std::span<std::byte> bytes_of(const Tensor& numbers) {
  return std::as_writable_bytes(std::span(numbers.write<T>(), static_cast<std::size_t>(numbers.numel())));
}

// Writes one after the other what goes to each rank.
template <class T>
void pack(const Ranges& ranges, std::span<const std::vector<Tensor>> own, std::span<const double> losses,
          std::span<const std::size_t> sizes, std::span<std::byte> out, Workers& workers) {
  share_out(&workers, ranges.elements, static_cast<int>(own.size()), [&](int shard) {
    const auto s = static_cast<std::size_t>(shard);
    std::vector<Tensor> gradient;
    for (const Tensor& tensor : own[s]) gradient.push_back(contiguous(tensor));
    std::byte* message = out.data();
    for (int q = 0; q < ranges.ranks.count(); ++q) {
      const auto width = static_cast<std::size_t>(ranges.width(q));
      copy_range(gradient, ranges.begin(q), ranges.begin(q + 1), reinterpret_cast<T*>(message + s * width * sizeof(T)));
      std::memcpy(message + own.size() * width * sizeof(T) + s * sizeof(double), &losses[s], sizeof(double));
      message += sizes[static_cast<std::size_t>(q)];
    }
  });
}

// Adds up this rank's range of all shards, a few elements at a time so that the sums stay near the processor.
template <class T>
void add_shards(std::span<const T* const> pieces, Index width, T* sum, Workers& workers) {
  constexpr Index at_once = 8192;
  share_out(&workers, width, static_cast<int>((width + at_once - 1) / at_once), [&](int part) {
    const Index from = part * at_once, to = std::min(width, from + at_once);
    std::copy(pieces[0] + from, pieces[0] + to, sum + from);
    for (std::size_t shard = 1; shard < pieces.size(); ++shard)
      for (Index i = from; i < to; ++i) sum[i] += pieces[shard][i];
  });
}

// The sums of all elements, and the losses by shard.
struct FlatSum {
  Tensor elements;
  std::vector<double> losses;
};

template <class T>
FlatSum summed(const Ranges& ranges, const Transport& transport, std::span<const std::vector<Tensor>> own,
               std::span<const double> own_losses, Workers& workers) {
  const int count = ranges.ranks.count(), rank = ranges.ranks.rank();
  std::vector<std::size_t> out_sizes, in_sizes, sum_sizes;
  for (int q = 0; q < count; ++q) {
    out_sizes.push_back(ranges.message(rank, q, sizeof(T)));
    in_sizes.push_back(ranges.message(q, rank, sizeof(T)));
    sum_sizes.push_back(static_cast<std::size_t>(ranges.width(q)) * sizeof(T));
  }
  const Tensor sent = room<T>(total(out_sizes)), received = room<T>(total(in_sizes));
  pack<T>(ranges, own, own_losses, out_sizes, bytes_of<T>(sent), workers);
  transport.exchange(bytes_of<T>(sent), out_sizes, bytes_of<T>(received), in_sizes);

  FlatSum result{Tensor({ranges.elements}, dtype_of<T>), {}};
  const Index width = ranges.width(rank);
  std::vector<const T*> pieces;  // this rank's range of each shard
  const std::byte* message = bytes_of<T>(received).data();
  for (int q = 0; q < count; ++q) {
    for (Index shard = 0; shard < ranges.shards_of(q); ++shard)
      pieces.push_back(reinterpret_cast<const T*>(message) + shard * width);
    const std::byte* losses = message + static_cast<std::size_t>(ranges.shards_of(q) * width) * sizeof(T);
    result.losses.resize(pieces.size());
    if (ranges.shards_of(q) > 0)  // memcpy may be given no null pointer, of nothing either
      std::memcpy(result.losses.data() + ranges.ranks.begin_of(q, ranges.shards), losses,
                  static_cast<std::size_t>(ranges.shards_of(q)) * sizeof(double));
    message += in_sizes[static_cast<std::size_t>(q)];
  }
  add_shards<T>(pieces, width, result.elements.write<T>() + ranges.begin(rank), workers);
  transport.gather(bytes_of<T>(result.elements), sum_sizes);
  return result;
}

}  // namespace

Ranks::Ranks(Transport transport) : transport_(std::move(transport)) {
  if (transport_.hosts.empty() || rank() < 0 || rank() >= count())
    throw Error(formatted("Ranks: rank {} of {}: ranks are numbered from 0", rank(), count()));
}

std::string Ranks::name(int rank) const {
  return formatted("rank {} on {}", rank, transport_.hosts.at(static_cast<std::size_t>(rank)));
}

int Ranks::count_here() const {
  const std::string& here = transport_.hosts[static_cast<std::size_t>(rank())];
  return static_cast<int>(std::count(transport_.hosts.begin(), transport_.hosts.end(), here));
}

std::vector<std::string> Ranks::gather(const std::string& own) const {
  if (count() == 1) return {own};
  const auto ranks = static_cast<std::size_t>(count()), here = static_cast<std::size_t>(rank());
  std::vector<std::size_t> lengths(ranks), sizes(ranks, sizeof(std::size_t));
  lengths[here] = own.size();
  transport_.gather(std::as_writable_bytes(std::span(lengths)), sizes);
  for (std::size_t q = 0; q < ranks; ++q) sizes[q] = padded(lengths[q]);
  std::vector<std::byte> bytes(total(sizes));
  const auto before = [&](std::size_t q) { return bytes.data() + total(std::span(sizes).first(q)); };
  std::transform(own.begin(), own.end(), before(here), [](char c) { return static_cast<std::byte>(c); });
  transport_.gather(bytes, sizes);
  std::vector<std::string> texts;
  for (std::size_t q = 0; q < ranks; ++q) texts.emplace_back(reinterpret_cast<const char*>(before(q)), lengths[q]);
  return texts;
}

bool Ranks::any(bool own) const {
  if (count() == 1) return own;
  std::vector<std::int32_t> all(transport_.hosts.size());
  all[static_cast<std::size_t>(rank())] = own;
  const std::vector<std::size_t> sizes(all.size(), sizeof(std::int32_t));
  transport_.gather(std::as_writable_bytes(std::span(all)), sizes);
  return std::find(all.begin(), all.end(), 1) != all.end();
}

void Ranks::together(const std::function<void()>& task) const {
  if (count() == 1) return task();
  std::string problem;
  try {
    task();
  } catch (const JobError&) {
    throw;
  } catch (const std::exception& error) {
    problem = formatted("!{}", error.what());  // also where there are no words for it
  }
  const std::vector<std::string> problems = gather(problem);
  for (int q = 0; q < count(); ++q)
    if (const std::string& text = problems[static_cast<std::size_t>(q)]; !text.empty())
      throw JobError(q == 0 ? text.substr(1) : formatted("{}: {}", name(q), text.substr(1)));
}

void Ranks::compare(std::span<const std::pair<std::string, std::string>> values) const {
  for (const auto& [what, value] : values) {
    const std::vector<std::string> all = gather(value);
    for (int q = 1; q < count(); ++q)
      if (const std::string& other = all[static_cast<std::size_t>(q)]; other != all[0])
        throw JobError(
            formatted("{} differs from rank 0: its {} is {}, and that of rank 0 {}: give all ranks the same program, "
                      "options and files, on machines of one kind",
                      name(q), what, other, all[0]));
  }
}

Ranks::Sum Ranks::sum_in_order(std::span<const std::vector<Tensor>> own, std::span<const double> own_losses, int shards,
                               std::span<const Shape> shapes, DType dtype, Workers& workers) const {
  for (const auto& gradients : own)
    for (const Tensor& gradient : gradients)
      if (gradient.dtype() != dtype)
        throw Error(formatted("ranks: gradients of {} and {}: those of a job have one dtype", glance::name(dtype),
                              glance::name(gradient.dtype())));
  Index elements = 0;
  for (const Shape& shape : shapes) elements += shape.numel();
  const Ranges ranges{*this, shards, elements};
  FlatSum flat = dispatch_floating("ranks", dtype,
                                   [&]<class T>() { return summed<T>(ranges, transport_, own, own_losses, workers); });
  Sum result{{}, std::move(flat.losses)};
  Index first = 0;
  for (const Shape& shape : shapes) {
    result.gradients.push_back(reshape(slice(flat.elements, 0, first, first + shape.numel()), shape));
    first += shape.numel();
  }
  return result;
}

void Ranks::abort(int status) const {
  if (transport_.abort) transport_.abort(status);
}

}  // namespace glance
