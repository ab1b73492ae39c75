#pragma once

#include <functional>
#include <limits>
#include <vector>

#include "glance/tensor/random.h"
#include "tests/fuzz/operations.h"

// The builder of random programs.
namespace glance::fuzz {

// Where an operation is defined and smooth: no closer than `margin` to a kink, and not beyond low and high.
struct Domain {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::vector<double> kinks = {};
  double margin = 0.02;
  bool distinct = false;  // no two elements closer than the margin

  bool holds(const Tensor& x) const;
};

// Builds a program step by step; what the operations of the table draw their arguments from.
class Builder {
 public:
  explicit Builder(std::uint64_t seed);

  Index below(Index n) { return static_cast<Index>(generator_.below(static_cast<std::uint64_t>(n))); }
  Index between(Index low, Index high) { return low + below(high - low + 1); }  // both included
  bool chance(double probability) { return generator_.uniform01<double>() < probability; }
  double number(double low, double high);  // a multiple of 1/8, exact in f32 too

  Shape shape(int min_rank, int max_rank);
  Shape shape_that_stretches_to(const Shape& shape);
  int dim_of(const Shape& shape) { return static_cast<int>(below(shape.rank())); }
  std::vector<Index> some_axes(const Shape& shape);  // in any order, counted from either end; none stands for all
  Tensor mask(const Shape& shape, double probability = 0.6);
  Tensor indices(const Shape& shape, Index bound);

  const Tensor& value(int id) const { return values_.at(id); }
  const Shape& shape_of(int id) const { return value(id).shape(); }

  // A value that is there already, the newest likeliest; no_argument when none fits.
  int existing(const std::function<bool(const Tensor&)>& fits);
  int input(const Shape& shape, const Domain& domain = {}, bool batched = false);
  // One that is there already or a new input.
  int any(int min_rank = 0, const Domain& domain = {}, int max_rank = max_rank_drawn);
  int of_shape(const Shape& shape, const Domain& domain = {});
  int of_shape_or_none(const Shape& shape) { return chance(0.3) ? no_argument : of_shape(shape); }

  // In programs over sequences: a value [batch, time, features], or of just so many features.
  int sequences(const Domain& domain = {}, Index features = 0);
  Tensor lengths() const;
  Tensor visible() const;  // [batch, 1, time]
  Index batch() const { return static_cast<Index>(program_.lengths->size()); }
  Index time() const { return time_; }

  Program general_program();
  Program sequence_program();

  static constexpr int max_rank_drawn = 4;

 private:
  bool add_step(const Operation& operation, const Draw& draw);
  Values try_out(const Step& step) const;

  Generator generator_;
  Program program_;
  std::map<int, Tensor> values_;
  std::vector<int> batched_;  // the values [batch, time, features]
  int next_id_ = 0;
  Index time_ = 0;
};

// The program of a seed, always the same. `sequences` says of which kind; without, the seed decides.
Program random_program(std::uint64_t seed);

}  // namespace glance::fuzz
