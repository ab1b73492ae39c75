"""The training step of bench/step in PyTorch, timed; a line of JSON for each size."""

import argparse
import json
import resource
import time

import torch
import torch.nn.functional as F
from torch import nn

# vocabulary, embedding, hidden, batch, source length, target length
SIZES = {
    "tiny": (32, 32, 32, 16, 10, 10),
    "toy": (64, 64, 128, 32, 20, 20),
    "mid": (1000, 256, 256, 64, 20, 20),
    "large": (8000, 256, 512, 64, 25, 25),
}


def attend(query, memory, visible):
    """[batch, target, hidden], [batch, source, hidden], [batch, 1, source] -> [batch, target, hidden]"""
    scores = query @ memory.transpose(1, 2)
    weights = scores.masked_fill(~visible, float("-inf")).softmax(-1)
    return weights @ memory


class Model(nn.Module):
    def __init__(self, vocabulary, embedding, hidden, stepwise):
        super().__init__()
        self.source = nn.Embedding(vocabulary, embedding)
        self.target = nn.Embedding(vocabulary, embedding)
        self.encoder = nn.LSTM(embedding, hidden, batch_first=True)
        if stepwise:
            self.decoder = nn.LSTMCell(embedding + hidden, hidden)
        else:
            self.decoder = nn.LSTM(embedding, hidden, batch_first=True)
        self.combine = nn.Linear(2 * hidden, hidden)
        self.output = nn.Linear(hidden, vocabulary)
        self.decode = self.decode_stepwise if stepwise else self.decode_whole

    def forward(self, source, target, visible):
        memory, state = self.encoder(self.source(source))
        return self.output(self.decode(self.target(target), memory, state, visible))

    def decode_whole(self, words, memory, state, visible):
        hidden, _ = self.decoder(words, state)
        context = attend(hidden, memory, visible)
        return torch.tanh(self.combine(torch.cat([context, hidden], -1)))

    def decode_stepwise(self, words, memory, state, visible):
        hidden, cell = (part[0] for part in state)
        fed = torch.zeros_like(hidden)
        states = []
        for word in words.unbind(1):
            hidden, cell = self.decoder(torch.cat([word, fed], -1), (hidden, cell))
            context = attend(hidden.unsqueeze(1), memory, visible).squeeze(1)
            fed = torch.tanh(self.combine(torch.cat([context, hidden], -1)))
            states.append(fed)
        return torch.stack(states, 1)


def training(size, mode):
    """A function that makes one training step and returns its loss."""
    vocabulary, embedding, hidden, batch, source_length, target_length = SIZES[size]
    model = Model(vocabulary, embedding, hidden, mode == "stepwise")
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    source, target, answers = (torch.randint(1, vocabulary, (batch, n)) for n in (source_length, target_length, target_length))
    visible = torch.ones(batch, 1, source_length, dtype=torch.bool)
    visible[: batch // 2, :, source_length - source_length // 4 :] = False

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = model(source, target, visible)
        loss = F.cross_entropy(logits.reshape(-1, vocabulary), answers.reshape(-1), ignore_index=0)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return step


def peak_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", default=list(SIZES))
    parser.add_argument("--mode", choices=["whole", "stepwise"], default="whole")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=4)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    training("tiny", options.mode)()  # loads the library, whose memory is not counted
    for size in options.sizes:
        before = peak_memory()
        step = training(size, options.mode)
        first_loss = step()
        for _ in range(3):
            step()
        times = []
        while sum(times) < options.seconds or len(times) < 5:
            begin = time.perf_counter()
            loss = step()
            times.append(time.perf_counter() - begin)
        times.sort()
        print(json.dumps({
            "peer": f"PyTorch {torch.__version__}", "mode": options.mode, "threads": options.threads, "config": size,
            "median_ms": round(times[len(times) // 2] * 1e3, 3), "min_ms": round(times[0] * 1e3, 3),
            "first_loss": round(first_loss, 4), "last_loss": round(loss, 4),
            "memory_mb": round(peak_memory() - before),
        }), flush=True)


main()
