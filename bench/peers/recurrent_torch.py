"""The recurrent layers of bench/recurrent_bench.cpp in PyTorch, timed: a line for each layer and size. One thread."""

import time

import torch
from torch import nn

# embedding, hidden, batch, source length
SIZES = {"tiny": (32, 32, 16, 10), "toy": (64, 128, 32, 20), "mid": (256, 256, 64, 20), "large": (256, 512, 64, 25)}
LAYERS = {"LSTM": (nn.LSTM, False), "GRU": (nn.GRU, False), "LSTM_two_ways": (nn.LSTM, True)}
SECONDS = 1

torch.set_num_threads(1)
torch.manual_seed(1)
for name, (layer, bidirectional) in LAYERS.items():
    for size, (embedding, hidden, batch, length) in SIZES.items():
        network = layer(embedding, hidden, batch_first=True, bidirectional=bidirectional)
        x = torch.randn(batch, length, embedding, requires_grad=True)
        inputs = [*network.parameters(), x]
        times = []
        while sum(times) < SECONDS or len(times) < 5:
            begin = time.perf_counter()
            output, _ = network(x)
            torch.autograd.grad(output, inputs, torch.ones_like(output))
            times.append(time.perf_counter() - begin)
        print(f"{name:14} {size:6} {sorted(times)[len(times) // 2] * 1e3:9.3f} ms", flush=True)
