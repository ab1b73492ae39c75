"""Records of the layers: affine maps, normalisation, losses, attention and recurrent networks."""

import torch
import torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from records import F32, F64, INF, NAN, Records, randn


def add_simple(records):
    def linear(x, weight, bias=None):
        return F.linear(x, weight, bias)

    inputs = {"x": randn("Linear.x", 2, 4, 3), "weight": randn("Linear.w", 5, 3), "bias": randn("Linear.b", 5)}
    records.add("Linear", "Linear", linear, inputs)
    records.add("Linear.no_bias", "Linear", linear, {key: inputs[key] for key in ("x", "weight")})
    records.add("Embedding", "Embedding", lambda weight, indices: F.embedding(indices, weight),
                {"weight": randn("Embedding", 6, 3), "indices": torch.tensor([[5, 0, 5], [2, 2, 2]])})
    records.add("Dropout.evaluated", "Dropout", lambda x, p: F.dropout(x, p, training=False),
                {"x": randn("Dropout", 2, 3)}, p=0.5)

    def layer_norm(x, weight=None, bias=None, *, epsilon):
        return F.layer_norm(x, x.shape[-1:], weight, bias, epsilon)

    weight, bias = randn("LayerNorm.w", 5), randn("LayerNorm.b", 5)
    x = randn("LayerNorm.x", 2, 3, 5)
    for epsilon in (1e-5, 0.5):
        for name, values in {"plain": x, "vector": x[0, 0], "far": x + 1000, "large": x * 1e15, "small": x * 1e-15,
                             "equal": torch.ones(2, 5, dtype=F64), "no_rows": x[:0], "one": x[:, :, :1]}.items():
            features = values.shape[-1]
            # 1000 ± 1 leaves f32 four digits, and PyTorch's x - mean(x) of a single x is not quite 0 in f32.
            dtypes = [F64] if name in ("far", "one") else [F32, F64]
            records.add(f"layer_norm.{name}.{epsilon}", "layer_norm", layer_norm, dtypes=dtypes, epsilon=epsilon,
                        inputs={"x": values, "weight": weight[:features], "bias": bias[:features]})
    records.add("layer_norm.bare", "layer_norm", layer_norm, {"x": x}, epsilon=1e-5)
    infinite = x[0].clone()
    infinite[0, 0], infinite[1, 1] = NAN, INF
    records.add("layer_norm.infinite", "layer_norm", layer_norm, {"x": infinite, "weight": weight, "bias": bias},
                epsilon=1e-5)
    records.add("LayerNorm", "LayerNorm", layer_norm, {"x": x, "weight": weight, "bias": bias}, epsilon=1e-5)


