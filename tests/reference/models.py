"""The modules whose weights cross over, with the names and layouts of their C++ twins."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Translator(nn.Module):
    """The translator of examples/seq2seq/recurrent_translator.h."""

    def __init__(self, source_words, target_words, embedding, hidden, layers=1, attention=True, cell="lstm"):
        super().__init__()
        network = {"lstm": nn.LSTM, "rnn": nn.RNN, "gru": nn.GRU}[cell]
        self.attention = attention
        self.source = nn.Embedding(source_words, embedding)
        self.target = nn.Embedding(target_words, embedding)
        self.encoder = network(embedding, hidden, layers, batch_first=True)
        self.decoder = network(embedding, hidden, layers, batch_first=True)
        self.combine = nn.Linear(2 * hidden if attention else hidden, embedding)
        self.output_bias = nn.Parameter(torch.zeros(target_words))

    def encode(self, sources, lengths):
        """[batch, time], [batch] -> the memory [batch, time, hidden], the state after each source, and the mask."""
        packed = pack_padded_sequence(self.source(sources), lengths, batch_first=True, enforce_sorted=False)
        packed, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(packed, batch_first=True, total_length=sources.shape[1])
        return memory, state, torch.arange(sources.shape[1]) < lengths[:, None]

    def decode(self, fed, memory, state, visible):
        """The words fed, [batch, targets] -> logits [batch, targets, words] and the state after them. What follows a
        target's end is computed too, and ignored by the loss."""
        states, state = self.decoder(self.target(fed), state)
        seen = states
        if self.attention:
            scores = (states @ memory.mT).masked_fill(~visible[:, None], -torch.inf)
            seen = torch.cat([torch.softmax(scores, -1) @ memory, states], -1)
        glance = torch.tanh(self.combine(seen))
        return glance @ self.target.weight.T + self.output_bias, state

    def forward(self, sources, lengths, fed):
        return self.decode(fed, *self.encode(sources, lengths))[0]


# Every layer that has parameters; its twin is in weights_test.cpp.
# [layers]
class Layers(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(7, 4)
        self.norm = nn.LayerNorm(4)
        self.encoder = nn.LSTM(4, 5, num_layers=2, batch_first=True)
        self.reader = nn.RNN(5, 3, batch_first=True)
        self.both_ways = nn.GRU(3, 2, num_layers=2, bidirectional=True, batch_first=True)
        self.steps = nn.ModuleList([nn.Linear(3, 3), nn.Linear(3, 2, bias=False)])
        self.scale = nn.Parameter(torch.ones(2))
# [layers end]
