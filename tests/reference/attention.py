"""Records of attention with its options: scaled_dot_product_attention and nn.MultiheadAttention."""

import torch
import torch.nn.functional as F

from records import INF, Records, randn


def multi_head():
    """A module whose state dict crosses over: one with packed weights, one with keys and values of other sizes."""
    return torch.nn.ModuleDict({"packed": torch.nn.MultiheadAttention(6, 2, batch_first=True),
                                "apart": torch.nn.MultiheadAttention(6, 3, bias=False, kdim=4, vdim=5,
                                                                     batch_first=True)})


def earlier(targets, sources):
    """True where a target may look: the last target sees all."""
    return torch.ones(targets, sources, dtype=torch.bool).tril(sources - targets)


def add_scaled_dot_product(records):
    query, keys, values = randn("sdpa.q", 2, 2, 3, 4), randn("sdpa.k", 2, 2, 5, 4), randn("sdpa.v", 2, 2, 5, 6)
    inputs = {"query": query, "keys": keys, "values": values}

    def call(query, keys, values, *masks, scale=None, causal=False, mask=None):
        masks = dict(zip([mask] if mask else [], masks))
        attn_mask = masks.get("visible", masks.get("bias"))
        if causal:  # PyTorch's is_causal lets target t see source t, also where there are more sources
            attn_mask = earlier(query.shape[-2], keys.shape[-2])
        return F.scaled_dot_product_attention(query, keys, values, attn_mask=attn_mask, scale=scale)

    some = torch.tensor([[True, True, False, True, False], [False, False, False, False, True], [False] * 5])
    pads = torch.tensor([[True, True, False, False, False], [True] * 5])[:, None, None]
    bias = randn("sdpa.bias", 2, 1, 5)
    hidden = randn("sdpa.hidden", 3, 5)
    hidden[0, 1] = hidden[2, 0] = hidden[2, 4] = -INF
    records.add("sdpa.default", "sdpa", call, inputs)
    records.add("sdpa.scale", "sdpa", call, inputs, scale=-0.75)
    records.add("sdpa.causal", "sdpa", call, inputs, causal=True)
    records.add("sdpa.causal_more_targets", "sdpa", call, {"query": keys, "keys": query, "values": randn("w", 2, 2, 3, 6)},
                causal=True)
    for name, mask in {"some": some, "pads": pads}.items():
        records.add(f"sdpa.{name}", "sdpa", call, {**inputs, "visible": mask}, mask="visible")
    for name, mask in {"bias": bias, "hidden": hidden, "numbers": randn("sdpa.n", 2, 1, 3, 5)}.items():
        records.add(f"sdpa.{name}", "sdpa", call, {**inputs, "bias": mask}, mask="bias", scale=0.5)
    long = {key: randn(f"sdpa.long.{key}", 70, 2) for key in ("query", "keys", "values")}
    records.add("sdpa.causal_long", "sdpa", call, long, causal=True)


def mask_for(visible, bias, heads):
    """The masks of a call as nn.MultiheadAttention wants them: true where a source is hidden, a matrix for each head."""
    if bias is not None:
        return {"attn_mask": bias if bias.dim() == 2 else bias.flatten(0, 1)}
    if visible is None:
        return {}
    if visible.dim() == 3 and visible.shape[1] == 1:
        return {"key_padding_mask": ~visible[:, 0]}
    return {"attn_mask": ~(visible if visible.dim() == 2 else visible.repeat_interleave(heads, 0))}


def add_multi_head(records):
    batch, targets, sources, features = 2, 3, 5, 6
    heads = 2

    def add(name, shapes, biased=True, kdim=features, vdim=features, mask=None, **arguments):
        inputs = {key: randn(f"mha.{name}.{key}", *shape) for key, shape in shapes.items()}
        sizes = {"in_proj_weight": (3 * features, features)}
        if (kdim, vdim) != (features, features):
            sizes = {"q_proj_weight": (features, features), "k_proj_weight": (features, kdim),
                     "v_proj_weight": (features, vdim)}
        sizes["out_proj.weight"] = (features, features)
        if biased:
            sizes |= {"in_proj_bias": (3 * features,), "out_proj.bias": (features,)}
        weights = {key: randn(f"mha.{key}", *size) / 2 for key, size in sizes.items()}
        inputs |= weights | (mask or {})

        def run(*values, causal=False, **_):
            by_name = dict(zip(inputs, values))
            query = by_name["query"]
            keys = by_name.get("keys", query)
            value = by_name.get("values", keys)
            module = torch.nn.MultiheadAttention(features, heads, bias=biased, kdim=kdim, vdim=vdim, batch_first=True,
                                                 dtype=query.dtype)
            options = mask_for(by_name.get("visible"), by_name.get("bias"), heads)
            if causal:
                options["attn_mask"] = ~earlier(query.shape[-2], keys.shape[-2])
            return torch.func.functional_call(module, {key: by_name[key] for key in weights}, (query, keys, value),
                                              options | {"average_attn_weights": False})

        records.add(f"MultiHead.{name}", "MultiHead", run, inputs, heads=heads, kdim=kdim, vdim=vdim, biased=biased,
                    **arguments)

    itself = {"query": (batch, targets, features)}
    memory = itself | {"keys": (batch, sources, features)}
    apart = memory | {"values": (batch, sources, features)}
    pads = {"visible": torch.tensor([[True, True, False, False, False], [True] * 5])[:, None]}
    some = {"visible": torch.tensor([[True, False, True, True, False], [False] * 4 + [True], [True] * 5])}
    each = {"visible": torch.stack([some["visible"], some["visible"].flip(1)])}
    hidden = randn("mha.hidden", batch, heads, targets, sources)
    hidden[0, 1, 2, 3] = hidden[1, 0, 0, 0] = -INF
    add("itself", itself)
    add("itself_causal", itself, causal=True)
    add("memory", memory)
    add("apart", apart)
    add("unbatched", {key: size[1:] for key, size in apart.items()})
    add("no_bias", apart, biased=False)
    add("other_sizes", {**apart, "keys": (batch, sources, 4), "values": (batch, sources, 7)}, kdim=4, vdim=7)
    add("pads", memory, mask=pads)
    add("some", memory, mask=some)
    add("some_of_each", apart, mask=each)
    add("causal", apart, causal=True)
    add("numbers", apart, mask={"bias": randn("mha.numbers", targets, sources)})
    add("numbers_of_heads", memory, mask={"bias": hidden})


def attention():
    records = Records()
    for add in (add_scaled_dot_product, add_multi_head):
        add(records)
    return records
