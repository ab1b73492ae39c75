"""Records of every differentiable operation, plain and at its corners."""

import itertools

import torch
import torch.nn.functional as F

from records import BOTH, F32, F64, INF, NAN, Records, randn

# Where numbers end: largest, smallest normal, smallest of all.
MAX = {F32: 3.4028234663852886e38, F64: 1.7976931348623157e308}
NORMAL = {F32: 1.1754943508222875e-38, F64: 2.2250738585072014e-308}
TINY = {F32: 1.401298464324817e-45, F64: 5e-324}


def numbers(*values):
    return torch.tensor(values, dtype=F64)


def add_unary(records):
    everywhere = [0.0, -0.0, 1.0, -1.0, INF, -INF, NAN]
    functions = {
        # name: (function, more corners in f32, more in f64)
        "exp": (torch.exp, [88.72, 88.73, -87.3, -110], [709.78, 709.79, -708.3, -750]),
        "log": (torch.log, [NORMAL[F32], MAX[F32]], [NORMAL[F64], TINY[F64], MAX[F64]]),
        "tanh": (torch.tanh, [1e-8, -1e-30, 9.5, -20], [1e-8, -1e-300, 19.5, -40]),
        "sigmoid": (torch.sigmoid, [1e-8, 17, -80, 89, -200], [1e-8, 37, -700, 710, -1e5]),
        "erf": (torch.erf, [1e-8, 0.5, 4, -6], [1e-8, 0.5, 6, -9]),
        "relu": (F.relu, [NORMAL[F32], -NORMAL[F32], MAX[F32]], [TINY[F64], -TINY[F64], MAX[F64]]),
        "gelu": (F.gelu, [1e-8, 5, -5, 30, -30], [1e-8, 5, -5, 50, -50]),
        "expm1": (torch.expm1, [1e-8, -1e-30, 88.72, 88.73, -20, -110], [1e-8, -1e-300, 709.78, 709.79, -40]),
        "log1p": (torch.log1p, [1e-8, -1e-30, -0.99, MAX[F32]], [1e-8, -1e-300, -0.99, MAX[F64]]),
        "sin": (torch.sin, [1e-8, 3.0, 1000], [1e-8, 3.0, 1e22]),
        "cos": (torch.cos, [1e-8, 1.5, 1000], [1e-8, 1.5, 1e22]),
        "tan": (torch.tan, [1e-8, 1.5, -0.75], [1e-8, 1.5, -0.75]),
        "silu": (F.silu, [1e-8, 5, -5, 30, -30, 80], [1e-8, 5, -5, 50, -50, 700]),
        # Beyond 20 PyTorch gives x, and the derivative 1; in f64 that is not the logarithm.
        "softplus": (F.softplus, [1e-8, 5, -30, 19, 30, -80], [1e-8, 5, -30, -700]),
        "square": (torch.square, [1e-30, -1e20, MAX[F32]], [1e-200, -1e200, MAX[F64]]),
        "sqrt": (torch.sqrt, [NORMAL[F32], MAX[F32]], [NORMAL[F64], TINY[F64], MAX[F64]]),
        "abs": (torch.abs, [-MAX[F32]], [-MAX[F64], TINY[F64]]),
        "negate": (torch.neg, [MAX[F32]], [MAX[F64]]),
    }
    for name, (function, f32, f64) in functions.items():
        x = randn(name, 2, 3)
        if name in ("log", "log1p", "sqrt"):
            x = x.abs() + 0.1
        corners = [v for v in everywhere if name != "abs" or v == v]  # its derivative at NaN: 0 in PyTorch, here NaN
        corners = [v for v in corners if name != "silu" or v != -INF]  # NaN in PyTorch, here the limit 0
        corners = [v for v in corners if name != "gelu" or abs(v) != INF]  # likewise, and its derivative at +inf, here 1
        records.add(f"{name}.plain", name, function, {"x": x})
        records.add(f"{name}.corners", name, function, {"x": numbers(*corners, *f32)}, dtypes=[F32])
        records.add(f"{name}.corners", name, function, {"x": numbers(*corners, *f64)}, dtypes=[F64])
        records.add(f"{name}.empty", name, function, {"x": torch.zeros(0, 2)})
        records.add(f"{name}.number", name, function, {"x": x[1, 1]})
    records.add("clamp", "clamp", torch.clamp, {"x": numbers(-2, -1, -0.5, -0.0, 0, 1, 1.5, INF, -INF, NAN)},
                min=-1.0, max=1.0)
    records.add("clamp.point", "clamp", torch.clamp, {"x": numbers(-1, 0.5, 2)}, min=0.5, max=0.5)
    records.add("dropout.evaluated", "dropout", lambda x, p: F.dropout(x, p, training=False),
                {"x": randn("dropout", 2, 3)}, p=0.25)


