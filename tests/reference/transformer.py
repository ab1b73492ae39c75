"""Records of the Transformer's blocks and stacks, and whole training runs of an encoder-decoder and of a GPT."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from records import F64, Records, randn

FEATURES, HEADS, HIDDEN = 4, 2, 3


def block(decoder, dtype, norm_first, activation, bias):
    kind = nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer
    return kind(FEATURES, HEADS, HIDDEN, dropout=0.0, activation=activation, batch_first=True, norm_first=norm_first,
                bias=bias, dtype=dtype)


def module_of(dtype, decoder, layers, norm_first, activation, bias, last_norm):
    """A block, or a stack of them when `layers` is not 0."""
    one = block(decoder, dtype, norm_first, activation, bias)
    if layers == 0:
        return one
    norm = nn.LayerNorm(FEATURES, dtype=dtype) if last_norm else None
    if decoder:
        return nn.TransformerDecoder(one, layers, norm)
    return nn.TransformerEncoder(one, layers, norm, enable_nested_tensor=False)


def later(size):
    """True where a place may not look."""
    return torch.ones(size, size, dtype=torch.bool).triu(1)


def add_blocks(records):
    batch, time, sources = 2, 3, 4
    pads = {"time": torch.tensor([[True, True, False], [True] * 3]),
            "sources": torch.tensor([[True] * 4, [True, True, False, False]])}

    def add(name, decoder, layers=0, norm_first=False, activation="relu", bias=True, last_norm=False, causal=False,
            padded=False):
        inputs = {"x": randn(f"{name}.x", batch, time, FEATURES)}
        if decoder:
            inputs["memory"] = randn(f"{name}.memory", batch, sources, FEATURES)
        arguments = dict(decoder=decoder, layers=layers, norm_first=norm_first, activation=activation, bias=bias,
                         last_norm=last_norm)
        names = list(module_of(F64, **arguments).state_dict())
        shapes = [x.shape for x in module_of(F64, **arguments).state_dict().values()]
        inputs |= {key: randn(f"{name}.{key}", *shape) / 2 + (key.endswith("weight") and len(shape) == 1)
                   for key, shape in zip(names, shapes)}
        if padded:
            inputs["visible"] = pads["sources" if decoder else "time"]

        def run(*values, **_):
            given = dict(zip(inputs, values))
            module = module_of(given["x"].dtype, **arguments)
            hidden = ~given["visible"] if padded else None
            if decoder:
                call = (given["x"], given["memory"])
                masks = {"tgt_mask": later(time), "memory_key_padding_mask": hidden}
            else:
                call = (given["x"],)
                masks = {"src_key_padding_mask": hidden}
                if causal:
                    masks["mask" if layers else "src_mask"] = later(time)
            return torch.func.functional_call(module, {key: given[key] for key in names}, call, masks)

        records.add(f"transformer.{name}", "decoder" if decoder else "encoder", run, inputs, heads=HEADS, hidden=HIDDEN,
                    causal=causal, **arguments)

    add("encoder.post_relu", False, padded=True)
    add("encoder.post_gelu", False, activation="gelu", causal=True)
    add("encoder.pre_relu", False, norm_first=True, causal=True, padded=True)
    add("encoder.pre_gelu", False, norm_first=True, activation="gelu")
    add("encoder.no_bias", False, bias=False, activation="gelu", padded=True)
    add("encoder.stack_post", False, layers=2, padded=True)
    add("encoder.stack_pre", False, layers=2, norm_first=True, activation="gelu", last_norm=True, causal=True)
    add("encoder.stack_no_last", False, layers=2, norm_first=True, padded=True)
    add("decoder.post_relu", True)
    add("decoder.post_gelu", True, activation="gelu", padded=True)
    add("decoder.pre_relu", True, norm_first=True, padded=True)
    add("decoder.pre_gelu", True, norm_first=True, activation="gelu")
    add("decoder.no_bias", True, bias=False, padded=True)
    add("decoder.stack_post", True, layers=2, last_norm=True, padded=True)
    add("decoder.stack_pre", True, layers=2, norm_first=True, activation="gelu", last_norm=True, padded=True)


def transformer():
    records = Records()
    add_blocks(records)
    return records


def transformers():
    """A module whose state dict crosses over: blocks of both kinds in stacks, with a last norm and without biases."""
    def layer(kind, **options):
        return kind(4, 2, 6, batch_first=True, **options)

    return nn.ModuleDict({
        "encoder": nn.TransformerEncoder(layer(nn.TransformerEncoderLayer, norm_first=True), 2, nn.LayerNorm(4),
                                         enable_nested_tensor=False),
        "decoder": nn.TransformerDecoder(layer(nn.TransformerDecoderLayer), 2),
        "bare": layer(nn.TransformerEncoderLayer, bias=False)})


STEPS, WORDS, PAD = 50, 11, 0
CLIP, SMOOTHING = 0.5, 0.1


def sinusoids(count, features):
    places = torch.arange(count, dtype=F64)[:, None]
    angles = places / 10000 ** (torch.arange(0, features, 2, dtype=F64) / features)
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


class EncoderDecoder(nn.Module):
    """A translator of two words' vectors, with sinusoids and one block on each side."""

    def __init__(self, features=8, heads=2, hidden=12):
        super().__init__()
        options = dict(dropout=0.0, batch_first=True)
        self.source = nn.Embedding(WORDS, features)
        self.target = nn.Embedding(WORDS, features)
        self.encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(features, heads, hidden, **options), 2,
                                             enable_nested_tensor=False)
        self.decoder = nn.TransformerDecoder(nn.TransformerDecoderLayer(features, heads, hidden, **options), 1)
        self.output = nn.Linear(features, WORDS)
        with torch.no_grad():  # words as large as their places
            self.source.weight /= math.sqrt(features)
            self.target.weight /= math.sqrt(features)

    def forward(self, sources, fed):
        features = self.source.weight.shape[1]

        def placed(table, symbols):
            return table(symbols) * math.sqrt(features) + sinusoids(symbols.shape[1], features)

        pads = sources == PAD
        memory = self.encoder(placed(self.source, sources), src_key_padding_mask=pads)
        states = self.decoder(placed(self.target, fed), memory, tgt_mask=later(fed.shape[1]),
                              memory_key_padding_mask=pads)
        return self.output(states)


