"""Records of the optimisers, 20 steps each, and of clipping."""

import torch

from records import BOTH, INF, NAN, SUFFIX, Records, randn

STEPS = 20


def add_steps(records):
    first = {"weight": randn("weight", 2, 3), "bias": randn("bias", 4)}
    # From large to small, and a bias whose gradient is 0 for a while: as in a training, and harder.
    scales = torch.logspace(1, -3, STEPS, dtype=torch.float64).float().double()
    gradients = {"weight": randn("weight.gradient", STEPS, 2, 3) * scales[:, None, None],
                 "bias": randn("bias.gradient", STEPS, 4) * (torch.arange(STEPS) % 5 > 1)[:, None]}
    gradients = {key: value.float().double() for key, value in gradients.items()}
    rules = [
        ("SGD.plain", torch.optim.SGD, dict(lr=0.1)),
        ("SGD.decay", torch.optim.SGD, dict(lr=0.1, weight_decay=0.05)),
        ("SGD.momentum", torch.optim.SGD, dict(lr=0.1, momentum=0.9, weight_decay=0.05)),
        ("SGD.dampening", torch.optim.SGD, dict(lr=0.1, momentum=0.8, dampening=0.3, weight_decay=0.05)),
        ("SGD.nesterov", torch.optim.SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.05)),
        ("Adam.default", torch.optim.Adam, dict()),
        ("Adam.decay", torch.optim.Adam, dict(lr=0.01, weight_decay=0.1)),
        ("Adam.betas", torch.optim.Adam, dict(lr=0.01, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.1)),
        ("AdamW.default", torch.optim.AdamW, dict()),
        ("AdamW.decay", torch.optim.AdamW, dict(lr=0.01, betas=(0.8, 0.95), weight_decay=0.2)),
    ]
    for name, make, options in rules:
        for dtype in BOTH:
            parameters = {key: value.to(dtype).clone().requires_grad_() for key, value in first.items()}
            optimiser = make(parameters.values(), foreach=False, **options)
            path = {key: [] for key in first}
            for step in range(STEPS):
                for key, parameter in parameters.items():
                    parameter.grad = gradients[key][step].to(dtype)
                optimiser.step()
                for key, parameter in parameters.items():
                    path[key].append(parameter.detach().clone())
            defaults = {key: value for key, value in optimiser.defaults.items()
                        if key in ("lr", "momentum", "dampening", "nesterov", "weight_decay", "betas", "eps")}
            inputs = {key: value.to(dtype) for key, value in first.items()}
            inputs |= {key + ".gradients": value.to(dtype) for key, value in gradients.items()}
            records.put(f"{name}.{SUFFIX[dtype]}", name.split(".")[0], defaults, inputs,
                        [torch.stack(path[key]) for key in first])


def add_clipping(records):
    a, b = randn("clip.a", 2, 3), randn("clip.b", 4)
    gradients = {"over": (a, b), "just": (a / 100, b / 100), "zero": (a * 0, b * 0), "huge": (a * 1e18, b * 1e15),
                 "infinite": (a, torch.tensor([1, INF, 0, -1])), "nan": (a, torch.tensor([1, NAN, 0, -1]))}
    for name, pair in gradients.items():
        for dtype in BOTH:
            pair = [g.float().to(dtype) for g in pair]
            parameters = [torch.zeros_like(g).requires_grad_() for g in pair]
            for parameter, gradient in zip(parameters, pair):
                parameter.grad = gradient.clone()
            norm = torch.nn.utils.clip_grad_norm_(parameters, 1.5, foreach=False)
            records.put(f"clip_grad_norm.{name}.{SUFFIX[dtype]}", "clip_grad_norm", {"max_norm": 1.5},
                        {"a": pair[0], "b": pair[1]}, [norm, *(p.grad for p in parameters)])


def optimisers():
    records = Records()
    add_steps(records)
    add_clipping(records)
    return records
