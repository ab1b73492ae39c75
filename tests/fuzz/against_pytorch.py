"""Compares random programs of glance with PyTorch: build/release/bin/fuzz --json | python tests/fuzz/against_pytorch.py

Each line of the input is a program: f64 inputs, steps in PyTorch's words, and the outputs and gradients of glance. Numbers
agree when they differ by no more than TOLERANCE times the largest of their tensor, or times 1 when that is smaller.
"""

import json
import sys

import torch

TOLERANCE = 1e-9


def f64(values, shape):
    return torch.tensor(values, dtype=torch.float64).reshape(shape)


def whole_numbers(values, shape):
    return torch.tensor(values, dtype=torch.int64).reshape(shape)


def mask(values, shape):
    return torch.tensor(values, dtype=torch.bool).reshape(shape)


# Where PyTorch has no function that takes the same arguments.


def axes_of(x, axes):
    return axes or tuple(range(x.dim()))


def total(x, axes, keepdim):
    return x.sum(axes_of(x, axes), keepdim) if x.dim() else x.sum()


def average(x, axes, keepdim):
    return x.mean(axes_of(x, axes), keepdim) if x.dim() else x.mean()


def deviations(x, axes):
    return x - average(x, axes, True)


def product(x, axes, keepdim):
    # PyTorch's takes one dimension at a time.
    for dim in sorted((d % x.dim() for d in axes_of(x, axes)), reverse=True):
        x = x.prod(dim, keepdim)
    return x


def logsumexp(x, axes, keepdim):
    return torch.logsumexp(x, axes_of(x, axes), keepdim)


def slice_of(x, dim, begin, end, step):
    places = [slice(None)] * x.dim()
    places[dim] = slice(begin, end, step)
    return x[tuple(places)]


def scatter_add(x, dim, indices, source):
    # PyTorch's own derivative is only for a source of the indices' shape.
    return torch.scatter_add(x, dim, indices, source[tuple(slice(0, n) for n in indices.shape)])


def layer_norm(x, weight, bias, epsilon):
    return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias, epsilon)


def attention_weights(scores, visible):
    if visible is None:
        return torch.softmax(scores, -1)
    hidden = ~visible
    return torch.softmax(scores.masked_fill(hidden, -torch.inf), -1).nan_to_num(0).masked_fill(hidden, 0)


def attend(query, keys, values, visible, bias=None, scale=1.0, causal=False):
    # A row where nothing is visible: finite scores keep its gradient free of NaN.
    scores = scale * (query @ keys.mT)
    if bias is not None:
        scores = scores + bias
    if causal:
        targets, sources = scores.shape[-2:]
        earlier = torch.ones(targets, sources, dtype=torch.bool).tril(sources - targets)
        visible = earlier if visible is None else visible & earlier
    if visible is None:
        weights = torch.softmax(scores, -1)
    else:
        weights = torch.softmax(scores.masked_fill(~visible, -1e300), -1) * visible
    return weights @ values, weights