def add_binary(records):
    corners = [-INF, -2.0, -0.0, 0.0, 1.0, INF, NAN]
    grid = list(itertools.product(corners, corners))
    functions = {
        "add": torch.add,
        "subtract": torch.sub,
        "multiply": torch.mul,
        "divide": torch.div,
        "maximum": torch.maximum,
        "minimum": torch.minimum,
    }
    shapes = {"plain": ((2, 3), (2, 3)), "broadcast": ((2, 1, 3), (4, 1)), "number": ((), (3,)),
              "empty": ((0, 3), (1, 3)), "rows": ((2, 3), (3,))}
    for name, function in functions.items():
        for kind, (a, b) in shapes.items():
            records.add(f"{name}.{kind}", name, function, {"a": randn(name + "a", *a), "b": randn(name + "b", *b)})
        a, b = zip(*grid)
        records.add(f"{name}.corners", name, function, {"a": numbers(*a), "b": numbers(*b)})
        for dtype in BOTH:
            big, small = MAX[dtype], NORMAL[dtype]
            records.add(f"{name}.range", name, function, dtypes=[dtype],
                        inputs={"a": numbers(big, big, -big, small, small, small),
                                "b": numbers(big, small, big, small, -small, big)})
    scalars = {
        "add_number": lambda x, number: x + number,
        "subtract_number": lambda x, number: x - number,
        "multiply_number": lambda x, number: x * number,
        "divide_number": lambda x, number: x / number,
        "number_add": lambda x, number: number + x,
        "number_subtract": lambda x, number: number - x,
        "number_multiply": lambda x, number: number * x,
        "number_divide": lambda x, number: number / x,
    }
    for name, function in scalars.items():
        for number in (2.5, 0.0):
            records.add(f"{name}.{number}", name, function, {"x": numbers(*corners, 0.5, 3)}, number=number)


def add_power(records):
    bases = [-INF, -2.0, -1.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, INF, NAN]
    for exponent in (-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0):
        # PyTorch takes x^±0.5 for the square root, which is NaN at -inf; IEEE 754's power, and glance's, is inf or 0.
        some = bases[1:] if abs(exponent) == 0.5 else bases
        records.add(f"pow_number.{exponent}", "pow_number", torch.pow, {"self": numbers(*some, 1e-20, 1e15)},
                    exponent=exponent)
    a, b = zip(*itertools.product(bases, [-INF, -2.0, -0.5, -0.0, 0.0, 0.5, 1.0, 2.0, 3.0, INF, NAN]))
    records.add("pow.corners", "pow", torch.pow, {"self": numbers(*a), "exponent": numbers(*b)})
    records.add("pow.broadcast", "pow", torch.pow,
                {"self": randn("pow", 2, 1, 3).abs() + 0.1, "exponent": randn("exponent", 4, 1)})
    records.add("pow.empty", "pow", torch.pow, {"self": torch.zeros(0, 2), "exponent": torch.ones(2)})


