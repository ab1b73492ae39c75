// Inputs of every kind from one line of the table: other sizes, layouts and shares of memory.
#include "tests/proof/variants.h"

#include <span>
#include <string_view>

#include "glance/autograd/arithmetic.h"
#include "glance/autograd/reductions.h"
#include "glance/autograd/views.h"
#include "glance/tensor/create.h"
#include "glance/tensor/view.h"

namespace glance::proof {

namespace {

using Variables = std::vector<Variable>;
using In = std::span<const Variable>;

// The same elements with other strides; x itself where a layout cannot differ.
using Layout = Tensor (*)(const Tensor&);

Tensor transposed(const Tensor& x) { return x.rank() < 2 ? x : transpose(contiguous(transpose(x))); }

// Every other entry along `dim` of a tensor twice as large.
Tensor every_other(const Tensor& x, int dim) {
  Shape larger = x.shape();
  larger[resolve_dim("every_other", dim, larger)] *= 2;
  const Tensor window = slice(full(larger, 1e3, x.dtype()), dim, 0, larger[resolve_dim("every_other", dim, larger)], 2);
  assign(window, x);
  return window;
}
Tensor rows_apart(const Tensor& x) { return x.rank() < 2 ? x : every_other(x, 0); }
Tensor elements_apart(const Tensor& x) { return x.rank() < 1 ? x : every_other(x, -1); }

Variant of_sizes(const Case& c, std::string name, const Sizes& sizes) {
  return {std::move(name), c.function, inputs_of(c, sizes)};
}

}  // namespace

std::vector<Variant> plain(const Case& c) {
  Sizes sizes = small_sizes(c);
  std::vector<Variant> list = {of_sizes(c, "plain", sizes)};
  if (!has_lead(c.inputs[0])) return list;
  for (const Shape& lead : {Shape{}, Shape{2, 1, 2}}) {
    sizes.lead = lead;
    list.push_back(of_sizes(c, "plain, leading " + to_string(lead), sizes));
  }
  return list;
}

std::vector<Variant> broadcast(const Case& c) {
  std::vector<std::size_t> leading;
  for (std::size_t i = 0; i < c.inputs.size(); ++i)
    if (has_lead(c.inputs[i])) leading.push_back(i);
  if (leading.size() < 2) return {};

  Sizes sizes = small_sizes(c);
  const Shape full = sizes.lead;
  std::vector<Shape> stretched = {Shape{}};
  for (int dim = 0; dim < full.rank(); ++dim) {
    stretched.push_back(full);
    stretched.back()[dim] = 1;
  }
  if (full.rank() > 1) stretched.push_back(Shape{full[1]});
  if (full.rank() > 1) stretched.push_back(Shape{1});

  std::vector<Variant> list;
  for (const std::size_t i : leading) {
    for (const Shape& lead : stretched) {
      Variant variant = of_sizes(c, "broadcast, input " + std::to_string(i) + " from " + to_string(lead), sizes);
      Sizes its = sizes;
      its.lead = lead;
      variant.inputs[i] = inputs_of(c, its)[i];
      list.push_back(std::move(variant));
    }
  }
  // Two inputs, each stretched along a dimension of the other's.
  Variant both = of_sizes(c, "broadcast, both", sizes);
  for (const bool second : {false, true}) {
    Sizes its = sizes;
    its.lead = second ? Shape{1, 3} : Shape{2, 1};
    both.inputs[leading[second]] = inputs_of(c, its)[leading[second]];
  }
  for (std::size_t i = 2; i < leading.size(); ++i) {
    Sizes its = sizes;
    its.lead = {};
    both.inputs[leading[i]] = inputs_of(c, its)[leading[i]];
  }
  list.push_back(std::move(both));
  return list;
}

std::vector<Variant> strided(const Case& c) {
  const Variant dense = of_sizes(c, "", small_sizes(c));
  std::vector<Variant> list;
  const std::pair<const char*, Layout> layouts[] = {
      {"transposed", transposed}, {"rows apart", rows_apart}, {"elements apart", elements_apart}};
  for (const auto& [name, layout] : layouts) {
    Variant all{name, c.function, {}};
    for (const Tensor& x : dense.inputs) all.inputs.push_back(layout(x));
    list.push_back(std::move(all));
    for (std::size_t i = 0; i < dense.inputs.size() && dense.inputs.size() > 1; ++i) {
      Variant one{std::string(name) + ", input " + std::to_string(i), c.function, dense.inputs};
      one.inputs[i] = layout(one.inputs[i]);
      list.push_back(std::move(one));
    }
  }
  // What follows hands back a gradient that is transposed, or one number everywhere.
  list.push_back({"transposed after",
                  [f = c.function](In in) {
                    Variables outputs = f(in);
                    for (Variable& y : outputs)
                      if (y.rank() >= 2 && is_floating(y.dtype())) y = transpose(y);
                    return outputs;
                  },
                  dense.inputs});
  list.push_back({"summed after",
                  [f = c.function](In in) {
                    Variables outputs = f(in);
                    for (Variable& y : outputs)
                      if (is_floating(y.dtype())) y = sum(y);
                    return outputs;
                  },
                  dense.inputs});
  return list;
}

std::vector<Variant> aliased(const Case& c) {
  const std::vector<Tensor> inputs = inputs_of(c, small_sizes(c));
  std::vector<Variant> list;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (std::size_t j = i + 1; j < inputs.size(); ++j)
      if (inputs[i].shape() == inputs[j].shape())
        list.push_back({"aliased, one value as inputs " + std::to_string(i) + " and " + std::to_string(j),
                        [f = c.function, i, j](In in) {
                          Variables passed(in.begin(), in.end());
                          passed[j] = passed[i];
                          return f(passed);
                        },
                        inputs});
    if (inputs.size() == 1) continue;
    // The others move with input i, and stay in their range.
    list.push_back({"aliased, the others depend on input " + std::to_string(i),
                    [f = c.function, i](In in) {
                      Variables passed(in.begin(), in.end());
                      for (std::size_t j = 0; j < passed.size(); ++j)
                        if (j != i) passed[j] = passed[j] * 0.9 + mean(passed[i]) * 0.1;
                      return f(passed);
                    },
                    inputs});
  }
  list.push_back({"aliased, used again",
                  [f = c.function](In in) {
                    Variables outputs = f(in);
                    for (const Variable& x : in) outputs.push_back(x * 3);
                    for (Variable& y : f(in)) outputs.push_back(std::move(y));
                    return outputs;
                  },
                  inputs});
  return list;
}

