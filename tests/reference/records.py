"""Records: what a function gave in PyTorch for some inputs, its outputs and its gradients, in a safetensors file.

A file's metadata has one entry, "records": a JSON list with, for each record, its name, the operation, its arguments,
the names of its inputs and gradients and the number of its outputs. The tensors are NAME/x for each input x,
NAME/output.0 …, and NAME/gradient.x, the derivative of the sum of outputs times their weights(). The C++ side is
records.h.
"""

import json
import os
import zlib

import torch
from safetensors.torch import save_file

F32, F64 = torch.float32, torch.float64
BOTH = (F32, F64)
SUFFIX = {F32: "f32", F64: "f64"}
INF, NAN = float("inf"), float("nan")


def generator(name):
    """Random numbers of a record's own: one more record leaves the others as they are."""
    return torch.Generator().manual_seed(zlib.crc32(name.encode()))


def randn(name, *shape):
    """Normal numbers that f32 holds exactly, as f64."""
    return torch.randn(shape, generator=generator(name), dtype=F32).double()


def weights(output, number):
    """What the elements of output `number` are multiplied by before they are summed up and differentiated: never 0."""
    count = torch.arange(output.numel())
    return (((7 * count + 3 * number + 3) % 11 - 5.5) / 4).to(output.dtype).reshape(output.shape)


class Records:
    def __init__(self):
        self.index = []
        self.tensors = {}

    def add(self, name, operation, function, inputs, dtypes=BOTH, constant=(), **arguments):
        """Calls function(*inputs, **arguments) in each dtype and keeps what it gives, and the gradients of the floating
        inputs but those named `constant`."""
        for dtype in dtypes:
            full_name = f"{name}.{SUFFIX[dtype]}"
            values = {key: x.to(dtype) if x.is_floating_point() else x for key, x in inputs.items()}
            wanted = [key for key, x in values.items() if x.is_floating_point() and key not in constant]
            for key in wanted:
                values[key] = values[key].clone().requires_grad_()
            outputs = function(*values.values(), **arguments)
            outputs = list(outputs) if isinstance(outputs, (tuple, list)) else [outputs]
            gradients = torch.autograd.grad(
                [y for y in outputs if y.requires_grad],
                [values[key] for key in wanted],
                [weights(y, i) for i, y in enumerate(outputs) if y.requires_grad],
                materialize_grads=True,
            ) if wanted else []
            self.put(full_name, operation, arguments, values, outputs, dict(zip(wanted, gradients)))

    def put(self, name, operation, arguments, inputs, outputs, gradients={}):
        if any(record["name"] == name for record in self.index):
            raise ValueError(f"two records are called {name}")
        self.index.append({"name": name, "operation": operation, "arguments": arguments, "inputs": list(inputs),
                           "outputs": len(outputs), "gradients": list(gradients)})
        for key, x in inputs.items():
            self.keep(f"{name}/{key}", x)
        for i, y in enumerate(outputs):
            self.keep(f"{name}/output.{i}", y)
        for key, g in gradients.items():
            self.keep(f"{name}/gradient.{key}", g)

    def keep(self, name, x):
        self.tensors[name] = x.detach().clone().contiguous()

    def save(self, path):
        save_file(self.tensors, path, {"records": json.dumps(self.index, separators=(",", ":"))})
        os.chmod(path, 0o644)
        print(f"{path}: {len(self.index)} records, {os.path.getsize(path) / 1000:.0f} kB")