def add_losses(records):
    def cross_entropy(logits, targets, **options):
        classes = logits.shape[-1]
        total = F.cross_entropy(logits.reshape(-1, classes), targets.reshape(-1), reduction="sum",
                                ignore_index=options.get("ignore_index", -100),
                                label_smoothing=options.get("label_smoothing", 0.0))
        # The loss of no rows is 0 here; PyTorch's mean over none is NaN.
        rows = max(1, int((targets != options.get("ignore_index", -100)).sum()))
        return total / options.get("count", rows)

    logits = randn("cross_entropy", 2, 3, 5)
    targets = torch.tensor([[4, 0, 2], [1, 1, 3]])
    some = torch.tensor([[4, -100, 2], [-100, 1, 1]])
    plain = {"logits": logits, "targets": targets}
    for smoothing in (0.0, 0.1, 1.0):
        suffix = f".smoothed_{smoothing}"
        records.add("cross_entropy" + suffix, "cross_entropy", cross_entropy, plain, label_smoothing=smoothing)
        records.add("cross_entropy.ignoring" + suffix, "cross_entropy", cross_entropy,
                    {"logits": logits, "targets": some}, label_smoothing=smoothing)
        records.add("cross_entropy.class_ignored" + suffix, "cross_entropy", cross_entropy, plain,
                    label_smoothing=smoothing, ignore_index=1)
        records.add("cross_entropy.all_ignored" + suffix, "cross_entropy", cross_entropy,
                    {"logits": logits, "targets": torch.full((2, 3), 0)}, label_smoothing=smoothing, ignore_index=0)
        records.add("cross_entropy.count" + suffix, "cross_entropy", cross_entropy,
                    {"logits": logits, "targets": some}, label_smoothing=smoothing, count=7.0)
        far = {"logits": torch.tensor([[0, 1000.5, 1000], [-1e4, -1e4, -1e4 + 1], [3e3, -3e3, 0], [1e4, 1e4 + 1, 0]],
                                      dtype=F64), "targets": torch.tensor([2, 2, 0, 0])}
        records.add("cross_entropy.far" + suffix, "cross_entropy", cross_entropy, far, label_smoothing=smoothing)
    records.add("cross_entropy.one", "cross_entropy", cross_entropy,
                {"logits": logits[0, 0], "targets": torch.tensor(3)})
    records.add("cross_entropy.one_class", "cross_entropy", cross_entropy,
                {"logits": logits[..., :1], "targets": torch.zeros(2, 3, dtype=torch.int64)})
    records.add("cross_entropy.no_rows", "cross_entropy", cross_entropy,
                {"logits": torch.zeros(0, 4), "targets": torch.zeros(0, dtype=torch.int64)})
    hidden = torch.tensor([[-INF, 0, 1], [2, -INF, -INF]], dtype=F64)
    records.add("cross_entropy.hidden", "cross_entropy", cross_entropy,
                {"logits": hidden, "targets": torch.tensor([2, 0])})
    records.add("cross_entropy.impossible", "cross_entropy", cross_entropy,
                {"logits": hidden, "targets": torch.tensor([0, 0])})
    infinite = torch.tensor([[NAN, 0, 1], [INF, 0, 1]], dtype=F64)
    for row in (0, 1):
        records.add(f"cross_entropy.infinite.{row}", "cross_entropy", cross_entropy,
                    {"logits": infinite[row:row + 1], "targets": torch.tensor([1])})

    # Weights of classes, and the losses of rows. PyTorch's classes are the second dimension.
    weight = randn("class_weight", 5).abs() + 0.1
    for reduction in ("mean", "sum", "none"):
        def rows(logits, targets, weight=None, reduction="mean", label_smoothing=0.0):
            return F.cross_entropy(logits.movedim(-1, 1), targets, weight, reduction=reduction,
                                   label_smoothing=label_smoothing)

        def nll(logits, targets, weight=None, reduction="mean"):
            return F.nll_loss(logits.movedim(-1, 1), targets, weight, reduction=reduction)

        inputs = {"logits": logits, "targets": some}
        weighted = inputs | {"weight": weight}
        for smoothing in (0.0, 0.1):
            records.add(f"cross_entropy.{reduction}.smoothed_{smoothing}", "cross_entropy", rows, inputs,
                        reduction=reduction, label_smoothing=smoothing)
            records.add(f"cross_entropy.weighted.{reduction}.smoothed_{smoothing}", "cross_entropy", rows, weighted,
                        constant=["weight"], reduction=reduction, label_smoothing=smoothing)
        records.add(f"nll_loss.{reduction}", "nll_loss", nll, inputs, reduction=reduction)
        records.add(f"nll_loss.weighted.{reduction}", "nll_loss", nll, weighted, constant=["weight"],
                    reduction=reduction)
    a, b = randn("mse.a", 2, 3), randn("mse.b", 2, 3)
    for reduction in ("mean", "sum", "none"):
        records.add(f"mse_loss.{reduction}", "mse_loss", F.mse_loss, {"prediction": a, "target": b},
                    reduction=reduction)
        records.add(f"bce.{reduction}", "binary_cross_entropy_with_logits", F.binary_cross_entropy_with_logits,
                    {"logits": a, "targets": torch.sigmoid(b).float().double()}, constant=["targets"],
                    reduction=reduction)
    binary = F.binary_cross_entropy_with_logits
    far = torch.tensor([1e4, -1e4, 1e4, -1e4, 50, -50, 0, 0], dtype=F64)
    records.add("bce.far", "binary_cross_entropy_with_logits", binary,
                {"logits": far, "targets": torch.tensor([1, 0, 0, 1, 1, 0, 1, 0.5], dtype=F64)}, constant=["targets"])


def attention_weights(scores, visible=None):
    """Softmax over the visible; zeros, and zero gradients, where nothing is visible."""
    if visible is None:
        return torch.softmax(scores, -1)
    visible = visible.expand(scores.shape)
    some = visible.any(-1, keepdim=True)
    hidden = torch.where(visible | ~some, torch.where(visible, scores, 0.0), -INF)
    return torch.where(some, torch.softmax(hidden, -1), 0.0)