def add_choice(records):
    condition = torch.tensor([[True, False, True], [False, True, False]])
    bad = numbers(NAN, INF, 1.0)
    records.add("where.plain", "where", torch.where,
                {"condition": condition, "input": randn("wa", 2, 3), "other": randn("wb", 2, 3)})
    records.add("where.broadcast", "where", torch.where,
                {"condition": condition, "input": randn("wa", 3), "other": randn("wb", 4, 1, 1)})
    records.add("where.not_chosen", "where", torch.where, {"condition": condition, "input": bad, "other": -bad})
    records.add("where_else_number", "where_else_number",
                lambda condition, x, number: torch.where(condition, x, number),
                {"condition": condition, "x": bad}, number=-0.5)
    records.add("where_number", "where_number", lambda condition, x, number: torch.where(condition, number, x),
                {"condition": condition, "x": bad}, number=-0.5)
    for value in (0.0, -1e30):
        records.add(f"masked_fill.{value}", "masked_fill", torch.masked_fill,
                    {"input": numbers(NAN, INF, 1.0).repeat(2, 1), "mask": condition}, value=value)
    records.add("masked_fill.rows", "masked_fill", torch.masked_fill,
                {"input": randn("masked_fill", 4, 2, 3), "mask": condition[0]}, value=2.0)


class LogSumExp(torch.autograd.Function):
    """PyTorch's value, with softmax for its derivative: exp(x - y), as PyTorch has it, loses the digits of y far from 0,
    and gives each of two equal numbers there the whole gradient."""

    @staticmethod
    def forward(ctx, x, dim, keepdim):
        ctx.save_for_backward(torch.softmax(x, dim))
        ctx.dim, ctx.keepdim = dim, keepdim
        return torch.logsumexp(x, dim, keepdim=keepdim)

    @staticmethod
    def backward(ctx, grad):
        (share,) = ctx.saved_tensors
        return (grad if ctx.keepdim else grad.unsqueeze(ctx.dim)) * share, None, None


def logsumexp(x, dim, keepdim):
    """PyTorch's, but for a row that is empty or all -inf: log 0 is flat, so its gradient is 0 and not NaN."""
    if len(dim) == 1 and x.dim() > 1 and x.numel():
        nothing = torch.logsumexp(x, dim, keepdim=True) == -INF
        y = LogSumExp.apply(torch.where(nothing, 0.0, x), dim[0], keepdim)
        return torch.where(nothing.reshape(y.shape), -INF, y)
    y = torch.logsumexp(x, dim, keepdim=keepdim)
    nothing = torch.logsumexp(x, dim, keepdim=True) == -INF
    safe = torch.logsumexp(torch.where(nothing, 0.0, x), dim, keepdim=keepdim)
    return torch.where(nothing.reshape(y.shape), -INF, safe) if x.numel() else y


