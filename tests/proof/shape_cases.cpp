// The lines for views, joins, arrangements and indexing in the table of proofs.
#include "glance/autograd/arrange.h"
#include "glance/autograd/indexing.h"
#include "glance/autograd/views.h"
#include "tests/proof/cases.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

std::vector<Case> view_cases() {
  return {
      {"select", [](const Variable& x) { return select(x, 0, 2); }, {"3 a b"}, {.at = "of rows"}},
      {"select", [](const Variable& x) { return select(x, -1, -3); }, {"... 3"}, {.at = "of columns"}},
      {"slice", [](const Variable& x) { return slice(x, 0, 1, 3); }, {"4 a"}, {.at = "of rows"}},
      {"slice", [](const Variable& x) { return slice(x, -1, -4, 4, 2); }, {"... 4"}, {.at = "of every other column"}},
      {"slice", [](const Variable& x) { return slice(x, 0, 0, 0); }, {"a b"}, {.at = "of nothing"}},
      {"slice", [](const Variable& x) { return slice(x, 1, 0, 100); }, {"a b"}, {.at = "of all"}},
      {"transpose(Variable, int, int)", [](const Variable& x) { return transpose(x, 0, -1); }, {"a b c"}},
      {"transpose(Variable)", [](const Variable& x) { return transpose(x); }, {"... a b"}},
      {"permute(Variable, std::initializer_list<int>)",
       [](const Variable& x) {
         return permute(x, {2, 0, -2});
       },
       {"a b c"}},
      {"permute(Variable, std::span<int>)",
       [](const Variable& x) {
         const int dims[] = {1, 2, 0};
         return permute(x, dims);
       },
       {"a b c"}},
      {"reshape", [](const Variable& x) { return reshape(x, {x.numel()}); }, {"..."}, {.at = "to one dimension"}},
      {"reshape",
       [](const Variable& x) {
         return reshape(x, {1, x.shape(0) * x.shape(1), x.shape(2), 1});
       },
       {"a b c"},
       {.at = "with dimensions of 1"}},
      {"reshape",
       [](const Variable& x) {
         return reshape(x, {4, -1});
       },
       {"2 3 2"},
       {.at = "across dimensions"}},
      {"flatten", [](const Variable& x) { return flatten(x); }, {"..."}, {.at = "all"}},
      {"flatten", [](const Variable& x) { return flatten(x, 1); }, {"a b c"}, {.at = "the last two"}},
      {"squeeze(Variable, int)", [](const Variable& x) { return squeeze(x, 1); }, {"a 1 b"}},
      {"squeeze(Variable, int)", [](const Variable& x) { return squeeze(x, 0); }, {"2 a"}, {.at = "of more than one"}},
      {"squeeze(Variable)", [](const Variable& x) { return squeeze(x); }, {"a 1 b 1"}},
      {"unsqueeze", [](const Variable& x) { return unsqueeze(x, 1); }, {"a b"}},
      {"unsqueeze", [](const Variable& x) { return unsqueeze(x, -1); }, {"..."}, {.at = "last"}},
      {"expand",
       [](const Variable& x) {
         return expand(x, {2, x.shape(0), 3});
       },
       {"a 1"}},
      {"expand",
       [](const Variable& x) {
         Shape wider = x.shape();
         wider.insert(0, 3);
         return expand(x, wider);
       },
       {"..."},
       {.at = "to a new dimension"}},
  };
}

std::vector<Case> join_cases() {
  return {
      {"concat(std::initializer_list<Variable>, int)",
       [](const Variable& a, const Variable& b) {
         return concat({a, b}, 1);
       },
       {"a b", "a c"}},
      {"concat(std::initializer_list<Variable>, int)",
       [](const Variable& a, const Variable& b) {
         return concat({a, b, a}, -2);
       },
       {"a b", "a b"},
       {.at = "with one twice"}},
      {"concat(std::span<Variable>, int)",
       [](std::span<const Variable> list) { return concat(list); },
       {"a c", "b c", "a c"}},
      {"stack(std::initializer_list<Variable>, int)",
       [](const Variable& a, const Variable& b) {
         return stack({a, b, a}, -1);
       },
       {"a b", "a b"}},
      {"stack(std::span<Variable>, int)",
       [](std::span<const Variable> list) { return stack(list, 1); },
       {"a b", "a b", "a b"}},
      {"split(Variable, Index, int)", [](const Variable& x) { return split(x, 2, 1); }, {"a 5"}},
      {"split(Variable, std::initializer_list<Index>, int)",
       [](const Variable& x) {
         return split(x, {1, 0, 2}, 1);
       },
       {"a 3 b"}},
      {"split(Variable, std::span<Index>, int)",
       [](const Variable& x) {
         const Index sizes[] = {3, 1};
         return split(x, sizes, 0);
       },
       {"4 a"}},
      {"chunk", [](const Variable& x) { return chunk(x, 2, 1); }, {"a 5"}},
  };
}

std::vector<Case> arrange_cases() {
  return {
      {"flip", [](const Variable& x) { return flip(x, -1); }, {"... k"}},
      {"flip",
       [](const Variable& x) {
         return flip(x, {0, 2});
       },
       {"a b c"},
       {.at = "of two"}},
      {"pad(Variable, std::initializer_list<Index>, double)",
       [](const Variable& x) {
         return pad(x, {1, 2});
       },
       {"... k"}},
      {"pad(Variable, std::initializer_list<Index>, double)",
       [](const Variable& x) {
         return pad(x, {-1, 2, 1, 0}, 3);
       },
       {"a b 3"},
       {.at = "with 3, and less at one end"}},
      {"pad(Variable, std::span<Index>, double)",
       [](const Variable& x) {
         const Index amounts[] = {0, 0, 2, -1};
         return pad(x, amounts);
       },
       {"2 a"}},
      {"repeat_interleave(Variable, Index, int)",
       [](const Variable& x) { return repeat_interleave(x, 2, -1); },
       {"... k"}},
      {"repeat_interleave(Variable, Tensor, int)",
       [](const Variable& x) { return repeat_interleave(x, places(3, {x.shape(0)}), 0); },
       {"a b"}},
  };
}

