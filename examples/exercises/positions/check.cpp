// positions: sines and cosines in turns, their wavelengths, and an offset.
#include <cmath>

#include "examples/exercises/promise.h"

using namespace exercises;

namespace {

// [count, features] by a function of position and column.
Tensor table(Index count, Index features, double (*number)(double, Index, double)) {
  std::vector<double> all;
  for (Index t = 0; t < count; ++t)
    for (Index j = 0; j < features; ++j)
      all.push_back(number(static_cast<double>(t), j, static_cast<double>(features)));
  return from_values(all, {count, features});
}

double apart(double t, Index j, double features) {
  const auto half = static_cast<Index>(features) / 2;
  const double angle = t / std::pow(10000.0, 2.0 * static_cast<double>(j % half) / features);
  return j < half ? std::sin(angle) : std::cos(angle);
}

double uneven(double t, Index j, double features) {
  const double angle = t / std::pow(10000.0, static_cast<double>(j) / features);
  return j % 2 == 0 ? std::sin(angle) : std::cos(angle);
}

double whole(double t, Index j, double) { return j % 2 == 0 ? std::sin(t) : std::cos(t); }

}  // namespace

int main() {
  return keep({
      {"the table is [count, features]",
       [] {
         shape("position_vectors(3, 6, 0)", position_vectors(3, 6, 0), {3, 6});
       }},
      {"position 0 is 0, 1, 0, 1: sines and cosines in turns",
       [] {
         same("position_vectors(1, 4, 0)", position_vectors(1, 4, 0), tensor({{0, 1, 0, 1}}, f64),
              {{tensor({{0, 0, 1, 1}}, f64), "all sines stand before all cosines"}});
       }},
      {"the numbers of the formula, the longest wavelength last",
       [] {
         same("position_vectors(5, 6, 0)", position_vectors(5, 6, 0), sinusoidal_positions(5, 6, 0, f64),
              {{table(5, 6, apart), "all sines stand before all cosines"},
               {table(5, 6, uneven), "a sine and its cosine have different wavelengths: both have that of 2i"},
               {table(5, 6, whole), "2i / features was divided as whole numbers, which gives 0"}});
       }},
      {"a sequence that is read a part at a time has the same positions: from = 3 goes on after the first three",
       [] {
         same("position_vectors(2, 6, 3)", position_vectors(2, 6, 3), sinusoidal_positions(2, 6, 3, f64),
              {{sinusoidal_positions(2, 6, 0, f64), "the positions were counted from 0, and not from `from`"}});
       }},
      {"no number is larger than 1, however far the position",
       [] {
         const double largest = max(abs(position_vectors(4, 8, 1000000))).item();
         need(largest <= 1, "the largest is " + std::to_string(largest));
       }},
  });
}
