// Ranks that are threads of this process: whatever their number, the same bits; and what they say when they differ.
#include "glance/nn/ranks.h"

#include <array>
#include <barrier>
#include <cstdlib>
#include <exception>
#include <thread>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/products.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/nn/mpi.h"
#include "glance/nn/parallel.h"
#include "glance/nn/workers.h"
#include "glance/tensor/create.h"
#include "glance/tensor/elementwise.h"
#include "glance/tensor/random.h"
#include "tests/catch.h"

using namespace glance;

namespace {

// A job whose ranks are threads: what one sends lies in memory until all have taken theirs.
class ThreadJob {
 public:
  explicit ThreadJob(int count)
      : count_(count),
        all_(count),
        out_(static_cast<std::size_t>(count)),
        out_sizes_(static_cast<std::size_t>(count)) {}

  // Runs the task as every rank, and throws what the lowest of those that failed threw. All must fail together.
  void run(const std::function<void(const Ranks&)>& task) {
    std::vector<std::exception_ptr> problems(static_cast<std::size_t>(count_));
    {
      std::vector<std::jthread> threads;
      for (int rank = 0; rank < count_; ++rank)
        threads.emplace_back([&, rank] {
          try {
            task(Ranks(transport(rank)));
          } catch (...) {
            problems[static_cast<std::size_t>(rank)] = std::current_exception();
          }
        });
    }
    for (const auto& problem : problems)
      if (problem) std::rethrow_exception(problem);
  }

 private:
  Transport transport(int rank) {
    const auto here = static_cast<std::size_t>(rank);
    const auto begin = [](std::span<const std::size_t> sizes, std::size_t q) {
      std::size_t place = 0;
      for (std::size_t i = 0; i < q; ++i) place += sizes[i];
      return place;
    };
    Transport result{.rank = rank, .hosts = std::vector<std::string>(static_cast<std::size_t>(count_), "here")};
    result.exchange = [=, this](std::span<const std::byte> out, std::span<const std::size_t> out_sizes,
                                std::span<std::byte> in, std::span<const std::size_t> in_sizes) {
      out_[here] = out, out_sizes_[here] = out_sizes;
      all_.arrive_and_wait();
      for (std::size_t q = 0; q < out_.size(); ++q) {
        if (out_sizes_[q][here] != in_sizes[q]) std::abort();  // a rank that expects what another does not send
        const auto message = out_[q].subspan(begin(out_sizes_[q], here), in_sizes[q]);
        std::copy(message.begin(), message.end(), in.begin() + static_cast<std::ptrdiff_t>(begin(in_sizes, q)));
      }
      all_.arrive_and_wait();
    };
    result.gather = [=, this](std::span<std::byte> all, std::span<const std::size_t> sizes) {
      out_[here] = all;
      all_.arrive_and_wait();
      for (std::size_t q = 0; q < out_.size(); ++q) {
        if (sizes[q] % 4 != 0) std::abort();
        const auto part = out_[q].subspan(begin(sizes, q), sizes[q]);
        if (q != here) std::copy(part.begin(), part.end(), all.begin() + static_cast<std::ptrdiff_t>(begin(sizes, q)));
      }
      all_.arrive_and_wait();
    };
    return result;
  }

  int count_;
  std::barrier<> all_;
  std::vector<std::span<const std::byte>> out_;
  std::vector<std::span<const std::size_t>> out_sizes_;
};

// Parameters of odd sizes, a single number and more ranks than elements among them, and a gradient that is one number
// seen through strides.
struct Problem {
  std::vector<Variable> parameters;
  Tensor x;

  Problem(Generator& g, DType dtype) : x(normal({12, 7}, g, 0, 1, dtype)) {
    for (const Shape& shape : {Shape{7, 5}, Shape{5}, Shape{}, Shape{3, 3}})
      parameters.push_back(parameter(normal(shape, g, 0, 1, dtype)));
  }