def add_reductions(records):
    def over(function):
        return lambda x, axes, keepdim: function(x, axes or tuple(range(x.dim())), keepdim=keepdim)

    functions = {"sum": over(torch.sum), "mean": over(torch.mean), "max": over(torch.amax), "min": over(torch.amin),
                 "logsumexp": over(logsumexp)}
    x = randn("reduced", 2, 3, 4)
    ties = numbers(1, 3, 3, -1, -1, 3).reshape(2, 3)
    for name, function in functions.items():
        for axes in ([], [0], [-1], [0, 2], [1]):
            for keepdim in (False, True):
                label = "".join(map(str, axes)) or "all"
                records.add(f"{name}.{label}{'.kept' if keepdim else ''}", name, function, {"x": x}, axes=axes,
                            keepdim=keepdim)
        records.add(f"{name}.number", name, function, {"x": x[0, 0, 0]}, axes=[], keepdim=False)
        records.add(f"{name}.equal", name, function, {"x": ties}, axes=[1], keepdim=False)
        records.add(f"{name}.equal.all", name, function, {"x": ties}, axes=[], keepdim=True)
        infinite = torch.stack([numbers(NAN, 1, 2), numbers(INF, 1, 2), numbers(-INF, 1, 2), numbers(INF, -INF, 0)])
        if name == "logsumexp":  # the derivative at +inf: PyTorch's is NaN
            infinite = infinite[[0, 2]]
        records.add(f"{name}.infinite", name, function, {"x": infinite}, axes=[1], keepdim=False)
        records.add(f"{name}.no_rows", name, function, {"x": torch.zeros(0, 3)}, axes=[1], keepdim=False)
        if name not in ("max", "min"):
            records.add(f"{name}.of_nothing", name, function, {"x": torch.zeros(2, 0)}, axes=[1], keepdim=False)
        for dtype in BOTH:
            records.add(f"{name}.range", name, function, {"x": torch.tensor([[MAX[dtype], MAX[dtype]],
                                                                           [-MAX[dtype], NORMAL[dtype]]], dtype=F64)},
                        dtypes=[dtype], axes=[1], keepdim=False)
    hidden = torch.tensor([[-INF, -INF, -INF], [-INF, 0, -INF], [1e30, -1e30, 0], [-1e4, -1e4, -1e4 + 1]], dtype=F64)
    records.add("logsumexp.hidden", "logsumexp", functions["logsumexp"], {"x": hidden}, axes=[1], keepdim=False)
    records.add("logsumexp.hidden.columns", "logsumexp", functions["logsumexp"], {"x": hidden}, axes=[0], keepdim=True)
    for shape in ([2, 3, 4], [3, 1], [2, 1, 4], [4], [1], []):
        records.add(f"sum_to.{'x'.join(map(str, shape)) or 'number'}", "sum_to",
                    lambda x, shape: x.sum_to_size(shape), {"x": x}, shape=shape)
    for name, function in {"softmax": torch.softmax, "log_softmax": torch.log_softmax}.items():
        for dim in (0, 1, -1):
            records.add(f"{name}.{dim}", name, function, {"input": x}, dim=dim)
        extreme = torch.tensor([[-INF, 0, 1], [1e30, -1e30, 1e30], [-INF, -INF, -INF], [INF, 0, 0], [NAN, 0, 0],
                                [-200, 0, 0], [-1e4, -1e4, -1e4]], dtype=F64)
        records.add(f"{name}.extreme", name, function, {"input": extreme}, dim=1)
        records.add(f"{name}.huge", name, function, {"input": numbers(1e300, -1e300, 1e300, 9e299)}, dtypes=[F64],
                    dim=0)
        records.add(f"{name}.single", name, function, {"input": numbers(-3.5)}, dim=0)
        records.add(f"{name}.empty", name, function, {"input": torch.zeros(2, 0)}, dim=1)
        records.add(f"{name}.no_rows", name, function, {"input": torch.zeros(0, 2)}, dim=1)


def add_statistics(records):
    def axes_of(x, axes):
        return axes or tuple(range(x.dim()))

    def prod(x, axes, keepdim):
        for dim in sorted((d % x.dim() for d in axes_of(x, axes)), reverse=True):
            x = x.prod(dim, keepdim)
        return x

    def norm(x, axes, keepdim):
        return torch.linalg.vector_norm(x, 2, axes_of(x, axes), keepdim)

    def var(x, axes, keepdim, correction):
        return torch.var(x, axes_of(x, axes), correction=correction, keepdim=keepdim)

    def std(x, axes, keepdim, correction):
        return torch.std(x, axes_of(x, axes), correction=correction, keepdim=keepdim)

    x = randn("spread", 2, 3, 4)
    for axes in ([], [0], [-1], [0, 2]):
        label = "".join(map(str, axes)) or "all"
        for keepdim in (False, True):
            plain = dict(axes=axes, keepdim=keepdim)
            kept = ".kept" if keepdim else ""
            records.add(f"prod.{label}{kept}", "prod", prod, {"x": x}, **plain)
            records.add(f"norm.{label}{kept}", "norm", norm, {"x": x}, **plain)
            for correction in (0, 1):
                for name, function in {"var": var, "standard_deviation": std}.items():
                    records.add(f"{name}.{label}{kept}.{correction}", name, function, {"x": x}, **plain,
                                correction=correction)
    zeros = numbers(2, 0, 3, 0, 0, 4, 5, 6, 7).reshape(3, 3)
    records.add("prod.zeros", "prod", prod, {"x": zeros}, axes=[1], keepdim=False)
    records.add("norm.zeros", "norm", norm, {"x": numbers(0, 0, 3, -4).reshape(2, 2)}, axes=[1], keepdim=False)
    records.add("norm.infinite", "norm", norm, {"x": numbers(NAN, 1)}, axes=[0], keepdim=False)
    equal = numbers(5506, 5506, 5506, 1, 2, 4).reshape(2, 3)
    for name, function in {"var": var, "standard_deviation": std}.items():
        records.add(f"{name}.equal", name, function, {"x": equal}, axes=[1], keepdim=False, correction=1)
    records.add("var.far", "var", var, {"x": numbers(8e6, 8e6 + 1, 8e6 + 3, 8e6 + 4)}, axes=[0], keepdim=False,
                correction=1)
    records.add("var.one", "var", var, {"x": numbers(3)}, axes=[0], keepdim=False, correction=1)
    for dim in (0, 1, -1):
        records.add(f"cumsum.{dim}", "cumsum", torch.cumsum, {"input": x}, dim=dim)


