"""The training step of bench/gpt in JAX under jit, timed; a line of JSON for each size."""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("sizes", nargs="*", default=["tiny", "char", "mid", "large"])
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=4)
options = parser.parse_args()
if options.threads == 1:  # XLA has as many threads as it may use processors
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.sched_setaffinity(0, {0})

import jax  # noqa: E402: reads the environment set above
import jax.numpy as jnp  # noqa: E402

# vocabulary, width, layers, heads, context, batch
SIZES = {
    "tiny": (27, 32, 2, 4, 16, 32),
    "char": (65, 128, 4, 4, 64, 12),
    "mid": (512, 256, 4, 8, 128, 8),
    "large": (8000, 384, 6, 6, 256, 4),
}
RATE, DECAY, BETA1, BETA2, EPSILON = 1e-3, 0.1, 0.9, 0.999, 1e-8


def linear_parameters(key, inputs, outputs):
    bound = inputs**-0.5
    return {"weight": jax.random.uniform(key, (inputs, outputs), minval=-bound, maxval=bound), "bias": jnp.zeros(outputs)}


def norm_parameters(width):
    return {"weight": jnp.ones(width), "bias": jnp.zeros(width)}


def block_parameters(key, width):
    projection, joined, linear1, linear2 = jax.random.split(key, 4)
    return {
        "norm1": norm_parameters(width),
        "projection": linear_parameters(projection, width, 3 * width),
        "joined": linear_parameters(joined, width, width),
        "norm2": norm_parameters(width),
        "linear1": linear_parameters(linear1, width, 4 * width),
        "linear2": linear_parameters(linear2, 4 * width, width),
    }


def model_parameters(key, vocabulary, width, layers, context):
    symbol, place, blocks = jax.random.split(key, 3)
    return {
        "symbol": 0.02 * jax.random.normal(symbol, (vocabulary, width)),
        "place": 0.02 * jax.random.normal(place, (context, width)),
        "blocks": [block_parameters(block, width) for block in jax.random.split(blocks, layers)],
        "norm": norm_parameters(width),
    }


def linear(p, x):
    return x @ p["weight"] + p["bias"]


def layer_norm(p, x):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(-1, keepdims=True) + 1e-5) * p["weight"] + p["bias"]


def block(p, x, heads):
    by_head = [part.reshape(*x.shape[:2], heads, -1) for part in jnp.split(linear(p["projection"], layer_norm(p["norm1"], x)), 3, -1)]
    context = jax.nn.dot_product_attention(*by_head, is_causal=True)
    x = x + linear(p["joined"], context.reshape(x.shape))
    hidden = jax.nn.gelu(linear(p["linear1"], layer_norm(p["norm2"], x)), approximate=False)
    return x + linear(p["linear2"], hidden)


def loss_of(p, symbols, heads):
    x = p["symbol"][symbols[:, :-1]] + p["place"]
    for part in p["blocks"]:
        x = block(part, x, heads)
    log_p = jax.nn.log_softmax(layer_norm(p["norm"], x) @ p["symbol"].T)
    return -jnp.take_along_axis(log_p, symbols[:, 1:, None], -1).mean()


def adam_w(p, first, second, gradient, number):
    first = BETA1 * first + (1 - BETA1) * gradient
    second = BETA2 * second + (1 - BETA2) * gradient**2
    step = first / (1 - BETA1**number) / (jnp.sqrt(second / (1 - BETA2**number)) + EPSILON)
    return p * (1 - RATE * DECAY) - RATE * step, first, second


def make_step(heads):
    @jax.jit
    def step(p, first, second, number, symbols):
        loss, gradients = jax.value_and_grad(loss_of)(p, symbols, heads)
        norm = jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(gradients)))
        scale = jnp.minimum(1.0, 1.0 / (norm + 1e-6))
        moved = jax.tree.map(lambda *each: adam_w(*each, number), p, first, second, jax.tree.map(lambda g: g * scale, gradients))
        pick = lambda i: jax.tree.map(lambda triple: triple[i], moved, is_leaf=lambda x: isinstance(x, tuple))
        return pick(0), pick(1), pick(2), loss

    return step


for name in options.sizes:
    vocabulary, width, layers, heads, context, batch = SIZES[name]
    key, data_key = jax.random.split(jax.random.key(0))
    state = [model_parameters(key, vocabulary, width, layers, context)]
    state += [jax.tree.map(jnp.zeros_like, state[0]) for _ in range(2)]
    symbols = jax.random.randint(data_key, (batch, context + 1), 0, vocabulary)
    step = make_step(heads)
    losses, times = [], []
    while sum(times[4:]) < options.seconds or len(times) < 9:
        begin = time.perf_counter()
        *state, loss = step(*state, float(len(times) + 1), symbols)
        losses.append(float(loss))
        times.append(time.perf_counter() - begin)
    times = sorted(times[4:])
    measured = {"median_ms": round(times[len(times) // 2] * 1e3, 3), "min_ms": round(times[0] * 1e3, 3)}
    measured |= {"first_loss": round(losses[0], 4), "last_loss": round(losses[-1], 4)}
    print(json.dumps({"peer": f"JAX {jax.__version__.rsplit('.', 1)[0]} jit", "mode": "train", "threads": options.threads, "config": name, **measured}), flush=True)
