#!/usr/bin/env python3
"""Takes weights from glance to PyTorch and back, without renaming any, and sees that they still translate the same.

1. `translate` trains a small translator. PyTorch loads its checkpoint by load_file and load_state_dict (strict), and
   must translate the sentences of the built-in language as `translate` does, word for word.
2. PyTorch changes every weight and saves the state dict by save_file. `translate` must read that file, and translate as
   PyTorch now does.
3. The file of layers that reference_test holds byte for byte against glance's own loads in PyTorch the same way.

Usage: python tests/reference/weights.py [FOLDER of the programs, by default build/release/bin]
"""

import json
import os
import subprocess
import sys
import tempfile

try:
    import torch
    from safetensors import safe_open
    from safetensors.torch import load_file, save_file
except ImportError as error:
    sys.exit(f"weights.py: {error}: nothing was checked; it needs PyTorch and safetensors\n"
             "(pip install torch safetensors)")

from models import Layers, Translator

BEGIN, END, UNKNOWN = 1, 2, 3
SENTENCES = ["the cat ate the apple", "the black dog does not see the white house", "the boy sees the girl",
             "a small house", "the women have eaten", "the father does not see the apple"]


def run(program, *arguments):
    done = subprocess.run([program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"weights.py: {program} {' '.join(arguments)}: {done.stderr.strip()}")
    return done.stdout


# [checkpoint]
def load(path):
    """A checkpoint of `translate` as a module, with its vocabularies."""
    with safe_open(path, "pt") as file:
        metadata = file.metadata()
    options = json.loads(metadata["model"])
    model = Translator(options["source_words"], options["target_words"], options["embedding"], options["hidden"],
                       options["layers"], options["attention"] == "dot", ["lstm", "rnn", "gru"][options["cell"]])
    model.load_state_dict(load_file(path))
    return model, json.loads(metadata["source"]), json.loads(metadata["target"]), metadata
# [checkpoint end]


@torch.no_grad()
def translate(model, source, target, sentence, most):
    """The likeliest word after the likeliest word, `most` at most, and the logarithm of their probability."""
    numbers = [source.index(word) if word in source else UNKNOWN for word in sentence.split()]
    memory, state, visible = model.encode(torch.tensor([numbers]), torch.tensor([len(numbers)]))
    words, last, log_probability = [], BEGIN, 0.0
    for _ in range(most):
        logits, state = model.decode(torch.tensor([[last]]), memory, state, visible)
        last = int(logits[0, 0].argmax())
        log_probability += float(torch.log_softmax(logits[0, 0], -1)[last])
        if last == END:
            break
        words.append(target[last])
    return words, log_probability


def check(program, path, model, source, target, what):
    furthest = 0.0
    for sentence in SENTENCES:
        theirs = json.loads(run(program, "translate", path, "--json", sentence))
        most = len(theirs["target"]) + (not theirs["stopped"])  # the end counts as a word
        words, log_probability = translate(model, source, target, sentence, most)
        if words != theirs["target"]:
            sys.exit(f"weights.py: {what}: {sentence!r} is {theirs['target']} by glance, but {words} by PyTorch")
        furthest = max(furthest, abs(log_probability - theirs["log_probability"]))
    if furthest > 1e-4:
        sys.exit(f"weights.py: {what}: log probabilities differ by {furthest}")
    print(f"{what}: {len(SENTENCES)} sentences word for word the same, log probabilities within {furthest:.0e}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    programs = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "../../build/release/bin")
    program = os.path.join(programs, "translate")
    if not os.path.exists(program):
        sys.exit(f"weights.py: there is no {program}: build glance, or give the folder of its programs")
    Layers().load_state_dict(load_file(os.path.join(here, "weights.safetensors")))
    print("weights.safetensors: loads in PyTorch")
    with tempfile.TemporaryDirectory() as folder:
        for kind in (["--cell", "lstm"], ["--cell", "rnn", "--attention", "none"]):
            out = os.path.join(folder, "-".join(kind))
            run(program, "train", "--out", out, "--limit", "3000", "--epochs", "3", "--hidden", "32", "--embedding",
                "16", "--layers", "2", *kind)
            model, source, target, metadata = load(os.path.join(out, "best"))
            check(program, os.path.join(out, "best"), model, source, target, f"{' '.join(kind)}: glance to PyTorch")
            torch.manual_seed(1)
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter += 0.3 * parameter.std(correction=0) * torch.randn(parameter.shape)
            changed = os.path.join(folder, "changed.safetensors")
            # [changed]
            save_file(model.state_dict(), changed, metadata)
            # [changed end]
            check(program, changed, model, source, target, f"{' '.join(kind)}: PyTorch to glance")


if __name__ == "__main__":
    main()
