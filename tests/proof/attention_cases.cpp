// The lines for attention in the table of proofs.
#include "glance/autograd/attention.h"

#include "glance/nn/attention.h"
#include "tests/proof/cases.h"
#include "tests/proof/layers.h"
#include "tests/proof/patterns.h"

namespace glance::proof {

namespace {

using In = std::span<const Variable>;
using Variables = std::vector<Variable>;

// Masks for query and keys, or none.
using Masks = AttendOptions (*)(const Variable& query, const Variable& keys);

Differentiable attended(Attended (*f)(const Variable&, const Variable&, const Variable&, const AttendOptions&),
                        Masks masks) {
  return [=](In in) {
    AttendOptions options = masks(in[0], in[1]);
    if (in.size() > 3) options.bias = in[3];
    auto [context, weights] = f(in[0], in[1], in[2], options);
    return Variables{context, weights};
  };
}

AttendOptions no_masks(const Variable&, const Variable&) { return {}; }

// [targets, sources]
AttendOptions some_visible(const Variable& query, const Variable& keys) {
  return {.visible = every_third({query.shape(-2), keys.shape(-2)})};
}

// [batch, 1, sources]: the first sequence is seen whole, the second not at all, the third in part.
AttendOptions sequences_visible(const Variable& query, const Variable& keys) {
  const Tensor visible = zeros({query.shape(0), 1, keys.shape(-2)}, boolean);
  bool* element = visible.write<bool>();
  for (Index i = 0; i < visible.numel(); ++i) {
    const Index sequence = i / keys.shape(-2) % 3;
    element[i] = sequence == 0 || (sequence == 2 && i % 2 == 0);
  }
  return {.visible = visible};
}

// [batch, 1, targets, 1]: every third target sees something.
AttendOptions targets_visible(const Variable& query, const Variable&) {
  return {.visible = every_third({query.shape(0), 1, query.shape(-2), 1})};
}

AttendOptions scaled(const Variable&, const Variable&) { return {.scale = 0.5}; }

AttendOptions earlier_visible(const Variable&, const Variable&) { return {.scale = 0.5, .causal = true}; }

AttendOptions some_earlier_visible(const Variable& query, const Variable& keys) {
  AttendOptions options = some_visible(query, keys);
  options.scale = -0.7;
  options.causal = true;
  return options;
}

std::vector<Case> attend_cases() {
  const std::vector<Input> inputs = {"... t f", "... s f", "... s v"};
  const std::vector<Input> biased = {"... t f", "... s f", "... s v", "t s"};
  const std::vector<Without> same_leading = {{"broadcast", "query, keys and values have the same leading dimensions"}};
  const auto line = [&](const char* at, Masks masks, const std::vector<Input>& of,
                        const std::vector<Without>& without = {}) {
    return Case{"attend",
                attended(attend, masks),
                of,
                {.at = at, .twin = Twin{"composed_attend", attended(composed_attend, masks)}, .without = without}};
  };
  const std::vector<Input> heads = {"b h t f", "b h s f", "b h s v"};
  return {
      line("", no_masks, inputs, same_leading),
      line("with a scale", scaled, inputs, same_leading),
      line("to some", some_visible, inputs, same_leading),
      line("from one query", some_visible, {"... 1 f", "... s f", "... s v"}, same_leading),
      line("to sequences, one of which is hidden", sequences_visible, {"b t f", "b s f", "b s v"}),
      line("to what is earlier", earlier_visible, inputs, same_leading),
      line("to some of what is earlier", some_earlier_visible, inputs, same_leading),
      line("of some targets, in heads", targets_visible, heads),
      line("with a bias", scaled, biased, same_leading),
      line("with a bias for each head and source", some_earlier_visible, {"b h t f", "b h s f", "b h s v", "h 1 s"}),
      line("with a bias for each target of one query's shape", earlier_visible,
           {"b h 1 f", "b h s f", "b h s v", "b 1 1 s"}),
  };
}

std::vector<Case> self_attend_cases() {
  using Choose = AttendOptions (*)(Index time);
  const auto line = [](const char* at, Choose choose, const std::vector<Input>& inputs) {
    const auto of = [choose](Attended (*f)(const Variable&, Index, const AttendOptions&)) {
      return [=](In in) {
        AttendOptions options = choose(in[0].shape(-2));
        if (in.size() > 1) options.bias = in[1];
        auto [context, weights] = f(in[0], 2, options);
        return Variables{context, weights};
      };
    };
    return Case{"self_attend",
                of(self_attend),
                inputs,
                {.at = at, .twin = Twin{"composed_self_attend", of(composed_self_attend)}}};
  };
  const Choose all = [](Index) { return AttendOptions{.scale = 0.5}; };
  const Choose earlier = [](Index) { return AttendOptions{.causal = true}; };
  const Choose some_earlier = [](Index time) {
    return AttendOptions{.visible = every_third({time, time}), .scale = -0.7, .causal = true};
  };
  return {
      line("", all, {"... t 6f"}),
      line("to what is earlier", earlier, {"... t 6f"}),
      line("to some of what is earlier", some_earlier, {"... t 6f"}),
      line("with a bias", some_earlier, {"... t 6f", "t t"}),
  };
}

std::vector<Case> step_cases() {
  const std::vector<Without> same_leading = {{"broadcast", "query and keys have the same leading dimensions"}};
  return {
      {"attention_scores",
       [](const Variable& query, const Variable& keys) { return attention_scores(query, keys); },
       {"... t f", "... s f"}},
      {"attention_weights(Variable, Tensor)",
       [](const Variable& scores) { return attention_weights(scores); },
       {"... s"}},
      {"attention_weights(Variable, Tensor)",
       [](const Variable& scores) { return attention_weights(scores, every_third(scores.shape())); },
       {"... t s"},
       {.at = "of some"}},
      {"attention_context",
       [](const Variable& weights, const Variable& values) { return attention_context(weights, values); },
       {"... t s", "... s v"}},
      {"attention_weights(Variable, Variable, AttendOptions)",
       [](const Variable& query, const Variable& keys) {
         return attention_weights(query, keys, some_earlier_visible(query, keys));
       },
       {"... t f", "... s f"}},
      {"additive_scores",
       additive_scores,
       {"... t f", "... s f", "f"},
       {.twin = Twin{"composed_additive_scores", composed_additive_scores}, .without = same_leading}},
  };
}

// A layer's call: query, keys and values, and then its parameters. Layers are made anew for each call, since the table
// may hold no memory.
template <class Make>
Differentiable looks(Make make, Masks masks = no_masks) {
  return [=](In in) {
    const auto [context, weights] =
        with_parameters(make(), in.subspan(3))(in[0], in[1], in[2], masks(in[0], in[1]).visible);
    return Variables{context, weights};
  };
}

std::vector<Case> attention_layer_cases() {
  const std::vector<Without> same_leading = {{"broadcast", "query, keys and values have the same leading dimensions"}};
  const std::vector<Input> alike = {"... t f", "... s f", "... s v"};
  return {
      {"DotAttention", looks([] { return DotAttention{}; }), alike, {.without = same_leading}},
      {"ScaledDotAttention",
       looks([] { return ScaledDotAttention{}; }, some_visible),
       alike,
       {.without = same_leading}},
      {"GeneralAttention",
       looks([] { return GeneralAttention(1, 1, any()); }, some_visible),
       {"... t q", "... s k", "... s v", "q k"},
       {.without = same_leading}},
      {"AdditiveAttention",
       looks([] { return AdditiveAttention(1, 1, 1, any()); }, some_visible),
       {"... t q", "... s k", "... s v", "a q", "a k", "a"},
       {.without = {{"broadcast, input 0", "query and keys have the same leading dimensions"},
                    {"broadcast, input 1", "query and keys have the same leading dimensions"},
                    {"broadcast, both", "query and keys have the same leading dimensions"}}}},
      {"Attention",
       looks([] { return Attention(AttentionKind::general, 1, 1, any()); }),
       {"... t q", "... s k", "... s v", "q k"},
       {.without = same_leading}},
  };
}

std::vector<Case> multi_head_cases() {
  const std::vector<Without> same_leading = {{"broadcast", "query, keys and values have the same leading dimensions"}};
  const auto two = [] { return MultiHeadAttention(2, 2, any()); };
  const auto kept_apart = [] { return MultiHeadAttention(2, 2, any(), {.bias = false, .kdim = 1, .vdim = 1}); };
  const auto dropping = [] { return MultiHeadAttention(2, 2, any(), {.dropout = 0.5}); };
  const auto list = [](const Attended& attended) { return Variables{attended.context, attended.weights}; };
  const std::vector<Input> of_one = {"... t 2", weight("6 2"), weight("6"), weight("2 2"), weight("2")};
  return {
      {"MultiHeadAttention",
       looks(two, sequences_visible),
       {"b t 2f", "b s 2f", "b s 2f", weight("6f 2f"), weight("6f"), weight("2f 2f"), weight("2f")},
       {.at = "of sequences"}},
      {"MultiHeadAttention",
       looks(kept_apart),
       {"... t 2", "... s k", "... s v", weight("2 2"), weight("2 k"), weight("2 v"), weight("2 2")},
       {.at = "of keys and values of other sizes", .without = same_leading}},
      {"MultiHeadAttention",
       [=](In in) { return list(with_parameters(two(), in.subspan(2))(in[0], in[1], in[1])); },
       {"... t 2", "... s 2", weight("6 2"), weight("6"), weight("2 2"), weight("2")},
       {.at = "of values that are the keys", .without = same_leading}},
      {"MultiHeadAttention",
       [=](In in) {
         Generator noise(3);
         return list(with_parameters(dropping(), in.subspan(1))(in[0], in[0], in[0], {}, &noise));
       },
       of_one,
       {.at = "of itself, with dropout"}},
      {"MultiHeadAttention::attend",
       [=](In in) {
         const AttendOptions options{.bias = in[5], .causal = true};
         return list(with_parameters(two(), in.subspan(1, 4)).attend(in[0], in[0], in[0], options));
       },
       {"... t 2f", weight("6f 2f"), weight("6f"), weight("2f 2f"), weight("2f"), "2 t t"}},
  };
}

}  // namespace

std::vector<Case> attention_cases() {
  std::vector<Case> all;
  for (auto* part : {step_cases, attend_cases, self_attend_cases, attention_layer_cases, multi_head_cases})
    for (Case& c : part()) all.push_back(std::move(c));
  return all;
}

}  // namespace glance::proof