class GPT(nn.Module):
    """A GPT of two blocks, with learned positions, whose output is its table of words."""

    def __init__(self, most=8, features=8, heads=2, hidden=16):
        super().__init__()
        self.words = nn.Embedding(WORDS, features)
        self.positions = nn.Embedding(most, features)
        layer = nn.TransformerEncoderLayer(features, heads, hidden, dropout=0.0, activation="gelu", batch_first=True,
                                           norm_first=True)
        self.blocks = nn.TransformerEncoder(layer, 2, nn.LayerNorm(features), enable_nested_tensor=False)

    def forward(self, symbols):
        time = symbols.shape[1]
        x = self.words(symbols) + self.positions(torch.arange(time))
        return self.blocks(x, mask=later(time)) @ self.words.weight.T


def decay_groups(model, decay):
    """No decay for what has one dimension, and for embeddings."""
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    kept = [p for p in model.parameters() if p.dim() < 2 or id(p) in tables]
    decayed = [p for p in model.parameters() if p.dim() >= 2 and id(p) not in tables]
    return [dict(params=decayed, weight_decay=decay), dict(params=kept, weight_decay=0.0)]


def put_run(records, name, model, batches, loss_of, optimiser, arguments):
    inputs = {f"{key}.{i}": value for i, batch in enumerate(batches) for key, value in batch.items()}
    inputs |= {key: value.clone() for key, value in model.state_dict().items()}
    losses = []
    for step in range(STEPS):
        loss = loss_of(batches[step % len(batches)])
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
        optimiser.step()
        losses.append(loss.detach())
    after = model.state_dict()
    records.put(name, name.split(".")[-1], arguments | dict(clip=CLIP, batches=len(batches), weights=list(after)), inputs,
                [torch.stack(losses), *after.values()])
    print(f"{name}: loss {losses[0]:.4f} -> {losses[-1]:.4f}")


def transformer_training():
    """The bias of keys changes no weight of attention, so that its gradient is what rounding leaves. A large epsilon
    keeps Adam from making steps of it."""
    from training import batch_of

    records = Records()
    rule = dict(lr=0.01, eps=1e-4, foreach=False)
    torch.manual_seed(1)
    model = EncoderDecoder().to(F64)
    # All start alike, which PyTorch's stacks do; and as numbers that f32 holds exactly.
    model.load_state_dict({key: value.float().double() for key, value in model.state_dict().items()})
    generator = torch.Generator().manual_seed(2)
    batches = [{key: value for key, value in batch_of(generator).items() if key in ("sources", "fed", "answers")}
               for _ in range(5)]

    def translation_loss(batch):
        logits = model(batch["sources"], batch["fed"])
        return F.cross_entropy(logits.flatten(0, 1), batch["answers"].flatten(), ignore_index=PAD,
                               label_smoothing=SMOOTHING)

    put_run(records, "training.encoder_decoder", model, batches, translation_loss,
            torch.optim.Adam(model.parameters(), **rule),
            dict(learning_rate=rule["lr"], epsilon=rule["eps"], label_smoothing=SMOOTHING))

    gpt = GPT().to(F64)
    gpt.load_state_dict({key: value.float().double() for key, value in gpt.state_dict().items()})
    texts = [torch.randint(0, WORDS, (4, 9), generator=generator) for _ in range(3)]

    def gpt_loss(batch):
        return F.cross_entropy(gpt(batch["symbols"]).flatten(0, 1), batch["next"].flatten())

    decay = 0.1
    put_run(records, "training.gpt", gpt, [{"symbols": t[:, :-1], "next": t[:, 1:]} for t in texts], gpt_loss,
            torch.optim.AdamW(decay_groups(gpt, decay), **rule),
            dict(learning_rate=rule["lr"], epsilon=rule["eps"], weight_decay=decay))
    return records