def add_arrangements(records):
    x = randn("arranged", 2, 3, 4)
    for axes in ([0], [-1], [0, 2]):
        records.add(f"flip.{axes}", "flip", lambda x, axes: torch.flip(x, axes), {"x": x}, axes=axes)
    for amounts in ([1, 2], [0, 1, 2, 0], [-1, 0, 1, -2], [1, 1, 0, 0, 0, 2]):
        records.add(f"pad.{amounts}", "pad", lambda x, amounts, value: F.pad(x, amounts, value=value), {"x": x},
                    amounts=amounts, value=0.5)
    for dim in (0, 1, -1):
        records.add(f"repeat_interleave.{dim}", "repeat_interleave",
                    lambda x, repeats, dim: torch.repeat_interleave(x, repeats, dim), {"x": x}, repeats=2, dim=dim)
    records.add("repeat_interleave.each", "repeat_interleave_each",
                lambda x, repeats, dim: torch.repeat_interleave(x, repeats, dim),
                {"x": x, "repeats": torch.tensor([2, 0, 3])}, dim=1)
    # No place is named twice: which of several stays is open in PyTorch.
    places = torch.tensor([[2, 0], [1, 2], [0, 1]])
    target, source = randn("target", 3, 4), randn("scattered", 3, 2)
    records.add("scatter", "scatter", lambda x, index, src, dim: torch.scatter(x, dim, index, src),
                {"input": target, "index": places, "src": source}, dim=1)
    records.add("scatter.number", "scatter_number", lambda x, index, dim, value: torch.scatter(x, dim, index, value),
                {"input": target, "index": places}, dim=0, value=-1.5)
    ties = {"input": numbers(3, 2, 9, NAN), "index": torch.tensor([0, 0, 0, 1, 1, 3]),
            "src": numbers(3, 1, 3, 5, NAN, 1)}
    some = {"input": target, "index": torch.tensor([[1, 1], [1, 0], [3, 3]]), "src": source}
    for reduce in ("amax", "amin"):
        for kind, inputs, dim in (("ties", ties, 0), ("plain", some, 1)):
            records.add(f"scatter_reduce.{reduce}.{kind}", "scatter_reduce",
                        lambda x, index, src, dim, reduce: torch.scatter_reduce(x, dim, index, src, reduce), inputs,
                        dim=dim, reduce=reduce)
    for to, dtype in {"f32": F32, "f64": F64}.items():
        records.add(f"to.{to}", "to", lambda x, to: x.to(F32 if to == "f32" else F64), {"x": randn("to", 2, 3)}, to=to)


