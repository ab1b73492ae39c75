"""The training step of bench/step in JAX under jit, timed; a line of JSON for each size."""

import argparse
import json
import os
import time

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("sizes", nargs="*", default=["tiny", "toy", "mid", "large"])
parser.add_argument("--mode", choices=["whole", "stepwise"], default="whole")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--seconds", type=float, default=4)
options = parser.parse_args()
if options.threads == 1:  # XLA has as many threads as it may use processors
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    os.sched_setaffinity(0, {0})

import jax  # noqa: E402: reads the environment set above
import jax.numpy as jnp  # noqa: E402

# vocabulary, embedding, hidden, batch, source length, target length
SIZES = {
    "tiny": (32, 32, 32, 16, 10, 10),
    "toy": (64, 64, 128, 32, 20, 20),
    "mid": (1000, 256, 256, 64, 20, 20),
    "large": (8000, 256, 512, 64, 25, 25),
}


def linear_parameters(key, inputs, outputs):
    return {"weight": jax.random.normal(key, (inputs, outputs)) * inputs**-0.5, "bias": jnp.zeros(outputs)}


def lstm_parameters(key, inputs, hidden):
    input_key, hidden_key = jax.random.split(key)
    bound = hidden**-0.5
    return {
        "input": jax.random.uniform(input_key, (inputs, 4 * hidden), minval=-bound, maxval=bound),
        "hidden": jax.random.uniform(hidden_key, (hidden, 4 * hidden), minval=-bound, maxval=bound),
        "bias": jnp.zeros(4 * hidden),
    }


def linear(p, x):
    return x @ p["weight"] + p["bias"]


def lstm_step(p, from_input, state):
    hidden, cell = state
    i, f, g, o = jnp.split(from_input + hidden @ p["hidden"], 4, -1)
    cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
    return jax.nn.sigmoid(o) * jnp.tanh(cell), cell


def lstm(p, x, state):
    """[batch, time, in] -> [batch, time, hidden] and the last state"""

    def step(state, from_input):
        state = lstm_step(p, from_input, state)
        return state, state[0]

    state, hidden = jax.lax.scan(step, state, (x @ p["input"] + p["bias"]).swapaxes(0, 1))
    return hidden.swapaxes(0, 1), state


def attend(query, memory, visible):
    scores = jnp.where(visible, query @ memory.swapaxes(1, 2), -jnp.inf)
    return jax.nn.softmax(scores, -1) @ memory


def decode_whole(p, words, memory, state, visible):
    hidden, _ = lstm(p["decoder"], words, state)
    context = attend(hidden, memory, visible)
    return jnp.tanh(linear(p["combine"], jnp.concatenate([context, hidden], -1)))


def decode_stepwise(p, words, memory, state, visible):
    decoder = p["decoder"]

    def step(carry, word):
        state, fed = carry
        from_input = jnp.concatenate([word, fed], -1) @ decoder["input"] + decoder["bias"]
        state = lstm_step(decoder, from_input, state)
        context = attend(state[0][:, None], memory, visible)[:, 0]
        fed = jnp.tanh(linear(p["combine"], jnp.concatenate([context, state[0]], -1)))
        return (state, fed), fed

    _, states = jax.lax.scan(step, (state, jnp.zeros_like(state[0])), words.swapaxes(0, 1))
    return states.swapaxes(0, 1)


def training(size):
    """The state to start from, and a compiled function that makes one training step of it."""
    vocabulary, embedding, hidden, batch, source_length, target_length = SIZES[size]
    stepwise = options.mode == "stepwise"
    decode = decode_stepwise if stepwise else decode_whole
    keys = jax.random.split(jax.random.key(0), 9)
    parameters = {
        "source": jax.random.normal(keys[0], (vocabulary, embedding)),
        "target": jax.random.normal(keys[1], (vocabulary, embedding)),
        "encoder": lstm_parameters(keys[2], embedding, hidden),
        "decoder": lstm_parameters(keys[3], embedding + (hidden if stepwise else 0), hidden),
        "combine": linear_parameters(keys[4], 2 * hidden, hidden),
        "output": linear_parameters(keys[5], hidden, vocabulary),
    }
    lengths = (source_length, target_length, target_length)
    source, target, answers = (jax.random.randint(k, (batch, n), 1, vocabulary) for k, n in zip(keys[6:], lengths))
    visible = jnp.ones((batch, 1, source_length), bool)
    visible = visible.at[: batch // 2, :, source_length - source_length // 4 :].set(False)

    def loss_of(p):
        zeros = jnp.zeros((batch, hidden))
        memory, state = lstm(p["encoder"], p["source"][source], (zeros, zeros))
        logits = linear(p["output"], decode(p, p["target"][target], memory, state, visible))
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), answers[..., None], -1).mean()

    def step(p, first, second, count):
        loss, gradients = jax.value_and_grad(loss_of)(p)
        norm = jnp.sqrt(sum(jnp.sum(g * g) for g in jax.tree.leaves(gradients)))
        gradients = jax.tree.map(lambda g: g * jnp.minimum(1.0, 1.0 / (norm + 1e-6)), gradients)
        count = count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        corrected = jnp.sqrt(1 - 0.999**count)
        rate = 1e-3 / (1 - 0.9**count)
        p = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) / corrected + 1e-8), p, first, second)
        return p, first, second, count, loss

    zeros = [jax.tree.map(jnp.zeros_like, parameters) for _ in range(2)]
    return (parameters, *zeros, jnp.array(0.0)), jax.jit(step, donate_argnums=(0, 1, 2))


for size in options.sizes:
    state, step = training(size)
    *state, loss = step(*state)
    first_loss = float(loss)
    for _ in range(3):
        *state, loss = step(*state)
    float(loss)
    times = []
    while sum(times) < options.seconds or len(times) < 5:
        begin = time.perf_counter()
        *state, loss = step(*state)
        last_loss = float(loss)
        times.append(time.perf_counter() - begin)
    times.sort()
    print(json.dumps({
        "peer": f"JAX {jax.__version__} jit", "mode": options.mode, "threads": options.threads, "config": size,
        "median_ms": round(times[len(times) // 2] * 1e3, 3), "min_ms": round(times[0] * 1e3, 3),
        "first_loss": round(first_loss, 4), "last_loss": round(last_loss, 4),
    }), flush=True)
