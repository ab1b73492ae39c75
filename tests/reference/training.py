"""A whole training run of the translator: from the same weights, over the same batches, each loss and the weights
after."""

import torch
import torch.nn.functional as F

from models import Translator
from records import F64, Records

STEPS, BATCHES, PAD = 50, 5, 0
RULE = dict(lr=0.01, weight_decay=0.0)
CLIP, SMOOTHING = 0.5, 0.1


def batch_of(generator, size=4, words=11):
    """Sources and targets of unequal lengths; a target is its source backwards, so that there is something to learn."""
    lengths = torch.randint(2, 7, (size,), generator=generator)
    sources = torch.full((size, int(lengths.max())), PAD)
    fed = torch.full((size, int(lengths.max()) + 1), PAD)
    answers = fed.clone()
    begin, end, first_word = 1, 2, 3
    for row, length in enumerate(lengths.tolist()):
        words_of_row = torch.randint(first_word, words, (length,), generator=generator)
        sources[row, :length] = words_of_row
        fed[row, 0], fed[row, 1:length + 1] = begin, words_of_row.flip(0)
        answers[row, :length], answers[row, length] = words_of_row.flip(0), end
    return {"sources": sources, "source_lengths": lengths, "fed": fed, "fed_lengths": lengths + 1, "answers": answers}


def training():
    records = Records()
    for name, options in {"attention": dict(layers=2), "plain": dict(cell="rnn", attention=False)}.items():
        defaults = dict(source_words=11, target_words=11, embedding=6, hidden=8, layers=1, attention=True, cell="lstm")
        options = defaults | options
        torch.manual_seed(1)
        model = Translator(**options).to(F64)  # starts from numbers that f32 holds exactly
        generator = torch.Generator().manual_seed(2)
        batches = [batch_of(generator) for _ in range(BATCHES)]
        inputs = {f"{key}.{i}": value for i, batch in enumerate(batches) for key, value in batch.items()}
        inputs |= {key: value.clone() for key, value in model.state_dict().items()}
        optimiser = torch.optim.Adam(model.parameters(), foreach=False, **RULE)
        losses = []
        for step in range(STEPS):
            batch = batches[step % BATCHES]
            logits = model(batch["sources"], batch["source_lengths"], batch["fed"])
            loss = F.cross_entropy(logits.flatten(0, 1), batch["answers"].flatten(), ignore_index=PAD,
                                   label_smoothing=SMOOTHING)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP, foreach=False)
            optimiser.step()
            losses.append(loss.detach())
        after = model.state_dict()
        arguments = options | dict(learning_rate=RULE["lr"], clip=CLIP, label_smoothing=SMOOTHING, batches=BATCHES,
                                   weights=list(after))
        records.put(f"training.{name}", "training", arguments, inputs, [torch.stack(losses), *after.values()])
        print(f"training.{name}: loss {losses[0]:.4f} -> {losses[-1]:.4f}")
    return records