constexpr const char* nowhere = "there is no place for an index to name";

std::vector<Case> index_cases() {
  return {
      {"gather",
       [](const Variable& x) {
         return gather(x, 1, places(x.shape(1), {x.shape(0), 5}));
       },
       {"a b"},
       {.at = "along columns", .without = {{"zero-size b", nowhere}}}},
      {"gather",
       [](const Variable& x) {
         return gather(x, 0, places(x.shape(0), {4, 2}));
       },
       {"a 3"},
       {.at = "along rows, not of all columns", .without = {{"zero-size a", nowhere}}}},
      {"scatter_add",
       [](const Variable& x, const Variable& source) {
         return scatter_add(x, 1, places(x.shape(1), source.shape()), source);
       },
       {"a b", "a c"},
       {.without = {{"zero-size b", nowhere}}}},
      {"scatter_add",
       [](const Variable& x, const Variable& source) {
         return scatter_add(x, 0, places(x.shape(0), {2, 3}), source);
       },
       {"a 3", "4 5"},
       {.at = "of part of the source", .without = {{"zero-size a", nowhere}}}},
      {"scatter(Variable, int, Tensor, Variable)",
       [](const Variable& x, const Variable& source) {
         return scatter(x, 1, places(x.shape(1), source.shape()), source);
       },
       {"a b", "a c"},
       {.without = {{"zero-size b", nowhere}}}},
      {"scatter(Variable, int, Tensor, Variable)",
       [](const Variable& x, const Variable& source) {
         return scatter(x, 0, places(x.shape(0), {2, 3}), source);
       },
       {"a 3", "4 5"},
       {.at = "of part of the source", .without = {{"zero-size a", nowhere}}}},
      {"scatter(Variable, int, Tensor, double)",
       [](const Variable& x) {
         return scatter(x, 1, places(x.shape(1), {x.shape(0), 2}), 3);
       },
       {"a b"},
       {.without = {{"zero-size b", nowhere}}}},
      {"scatter_reduce",
       [](const Variable& x, const Variable& source) {
         return scatter_reduce(x, 1, places(x.shape(1), source.shape()), source, ScatterReduce::amax);
       },
       {"a b", "a c"},
       {.at = "of the largest", .without = {{"zero-size b", nowhere}}}},
      {"scatter_reduce",
       [](const Variable& x, const Variable& source) {
         return scatter_reduce(x, 0, places(x.shape(0), {2, 3}), source, ScatterReduce::amin);
       },
       {"a 3", "4 5"},
       {.at = "of the smallest, of part of the source", .without = {{"zero-size a", nowhere}}}},
      {"index_select",
       [](const Variable& x) { return index_select(x, 0, places(x.shape(0), {5})); },
       {"a b"},
       {.at = "of rows", .without = {{"zero-size a", nowhere}}}},
      {"index_select",
       [](const Variable& x) { return index_select(x, -1, places(x.shape(-1), {5})); },
       {"... k"},
       {.at = "of columns", .without = {{"zero-size k", nowhere}}}},
      {"index_add",
       [](const Variable& x, const Variable& source) {
         return index_add(x, 0, places(x.shape(0), {source.shape(0)}), source);
       },
       {"a b", "c b"},
       {.at = "of rows", .without = {{"zero-size a", nowhere}}}},
      {"index_add",
       [](const Variable& x, const Variable& source) {
         return index_add(x, 1, places(x.shape(1), {source.shape(1)}), source);
       },
       {"a b", "a c"},
       {.at = "of columns", .without = {{"zero-size b", nowhere}}}},
      {"embedding",
       [](const Variable& table) {
         return embedding(table, places(table.shape(0), {2, 3}));
       },
       {"n f"},
       {.without = {{"zero-size n", nowhere}}}},
      {"embedding",
       [](const Variable& table) {
         return embedding(table, places(table.shape(0), {0, 2}));
       },
       {"n f"},
       {.at = "of no rows"}},
      {"tril", [](const Variable& x) { return tril(x); }, {"... a b"}},
      {"tril", [](const Variable& x) { return tril(x, -1); }, {"a b"}, {.at = "below the diagonal"}},
      {"triu", [](const Variable& x) { return triu(x); }, {"... a b"}},
      {"triu", [](const Variable& x) { return triu(x, 1); }, {"a b"}, {.at = "above the diagonal"}},
      {"sort", [](const Variable& x) { return sort(x).values; }, {"... k"}},
      {"sort", [](const Variable& x) { return sort(x, 0, true).values; }, {"a b"}, {.at = "of columns, descending"}},
      {"topk", [](const Variable& x) { return topk(x, 2).values; }, {"... 4"}},
      {"topk", [](const Variable& x) { return topk(x, 2, 0, false).values; }, {"3 a"}, {.at = "of columns, smallest"}},
  };
}

}  // namespace

std::vector<Case> shape_cases() {
  std::vector<Case> list = view_cases();
  for (auto* part : {join_cases, arrange_cases, index_cases})
    for (Case& c : part()) list.push_back(std::move(c));
  return list;
}

}  // namespace glance::proof