def self_attend(packed, heads, visible, scale, causal):
    parts = packed.unflatten(-1, (3, heads, packed.shape[-1] // (3 * heads)))
    query, keys, values = (parts.select(-3, i).transpose(-3, -2) for i in range(3))
    context, weights = attend(query, keys, values, visible, scale=scale, causal=causal)
    return context.transpose(-3, -2).flatten(-2), weights


def multi_head(x, in_weight, in_bias, out_weight, out_bias, heads, visible):
    parts = torch.nn.functional.linear(x, in_weight, in_bias).unflatten(-1, (3, heads, x.shape[-1] // heads))
    query, keys, values = (parts.select(-3, i).transpose(-3, -2) for i in range(3))
    visible = None if visible is None else visible.unsqueeze(-3)
    context, weights = attend(query, keys, values, visible, scale=query.shape[-1] ** -0.5)
    return torch.nn.functional.linear(context.transpose(-3, -2).flatten(-2), out_weight, out_bias), weights


def rotate(x, start):
    """Pairs (i, i + features/2) turned by their place over 10000^(2i / features)."""
    if x.shape[-1] == 0:
        return x
    half = x.shape[-1] // 2
    places = torch.arange(start, start + x.shape[-2], dtype=x.dtype)
    angles = places[:, None] * 10000.0 ** (-torch.arange(half, dtype=x.dtype) / half)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * angles.cos() - second * angles.sin(), first * angles.sin() + second * angles.cos()], -1)


def heads_look(x, memory, parameters, heads, visible, causal, rotary):
    in_weight, in_bias, out_weight, out_bias = parameters[:4]
    width = x.shape[-1]

    def projected(y, i):
        rows = slice(i * width, (i + 1) * width)
        z = torch.nn.functional.linear(y, in_weight[rows], None if in_bias is None else in_bias[rows])
        z = z.unflatten(-1, (heads, width // heads)).transpose(-3, -2)
        return rotate(z, 0) if rotary and i < 2 else z

    query, keys, values = projected(x, 0), projected(memory, 1), projected(memory, 2)
    visible = None if visible is None else visible.unsqueeze(-3)
    context, weights = attend(query, keys, values, visible, scale=query.shape[-1] ** -0.5, causal=causal)
    return torch.nn.functional.linear(context.transpose(-3, -2).flatten(-2), out_weight, out_bias), weights


def block(x, parameters, norm_first, *looks):
    """Each of the parts adds to x: attentions, and then the network."""
    weight1, bias1, weight2, bias2, norm_weight, norm_bias = parameters[4:]

    def network(y):
        hidden = torch.nn.functional.gelu(torch.nn.functional.linear(y, weight1, bias1))
        return torch.nn.functional.linear(hidden, weight2, bias2), None

    seen = None
    for part in (*looks, network):
        added, weights = part(layer_norm(x, norm_weight, norm_bias, 0.125) if norm_first else x)
        x = x + added if norm_first else layer_norm(x + added, norm_weight, norm_bias, 0.125)
        seen = seen if weights is None else weights
    return x, seen


def encoder_block(x, parameters, heads, norm_first, rotary, visible, causal):
    return block(x, parameters, norm_first,
                 lambda y: heads_look(y, y, parameters, heads, visible, causal, rotary))


def decoder_block(x, memory, parameters, heads, norm_first, rotary, visible):
    return block(x, parameters, norm_first, lambda y: heads_look(y, y, parameters, heads, None, True, rotary),
                 lambda y: heads_look(y, memory, parameters, heads, visible, False, False))


def state_or_zeros(x, weights, state):
    return [x.new_zeros(x.shape[0], weights[1].shape[1]) if s is None else s for s in state]


def lstm_cell(x, weights, state):
    return torch.lstm_cell(x, state_or_zeros(x, weights, state), *weights)


def gru_cell(x, weights, state):
    return [torch.gru_cell(x, state_or_zeros(x, weights, state)[0], *weights)]


def rnn_cell(x, weights, state):
    return [torch.rnn_tanh_cell(x, state_or_zeros(x, weights, state)[0], *weights)]


def over_time(x, weights, state, lengths, reverse, cell):
    """Each sequence stops at its own end, or starts there; outputs from there on are zero."""
    state = state_or_zeros(x, weights, state)
    lengths = torch.full((x.shape[0],), x.shape[1]) if lengths is None else lengths
    outputs = [None] * x.shape[1]
    for t in range(x.shape[1])[::-1 if reverse else 1]:
        running = (lengths > t).unsqueeze(1)
        state = [torch.where(running, new, old) for new, old in zip(cell(x[:, t], weights, state), state)]
        outputs[t] = state[0] * running
    output = torch.stack(outputs, 1) if outputs else x.new_zeros(x.shape[0], 0, state[0].shape[1])
    return output, *state


def lstm(x, weights, state, lengths, reverse):
    if lengths is None and x.numel() and not reverse:
        state = state_or_zeros(x, weights, state)
        biases = weights[2:] if weights[2] is not None else ()
        output, h, c = torch.lstm(x, [s.unsqueeze(0) for s in state], [*weights[:2], *biases], bool(biases), 1, 0.0, False,
                                  False, True)
        return output, h[0], c[0]
    return over_time(x, weights, state, lengths, reverse, lstm_cell)


def gru(x, weights, state, lengths, reverse):
    return over_time(x, weights, state, lengths, reverse, gru_cell)


def rnn(x, weights, state, lengths, reverse):
    return over_time(x, weights, state, lengths, reverse, rnn_cell)


def cross_entropy(logits, targets, ignore_index, label_smoothing, count, weight):
    rows = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), weight,
                                             reduction="sum", ignore_index=ignore_index,
                                             label_smoothing=label_smoothing)
    return rows / (count or float(weight[targets[targets != ignore_index]].sum()) or 1)


def difference(name, actual, expected):
    actual = f64(actual, expected.shape) if not isinstance(actual, torch.Tensor) else actual
    scale = max(1.0, expected.abs().max().item() if expected.numel() else 0.0)
    error = (actual - expected).abs().max().item() if expected.numel() else 0.0
    return "" if error <= TOLERANCE * scale else f"{name} is off by {error:.3g}: {actual.tolist()}, PyTorch {expected.tolist()}"


def fault_of(program):
    names = dict(globals())
    inputs = []
    for given in program["inputs"]:
        inputs.append(f64(given["values"], given["shape"]).requires_grad_())
        names[given["name"]] = inputs[-1]
    for step in program["steps"]:
        exec(step, names)
    projection = 0
    for output in program["outputs"]:
        value = names[output["name"]]
        if list(value.shape) != output["shape"]:
            return f"{output['name']} has shape {output['shape']}, PyTorch {list(value.shape)}"
        if fault := difference(output["name"], output["values"], value.detach()):
            return fault
        projection = projection + (value * f64(output["direction"], output["shape"])).sum()
    if not projection.requires_grad:
        return ""
    gradients = torch.autograd.grad(projection, inputs, allow_unused=True)
    for given, x, gradient in zip(program["inputs"], inputs, gradients):
        gradient = torch.zeros_like(x) if gradient is None else gradient
        if fault := difference(f"the gradient of {given['name']}", given["gradient"], gradient):
            return fault
    return ""


def main():
    torch.set_num_threads(1)
    done = 0
    for line in sys.stdin:
        if line.startswith("seed "):
            sys.exit(line)
        if not line.strip():
            continue
        program = json.loads(line)
        try:
            fault = fault_of(program)
        except Exception as error:  # what PyTorch refuses, glance took
            fault = f"PyTorch refuses: {error}"
        if fault:
            print(f"seed {program['seed']}: {fault}\n")
            for given in program["inputs"]:
                print(f"{given['name']} = f64({given['values']}, {given['shape']})")
            print("\n".join(program["steps"]))
            print(f"\nAs C++: script/fuzz --print --programs 1 --seed {program['seed']}")
            sys.exit(1)
        done += 1
    print(f"{done} programs agree with PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
