#!/usr/bin/env python3
"""Makes the reference values of the tests with PyTorch, an independent framework: inputs, outputs and gradients.

The files it writes are committed and the tests read those: Python is needed only to change them. The same version of
PyTorch on the same kind of processor writes the same bytes.

Usage: python tests/reference/make.py
"""

import os
import sys

WANTED = "2.13.0"

try:
    import safetensors.torch  # noqa: F401
    import torch
except ImportError as error:
    sys.exit(f"make.py: {error}: reference values are made with PyTorch {WANTED} and safetensors\n"
             f"(pip install torch=={WANTED} safetensors)")
if torch.__version__.split("+")[0] != WANTED:
    sys.exit(f"make.py: this is PyTorch {torch.__version__}, and the reference values are made with {WANTED}")
torch.set_num_threads(1)
torch.backends.mkldnn.enabled = False  # its gelu of infinity is NaN

from attention import attention, multi_head  # noqa: E402
from layers import layers  # noqa: E402
from models import Layers  # noqa: E402
from operations import operations  # noqa: E402
from optimisers import optimisers  # noqa: E402
from training import training  # noqa: E402
from transformer import transformer, transformer_training, transformers  # noqa: E402

if __name__ == "__main__":
    folder = os.path.dirname(os.path.abspath(__file__))
    for make in (operations, layers, attention, optimisers, training, transformer, transformer_training):
        make().save(os.path.join(folder, f"{make.__name__}.safetensors"))
    torch.manual_seed(1)
    for name, module in {"weights": Layers, "multi_head": multi_head, "transformers": transformers}.items():
        path = os.path.join(folder, f"{name}.safetensors")
        safetensors.torch.save_file(module().state_dict(), path)
        os.chmod(path, 0o644)