def add_products(records):
    shapes = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
              ((5, 2, 3), (5, 3, 4)), ((2, 1, 2, 3), (5, 3, 4)), ((3,), (5, 3, 4)), ((5, 2, 3), (3,)), ((1, 1), (1, 1)),
              ((2, 0), (0, 3)), ((0, 3), (3, 2)), ((0, 2, 3), (3, 2)), ((2, 3), (3, 0)), ((17, 33), (33, 9))]
    for a, b in shapes:
        records.add(f"matmul.{list(a)}.{list(b)}", "matmul", torch.matmul,
                    {"input": randn("ma", *a), "other": randn("mb", *b)})
    bad = torch.tensor([[NAN, 0, 1], [0, INF, 1], [0, 0, 1]], dtype=F64)
    records.add("matmul.infinite", "matmul", torch.matmul, {"input": bad, "other": bad.T - 1})
    for bias in (True, False):
        for shape in ((3,), (2, 3), (2, 4, 3), (0, 3)):
            inputs = {"input": randn("lx", *shape), "weight": randn("lw", 5, 3)}
            if bias:
                inputs["bias"] = randn("lb", 5)
            records.add(f"linear.{list(shape)}{'' if bias else '.no_bias'}", "linear", F.linear, inputs)
    records.add("linear.infinite", "linear", F.linear, 
                {"input": bad, "weight": randn("lw", 2, 3), "bias": numbers(INF, 0)})


def add_indexing(records):
    x = randn("indexed", 3, 4, 2)

    def whole(*values):
        return torch.tensor(values)

    def index_select(x, index, dim):
        return torch.index_select(x, dim, index)

    def index_add(x, index, source, dim):
        return torch.index_add(x, dim, index, source)

    for dim in (0, 1, -1):
        indices = torch.randint(0, x.shape[dim], (2, 3, 2), generator=torch.Generator().manual_seed(dim + 1))
        records.add(f"gather.{dim}", "gather", lambda x, index, dim: torch.gather(x, dim, index),
                    {"input": x, "index": indices}, dim=dim)
        records.add(f"scatter_add.{dim}", "scatter_add",
                    lambda x, index, src, dim: torch.scatter_add(x, dim, index, src),
                    {"input": x, "index": indices, "src": randn("src", 2, 3, 2)}, dim=dim)
        chosen = whole(1, 0, 1, 1)
        records.add(f"index_select.{dim}", "index_select", index_select, {"input": x, "index": chosen}, dim=dim)
        source = list(x.shape)
        source[dim] = 4
        records.add(f"index_add.{dim}", "index_add", index_add,
                    {"input": x, "index": chosen, "source": randn("source", *source)}, dim=dim)
    nothing = torch.zeros(0, dtype=torch.int64)
    records.add("index_select.nothing", "index_select", index_select, {"input": x, "index": nothing}, dim=1)
    records.add("index_add.nothing", "index_add", index_add,
                {"input": x, "index": nothing, "source": torch.zeros(3, 0, 2)}, dim=1)
    for name, indices in {"rows": whole(0, 2, 2, 0, 1), "batch": whole([4, 4, 0], [1, 0, 4]), "one": torch.tensor(3),
                          "nothing": nothing}.items():
        records.add(f"embedding.{name}", "embedding", lambda weight, indices: F.embedding(indices, weight),
                    {"weight": randn("table", 5, 3), "input": indices})
    for diagonal in (-5, -1, 0, 1, 5):
        records.add(f"tril.{diagonal}", "tril", torch.tril, {"input": randn("tril", 2, 3, 4)}, diagonal=diagonal)
        records.add(f"triu.{diagonal}", "triu", torch.triu, {"input": randn("triu", 2, 3, 4)}, diagonal=diagonal)
    records.add("tril.infinite", "tril", torch.tril, {"input": numbers(INF, NAN, NAN, -INF).reshape(2, 2)}, diagonal=0)

    ties = numbers(1, 3, NAN, -INF, 3, 1, 0, -0.0, INF, 3).reshape(2, 5)
    for descending in (False, True):
        def sort(x, dim, descending):
            return torch.sort(x, stable=True, dim=dim, descending=descending)
        for dim in (0, 1, -1):
            records.add(f"sort.{dim}.{descending}", "sort", sort, {"x": x}, dim=dim, descending=descending)
        records.add(f"sort.equal.{descending}", "sort", sort, {"x": ties}, dim=-1, descending=descending)
        for k in (0, 1, 3):
            records.add(f"topk.{k}.{descending}", "topk", lambda x, k, dim, largest: torch.topk(x, k, dim, largest),
                        {"x": x}, k=k, dim=1, largest=descending)