def attend(query, keys, values, visible=None):
    weights = attention_weights(query @ keys.mT, visible)
    context = weights @ values
    # PyTorch's own attention agrees, with the same convention for a row where nothing is visible.
    theirs = F.scaled_dot_product_attention(query, keys, values, attn_mask=visible, scale=1.0)
    if bool(torch.isfinite(query).all()) and context.numel():
        torch.testing.assert_close(context, theirs, rtol=1e-5, atol=1e-5)
    return context, weights


def add_attention(records):
    query, keys, values = randn("query", 2, 3, 4), randn("keys", 2, 5, 4), randn("values", 2, 5, 6)
    masks = {
        "some": torch.tensor([[[True, True, False, True, False]], [[False, False, False, False, True]]]),
        "rows": torch.tensor([[True, False, False, False, False], [False] * 5, [True] * 5]),
        "none": torch.zeros(2, 1, 5, dtype=torch.bool),
        "all": torch.ones(2, 3, 5, dtype=torch.bool),
    }
    scores = randn("scores", 2, 3, 5)
    records.add("attention_scores", "attention_scores", lambda q, k: q @ k.mT, {"query": query, "keys": keys})
    records.add("attention_context", "attention_context", torch.matmul, {"weights": scores, "values": values})
    records.add("attention_weights.open", "attention_weights", attention_weights, {"scores": scores})
    records.add("attend.open", "attend", attend, {"query": query, "keys": keys, "values": values})
    records.add("attend.vectors", "attend", attend, {"query": query[0], "keys": keys[0], "values": values[0]})
    records.add("attend.large", "attend", attend, {"query": query * 100, "keys": keys * 100, "values": values})
    records.add("attend.heads", "attend", attend, {"query": query[:, None].expand(2, 2, 3, 4).contiguous(),
                                                   "keys": keys[:, None].expand(2, 2, 5, 4).contiguous(),
                                                   "values": values[:, None].expand(2, 2, 5, 6).contiguous(),
                                                   "visible": masks["some"][:, None]})
    records.add("attend.no_targets", "attend", attend, {"query": query[:, :0], "keys": keys, "values": values})
    for name, mask in masks.items():
        records.add(f"attention_weights.{name}", "attention_weights", attention_weights,
                    {"scores": scores, "visible": mask})
        records.add(f"attend.{name}", "attend", attend,
                    {"query": query, "keys": keys, "values": values, "visible": mask})
    far = torch.tensor([[1e30, -1e30, 1e30], [-1e30, -1e30, 0], [200, 0, -200]], dtype=F64)
    records.add("attention_weights.far", "attention_weights", attention_weights,
                {"scores": far, "visible": torch.tensor([[True, True, False], [True, True, False],
                                                         [False, True, True]])})


MODULES = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "tanh": torch.nn.RNN, "relu": torch.nn.RNN}
GATES = {"lstm": 4, "gru": 3, "tanh": 1, "relu": 1}


def recurrent(kind, x, lengths, states, weights, layers, bidirectional=False):
    """PyTorch's module over packed sequences. A sequence of no steps, which it refuses, keeps its first state and has
    zeros for its output."""
    batch, _, features = x.shape
    hidden = weights["weight_hh_l0"].shape[1]
    directions = 2 if bidirectional else 1
    options = dict(nonlinearity=kind) if kind in ("tanh", "relu") else {}
    module = MODULES[kind](features, hidden, layers, batch_first=True, bias="bias_ih_l0" in weights, dtype=x.dtype,
                           bidirectional=bidirectional, **options)
    if states is None:
        states = [x.new_zeros(directions * layers, batch, hidden)] * (2 if kind == "lstm" else 1)

    def run(x, states, keep):
        state = tuple(s[:, keep] for s in states)
        packed = x
        if lengths is not None:
            packed = pack_padded_sequence(x, lengths[keep], batch_first=True, enforce_sorted=False)
        output, state = torch.func.functional_call(module, weights, (packed, state if kind == "lstm" else state[0]))
        if lengths is not None:
            output, _ = pad_packed_sequence(output, batch_first=True, total_length=x.shape[1])
        return output, (state if kind == "lstm" else (state,))

    if lengths is None:
        return run(x, states, slice(None))
    keep = lengths.nonzero()[:, 0]
    output, after = run(x[keep], states, keep)
    return (torch.zeros(batch, x.shape[1], directions * hidden, dtype=x.dtype).index_copy(0, keep, output),
            [s.index_copy(1, keep, a) for s, a in zip(states, after)])


