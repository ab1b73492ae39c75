"""The training step of bench/gpt in PyTorch, timed, or its writing; a line of JSON for each size."""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

# vocabulary, width, layers, heads, context, batch
SIZES = {
    "tiny": (27, 32, 2, 4, 16, 32),
    "char": (65, 128, 4, 4, 64, 12),
    "mid": (512, 256, 4, 8, 128, 8),
    "large": (8000, 384, 6, 6, 256, 4),
}


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm1 = nn.LayerNorm(width)
        self.projection = nn.Linear(width, 3 * width)
        self.joined = nn.Linear(width, width)
        self.norm2 = nn.LayerNorm(width)
        self.linear1 = nn.Linear(width, 4 * width)
        self.linear2 = nn.Linear(4 * width, width)

    def by_head(self, x):
        """[batch, time, width] -> [batch, heads, time, width / heads]"""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(self, x, cache):
        """cache: None to attend to the sequence itself, or a list that holds the keys and values of earlier places."""
        query, keys, values = map(self.by_head, self.projection(self.norm1(x)).chunk(3, -1))
        if cache:
            keys, values = torch.cat([cache[0], keys], 2), torch.cat([cache[1], values], 2)
        if cache is not None:
            cache[:] = keys, values
        context = F.scaled_dot_product_attention(query, keys, values, is_causal=cache is None)
        x = x + self.joined(context.transpose(1, 2).flatten(2))
        return x + self.linear2(F.gelu(self.linear1(self.norm2(x))))


class Model(nn.Module):
    def __init__(self, vocabulary, width, layers, heads, places):
        super().__init__()
        self.symbol = nn.Embedding(vocabulary, width)
        self.place = nn.Embedding(places, width)
        for embedding in (self.symbol, self.place):
            nn.init.normal_(embedding.weight, std=0.02)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    def forward(self, symbols, first=0, caches=None):
        x = self.symbol(symbols) + self.place.weight[first : first + symbols.shape[1]]
        for i, block in enumerate(self.blocks):
            x = block(x, caches[i] if caches else None)
        return F.linear(self.norm(x), self.symbol.weight)


def timed(seconds, run):
    """The seconds that each call takes, sorted."""
    times = []
    while sum(times) < seconds or len(times) < 5:
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return sorted(times)


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def train(name, options):
    vocabulary, width, layers, heads, context, batch = SIZES[name]
    before = peak_memory()
    model = Model(vocabulary, width, layers, heads, context)
    forward = torch.compile(model) if options.compile else model
    adam = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.1)
    symbols = torch.randint(vocabulary, (batch, context + 1))

    def step():
        adam.zero_grad(set_to_none=True)
        logits = forward(symbols[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1), symbols[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        adam.step()
        return loss.item()

    first_loss = step()
    for _ in range(3):
        last_loss = step()
    times = timed(options.seconds, step)
    return {
        "mode": "train",
        "median_ms": round(times[len(times) // 2] * 1e3, 3),
        "min_ms": round(times[0] * 1e3, 3),
        "first_loss": round(first_loss, 4),
        "last_loss": round(last_loss, 4),
        "memory_mb": round(peak_memory() - before),
    }


def write(name, options):
    vocabulary, width, layers, heads, context, _ = SIZES[name]
    model = Model(vocabulary, width, layers, heads, max(context, options.write))

    @torch.inference_mode()
    def run():
        symbol, caches = torch.zeros(1, 1, dtype=torch.long), [[] for _ in range(layers)]
        for place in range(options.write):
            symbol = model(symbol, place, caches)[:, -1:].argmax(-1)

    run()
    times = timed(options.seconds, run)
    per_symbol = 1e6 / options.write
    return {
        "mode": "write",
        "median_us": round(times[len(times) // 2] * per_symbol, 2),
        "min_us": round(times[0] * per_symbol, 2),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--write", type=int, default=0, help="in place of training: so many symbols, one by one")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    peer = f"PyTorch {torch.__version__.split('+')[0]}" + (" compile" if options.compile else "")
    for name in options.sizes:
        measured = write(name, options) if options.write else train(name, options)
        print(json.dumps({"peer": peer, "threads": options.threads, "config": name, **measured}), flush=True)
