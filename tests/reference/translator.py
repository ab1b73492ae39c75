"""The translator of examples/seq2seq/model.h in PyTorch, with the same names: their state dicts fit each other."""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence


class Translator(nn.Module):
    def __init__(self, source_words, target_words, embedding, hidden, layers=1, attention=True, cell="lstm"):
        super().__init__()
        network = {"lstm": nn.LSTM, "rnn": nn.RNN}[cell]
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