  Variable loss(int shard, int shards) const {
    const Variable rows = slice(x, 0, 12 * shard / shards, 12 * (shard + 1) / shards);
    return sum(square(matmul(rows, parameters[0]) + parameters[1]) * parameters[2]) / 60 + sum(parameters[3]);
  }
};

LossAndGradients gradients(const Problem& problem, int shards, int threads, const Ranks* ranks) {
  Workers workers(threads);
  return sharded_gradients(
      shards, problem.parameters, workers, [&](int shard) { return problem.loss(shard, shards); }, ranks);
}

// Whether all ranks come to the bits of one alone.
bool same_on(int ranks, int shards, DType dtype) {
  Generator g(3);
  const Problem problem(g, dtype);
  const auto alone = gradients(problem, shards, 1, nullptr);
  std::vector<char> equal(static_cast<std::size_t>(ranks));
  ThreadJob(ranks).run([&](const Ranks& job) {
    const auto together = gradients(problem, shards, 1 + job.rank() % 2, &job);
    bool same_here = together.loss == alone.loss;
    for (std::size_t i = 0; i < alone.gradients.size(); ++i)
      same_here = same_here && same(together.gradients[i].value(), alone.gradients[i].value());
    equal[static_cast<std::size_t>(job.rank())] = same_here;
  });
  return std::find(equal.begin(), equal.end(), 0) == equal.end();
}

// What a job of so many ranks throws.
std::string error_of(int ranks, const std::function<void(const Ranks&)>& task) {
  try {
    ThreadJob(ranks).run(task);
  } catch (const JobError& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("the bits depend on the shards, never on the ranks") {
  for (const int shards : {1, 2, 3, 4, 7})
    for (const int ranks : {1, 2, 3, 4, 5}) {
      CAPTURE(shards, ranks);
      CHECK(same_on(ranks, shards, f32));
      CHECK(same_on(ranks, shards, f64));
    }
}

TEST_CASE("the bits of more elements than are added at once are the same, too") {
  Generator g(4);
  const std::vector<Variable> wanted = {parameter(normal({50001}, g))};
  const Tensor x = normal({3, 50001}, g);
  const auto shard_loss = [&](int shard) { return sum(wanted[0] * square(Variable(slice(x, 0, shard, shard + 1)))); };
  Workers one(1);
  const auto alone = sharded_gradients(3, wanted, one, shard_loss);
  std::array<Tensor, 2> found;
  ThreadJob(2).run([&](const Ranks& job) {
    Workers workers(2);
    found[static_cast<std::size_t>(job.rank())] =
        sharded_gradients(3, wanted, workers, shard_loss, &job).gradients[0].value();
  });
  for (const Tensor& gradient : found) CHECK(same(gradient, alone.gradients[0].value()));
}

TEST_CASE("parts of ranks cover everything once") {
  ThreadJob(3).run([](const Ranks& job) {
    if (job.begin_of(0, 10) != 0 || job.begin_of(1, 10) != 3 || job.begin_of(2, 10) != 6 || job.begin_of(3, 10) != 10)
      std::abort();
  });
  const Ranks alone;
  CHECK(alone.count() == 1);
  CHECK(alone.count_here() == 1);
  CHECK(alone.is_first());
  CHECK(alone.begin_of(1, 10) == 10);
  CHECK(alone.has(7));
}

TEST_CASE("texts and lists come to all ranks in order") {
  std::array<std::vector<std::string>, 3> texts;
  std::array<std::vector<double>, 3> lists;
  std::array<std::array<bool, 2>, 3> answers;
  ThreadJob(3).run([&](const Ranks& job) {
    const auto here = static_cast<std::size_t>(job.rank());
    texts[here] = job.gather(std::string(here * 3, 'x'));
    lists[here].resize(7);
    for (std::size_t i = 0; i < 7; ++i)
      if (job.has(i)) lists[here][i] = static_cast<double>(i) + 0.5;
    job.share(std::span(lists[here]));
    answers[here] = {job.any(here == 2), job.any(false)};
  });
  for (std::size_t rank = 0; rank < 3; ++rank) {
    CHECK(texts[rank] == std::vector<std::string>{"", "xxx", "xxxxxx"});
    CHECK(lists[rank] == std::vector<double>{0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5});
    CHECK(answers[rank][0]);
    CHECK_FALSE(answers[rank][1]);
  }
}

TEST_CASE("what fails on one rank fails on all, with its name") {
  const auto failing_on = [](std::vector<int> ranks) {
    return error_of(3, [&](const Ranks& job) {
      job.together([&] {
        if (std::find(ranks.begin(), ranks.end(), job.rank()) != ranks.end()) throw Error("pairs.tsv: is not there");
      });
    });
  };
  CHECK(failing_on({}) == "none");
  CHECK(failing_on({1, 2}) == "rank 1 on here: pairs.tsv: is not there");
  CHECK(failing_on({0, 1, 2}) == "pairs.tsv: is not there");
  CHECK_THROWS_WITH(Ranks().together([] { throw Error("alone"); }), "alone");
}

TEST_CASE("a rank that differs is named with what differs") {
  const auto compare = [](const std::string& of_last) {
    return error_of(3, [&](const Ranks& job) {
      job.compare(std::vector<std::pair<std::string, std::string>>{{"program", "glance"},
                                                                   {"pairs", job.rank() == 2 ? of_last : "0c22"}});
    });
  };
  CHECK(compare("0c22") == "none");
  CHECK(compare("77b1") ==
        "rank 2 on here differs from rank 0: its pairs is 77b1, and that of rank 0 0c22: give all ranks the same "
        "program, options and files, on machines of one kind");
}

TEST_CASE("ranks that cannot be are errors") {
  CHECK_THROWS_WITH(Ranks(Transport{.rank = 3, .hosts = {"a", "b"}}), "Ranks: rank 3 of 2: ranks are numbered from 0");
  CHECK_THROWS_AS(Ranks(Transport{}), Error);
  const std::vector<Variable> mixed = {parameter(ones({2})), parameter(ones({2}, f64))};
  const auto of_two = [&](const std::vector<Variable>& wanted) {
    ThreadJob(2).run([&](const Ranks& job) {
      Workers workers(1);
      sharded_gradients(
          2, wanted, workers, [&](int) { return sum(wanted[0]); }, &job);
    });
  };
  CHECK_THROWS_AS(of_two(mixed), Error);
}

TEST_CASE("a process that was started by itself is alone") {
  CHECK(launched_ranks() == 1);
  CHECK(join_job(std::chrono::seconds(1)).count() == 1);
  ::setenv("OMPI_COMM_WORLD_SIZE", "4", 1);
  CHECK(launched_ranks() == 4);
  ::unsetenv("OMPI_COMM_WORLD_SIZE");
}
