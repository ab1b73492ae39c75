#pragma once

// What the check of an exercise is written with. A check is a list of promises that the learner's function must keep;
// each says in words what is to hold, and a function that tries it. The learner's file is included after this one and
// before the check's, so that it finds here what an answer, or a look at what it does, is likely to use.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "glance/glance.h"

namespace exercises {

// One promise: what holds, in words, and a trial of it that throws when it does not.
struct Promise {
  std::string words;
  std::function<void()> trial;
};

// Tries every promise, prints which hold and which are broken, and gives 0 when all hold, 1 when one is broken. Each
// runs in a process of its own, so that one which crashes or does not end leaves the others to be tried. For main().
int keep(std::initializer_list<Promise> promises);

// The promise is broken, for this reason.
[[noreturn]] void broken(const std::string& reason);

// The promise is broken, for this reason, unless `holds`.
void need(bool holds, const std::string& reason);

// A typical mistake: what it gives in the place of the right result, and how it is called.
struct Mistake {
  glance::Tensor gives;
  std::string words;
};

// Broken unless `given` has the shape and, nearly, the numbers that are expected; then it says the first element that
// differs, expected against given. When all of `given` is what a mistake gives, it says the mistake.
void same(const std::string& what, const glance::Variable& given, const glance::Variable& expected,
          const std::vector<Mistake>& mistakes = {}, double tolerance = 1e-6);

// The same of gradients that the learner derived, `given`, beside those of autograd; when they differ, it also shows
// the rows of both side by side, from the first that differs on, with a mark at each element that does.
void beside(const std::string& what, const glance::Variable& given, const glance::Variable& expected,
            const std::vector<Mistake>& mistakes = {}, double tolerance = 1e-6);

// The same of numbers, and of lists of them.
void same(const std::string& what, double given, double expected);
void same(const std::string& what, const std::vector<glance::Index>& given, const std::vector<glance::Index>& expected,
          const std::vector<std::pair<std::vector<glance::Index>, std::string>>& mistakes = {});

// Broken unless the shape is this one.
void shape(const std::string& what, const glance::Variable& given, const glance::Shape& expected);

// Broken unless gradcheck proves the derivatives of `f` at the inputs; order 2: also the derivatives of the
// derivatives.
void derivatives(const glance::Differentiable& f, std::initializer_list<glance::Tensor> inputs, int order);

// Normally distributed numbers in f64, the same for one seed.
glance::Tensor numbers(const glance::Shape& shape, std::uint64_t seed = 1);

}  // namespace exercises