def recurrent_inputs(number, kind, layers, unequal, given, bias, bidirectional):
    """The tensors of a call by name: x, the weights as PyTorch calls them, and what of states and lengths there is."""
    batch, time, features, hidden = 3, 4, 2, 3
    directions = ("", "_reverse") if bidirectional else ("",)
    inputs = {"x": randn(f"x{number}", batch, time, features)}
    for layer in range(layers):
        below = hidden * len(directions) if layer else features
        shapes = {"weight_ih": (GATES[kind] * hidden, below), "weight_hh": (GATES[kind] * hidden, hidden)}
        if bias:
            shapes |= {"bias_ih": (GATES[kind] * hidden,), "bias_hh": (GATES[kind] * hidden,)}
        for direction in directions:
            inputs |= {f"{key}_l{layer}{direction}": randn(f"{key}{layer}{number}{direction}", *shape)
                       for key, shape in shapes.items()}
    names = list(inputs)[1:]
    if given:
        inputs["hidden"] = randn(f"h{number}", layers * len(directions), batch, hidden)
        if kind == "lstm":
            inputs["cell"] = randn(f"c{number}", layers * len(directions), batch, hidden)
    if unequal is not None:
        inputs["lengths"] = unequal
    return inputs, names


def add_recurrent(records):
    lengths, with_none = torch.tensor([2, 4, 1]), torch.tensor([0, 4, 3])
    cases = [  # kind, layers, lengths, whether a first state is given, whether there is a bias, two directions
        *((kind, layers, unequal, given, True, False) for kind in ("lstm", "tanh", "relu") for layers in (1, 2, 3)
          for unequal in (None, lengths) for given in (False, True)
          if kind == "lstm" or layers < 3 or (unequal is not None and given)),
        *((kind, 1, with_none, True, True, False) for kind in ("lstm", "tanh", "relu")),
        *((kind, 2, lengths, True, False, False) for kind in ("lstm", "tanh", "relu")),
        *(("gru", layers, unequal, given, True, False) for layers in (1, 2, 3)
          for unequal in (None, lengths, with_none) for given in (False, True)
          if layers == 1 or (unequal is not None and given)),
        ("gru", 2, lengths, True, False, False),
        *((kind, layers, unequal, given, True, True) for kind in ("lstm", "gru", "tanh") for layers in (1, 2)
          for unequal, given in ((None, False), (with_none, True), (with_none, False)) if layers == 2 or given),
        ("gru", 2, lengths, True, False, True),
    ]
    for number, (kind, layers, unequal, given, bias, bidirectional) in enumerate(cases):
        inputs, names = recurrent_inputs(number, kind, layers, unequal, given, bias, bidirectional)

        def run(*values, layers, **_):
            by_name = dict(zip(inputs, values))
            states = [by_name[key] for key in ("hidden", "cell") if key in by_name] or None
            output, after = recurrent(kind, by_name["x"], by_name.get("lengths"), states,
                                      {key: by_name[key] for key in names}, layers, bidirectional)
            return [output, *after]

        label = (f"{kind}.{layers}.{'full' if unequal is None else '-'.join(map(str, unequal.tolist()))}"
                 f"{'.given' if given else ''}{'' if bias else '.no_bias'}{'.two_ways' if bidirectional else ''}")
        more = dict(bidirectional=True) if bidirectional else {}
        records.add(label, "recurrent", run, inputs, layers=layers, kind=kind, **more)
    # Saturated gates and infinities: no step may turn a large number into NaN.
    weights = {"weight_ih_l0": torch.ones(4, 1), "weight_hh_l0": torch.zeros(4, 1),
               "bias_ih_l0": torch.zeros(4), "bias_hh_l0": torch.zeros(4)}
    far = torch.tensor([[[1e4]], [[-1e4]], [[88.0]]])
    records.add("lstm.saturated", "recurrent",
                lambda x, *w, layers, kind: [y for part in recurrent(kind, x, None, None, dict(zip(weights, w)), 1)
                                             for y in (part if isinstance(part, tuple) else (part,))],
                {"x": far, **weights}, layers=1, kind="lstm")


def layers():
    records = Records()
    for add in (add_simple, add_losses, add_attention, add_recurrent):
        add(records)
    return records