def add_views(records):
    x = randn("viewed", 2, 3, 4)
    views = [
        ("select", lambda x, dim, index: x.select(dim, index), [dict(dim=1, index=2), dict(dim=-1, index=-4)]),
        ("slice", lambda x, dim, start, end, step: x.movedim(dim, 0)[start:end:step].movedim(0, dim),
         [dict(dim=1, start=1, end=3, step=1), dict(dim=2, start=0, end=4, step=3),
          dict(dim=0, start=1, end=1, step=1)]),
        ("transpose", lambda x, a, b: x.transpose(a, b), [dict(a=0, b=2), dict(a=-1, b=1), dict(a=1, b=1)]),
        ("transpose_last", lambda x: x.mT, [dict()]),
        ("permute", lambda x, dims: x.permute(dims), [dict(dims=[2, 0, 1]), dict(dims=[-1, 1, 0])]),
        ("reshape", lambda x, shape: x.reshape(shape), [dict(shape=[6, 4]), dict(shape=[2, 1, 12]), dict(shape=[24])]),
        ("flatten", lambda x, start, end: x.flatten(start, end), [dict(start=0, end=-1), dict(start=1, end=2)]),
        ("unsqueeze", lambda x, dim: x.unsqueeze(dim), [dict(dim=0), dict(dim=-1), dict(dim=2)]),
        ("expand", lambda x, shape: x.expand(shape), [dict(shape=[5, 2, 3, 4]), dict(shape=[2, 3, 4])]),
        ("split", lambda x, size, dim: x.split(size, dim), [dict(size=3, dim=2), dict(size=1, dim=0)]),
        ("split_sizes", lambda x, sizes, dim: x.split(sizes, dim), [dict(sizes=[1, 0, 3], dim=-1)]),
        ("chunk", lambda x, n, dim: x.chunk(n, dim), [dict(n=2, dim=2), dict(n=3, dim=2)]),
    ]
    for name, function, several in views:
        for number, arguments in enumerate(several):
            records.add(f"{name}.{number}", name, function, {"x": x}, **arguments)
    thin = randn("thin", 1, 3, 1)
    records.add("squeeze.all", "squeeze_all", lambda x: x.squeeze(), {"x": thin})
    for dim in (0, 1, -1):
        records.add(f"squeeze.{dim}", "squeeze", lambda x, dim: x.squeeze(dim), {"x": thin}, dim=dim)
    records.add("expand.thin", "expand", lambda x, shape: x.expand(shape), {"x": thin}, shape=[2, 5, 3, 4])
    records.add("reshape.empty", "reshape", lambda x, shape: x.reshape(shape), {"x": torch.zeros(2, 0, 3)},
                shape=[0, 6])
    for dim in (0, 1, -1):
        shapes = [[2, 3, 4] for _ in range(3)]
        shapes[1][dim], shapes[2][dim] = 1, 0
        parts = {key: randn("part" + key, *shape) for key, shape in zip("abc", shapes)}
        records.add(f"concat.{dim}", "concat", lambda a, b, c, dim: torch.cat([a, b, c], dim), parts, dim=dim)
        same = {key: randn("same" + key, 2, 3) for key in "abc"}
        records.add(f"stack.{dim}", "stack", lambda a, b, c, dim: torch.stack([a, b, c], dim), same, dim=dim)


def operations():
    records = Records()
    for add in (add_unary, add_binary, add_power, add_choice, add_reductions, add_statistics, add_arrangements,
                add_products, add_indexing, add_views):
        add(records)
    return records
