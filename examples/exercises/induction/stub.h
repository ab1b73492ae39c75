// induction: what followed the last time
//
// Two layers of attention, by hand. words is [time, known]: each row has a 1 at the number of the word that stands
// there, and 0 elsewhere. For each place, find the earlier places that the same word stood before, and give back what
// stands there, [time, known]: after "Ada Lovelace met Ada" the last row is "Lovelace". If the word came several times,
// it is the average of what followed.
//
//   first layer    each place takes over the word before it; the first place has none, and takes a row of zeros
//   second layer   the query is the place's own word, a key is the word before a place, a value the word at it
//
// attend(query, keys, values, {.scale = 50, .causal = true}).context is attention in which a score of 1 takes all of
// the weight, and no place sees a later one. concat({a, b}, 0) puts one below the other, slice(x, 0, from, to) takes
// rows, zeros({1, n}, f64) makes a row of zeros. What comes out at a place whose word is new, is not asked.
#pragma once
#include "glance/glance.h"

using namespace glance;

inline Variable what_followed(const Tensor& words) { throw Error("not written yet"); }