std::vector<Variant> zero_size(const Case& c) {
  const Sizes small = small_sizes(c);
  std::vector<Variant> list;
  for (const auto& [letter, size] : small.letters) {
    Sizes sizes = small;
    sizes.letters[letter] = 0;
    list.push_back(of_sizes(c, std::string("zero-size ") + letter, sizes));
    if (!has_lead(c.inputs[0])) continue;
    sizes.lead = {2, 1, 2};
    list.push_back(of_sizes(c, std::string("zero-size ") + letter + ", leading " + to_string(sizes.lead), sizes));
  }
  if (!has_lead(c.inputs[0])) return list;
  for (int dim = 0; dim < small.lead.rank(); ++dim) {
    Sizes sizes = small;
    sizes.lead[dim] = 0;
    list.push_back(of_sizes(c, "zero-size, leading " + to_string(sizes.lead), sizes));
  }
  return list;
}

std::vector<Variant> single_element(const Case& c) {
  Sizes sizes = small_sizes(c);
  if (sizes.letters.empty() && !has_lead(c.inputs[0])) return {};
  for (auto& letter : sizes.letters) letter.second = 1;
  sizes.lead = {1};
  std::vector<Variant> list = {of_sizes(c, "single element", sizes)};
  if (!has_lead(c.inputs[0])) return list;
  sizes.lead = {};
  list.push_back(of_sizes(c, "single element, no leading dimension", sizes));
  return list;
}

const char* left_out(const Case& c, const Variant& variant) {
  for (const Without& without : c.more.without)
    if (variant.name.starts_with(without.variant)) return without.reason;
  return nullptr;
}

}  // namespace glance::proof
