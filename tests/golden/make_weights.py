"""Writes the weight files under tests/golden/weights: the same few tensors in the ways PyTorch stores them.

    python3 tests/golden/make_weights.py

Element k (in row-major order) of the tensor NAME is ((7 k + sum of NAME's bytes) % 61 - 30) / 8, which every floating
type holds exactly; of integer tensors it is the remainder itself, of truth values whether that is odd. So the tests
need no file of expected values, and there is no seed.
"""
import argparse
import collections
import datetime
import os
import platform
import sys
import types
import zipfile
from unittest import mock

import torch

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "weights")
SHAPES = {"block0.conv.weight": (4, 3, 3, 3), "block0.conv.bias": (4,), "encode.0.weight": (2, 5), "scale": (), "empty": (0, 3)}
TYPES = (torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8,
         torch.uint8, torch.bool)


def values(name, shape, dtype=torch.float32):
    """The tensor that this name always has."""
    remainder = (7 * torch.arange(torch.Size(shape).numel()) + sum(name.encode())) % 61
    if dtype == torch.bool:
        return (remainder % 2 == 1).reshape(shape)
    if dtype.is_floating_point:
        return ((remainder - 30) / 8).to(dtype).reshape(shape)
    return remainder.to(dtype).reshape(shape)


def plain():
    return collections.OrderedDict((name, values(name, shape)) for name, shape in SHAPES.items())


def parameters():
    """As a module's state dict that kept its parameters, with `_metadata`."""
    state = collections.OrderedDict((name, torch.nn.Parameter(tensor)) for name, tensor in plain().items())
    state._metadata = collections.OrderedDict({"": {"version": 1}, "block0": {"version": 2}})
    state["scale"].note = "parameters with attributes are stored in another way"
    return state


def in_one_storage():
    """Views of one storage: with gaps, transposed, every second row."""
    storage, position, views = torch.full((400,), 99.0), 3, {}
    for name, shape in SHAPES.items():
        order = list(range(len(shape)))[::-1]
        reverse = [shape[k] for k in order]
        count = torch.Size(shape).numel()
        views[name] = storage[position:position + count].view(reverse).permute(order).copy_(values(name, shape))
        position += count + 5
    rows = storage[position:position + 24].view(6, 4)
    views["rows"] = rows[::2].copy_(values("rows", (3, 4)))
    return views


def mixed_types():
    names = {str(dtype).removeprefix("torch."): dtype for dtype in TYPES}
    return {name: values(name, (3, 5), dtype) for name, dtype in names.items()}


class Config:
    """An object of a class that no reader knows."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class SystemCall:
    """Pickles as a call of os.system that would do nothing."""

    def __reduce__(self):
        return os.system, ("true",)


def with_strangers():
    """What training programs leave around the weights, some of it only to look at."""
    config = Config(rate=1e-4, stages=[1, 2, {"deep": (3, None)}])
    config.itself = config
    before = {"config": config, "started": datetime.datetime(2024, 2, 29, 12, 30), "epoch": 2 ** 40, "big": -2 ** 100,
              "arguments": argparse.Namespace(lr=1e-4, name="über"), "raw": b"\x00\xff" * 200, "size": torch.Size([2, 3]),
              "complex": torch.zeros(2, dtype=torch.complex64), "eight": torch.zeros(2).to(torch.float8_e4m3fn)}
    after = {"steps": {4, 5}, "fixed": frozenset({6}), "none": None, "kind": torch.float16, 7: torch.ones(1), "hook": SystemCall(),
             "history": [(k, k / 3, bool(k % 2)) for k in range(300)], "sparse": torch.eye(2).to_sparse()}
    return {**before, **plain(), **after}


def nested():
    optimizer = {"state": {0: {"exp_avg": torch.ones(3)}}, "param_groups": [{"lr": 1e-4, "params": [0]}]}
    return {"epoch": 3, "state_dict": plain(), "optimizer": optimizer, "counts": collections.defaultdict(int, {"a": 1})}


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 4, 3)
        with torch.no_grad():
            self.conv.weight.copy_(values("block0.conv.weight", self.conv.weight.shape))
            self.conv.bias.copy_(values("block0.conv.bias", self.conv.bias.shape))

    def forward(self, x):
        return self.conv(x)


class Net(torch.nn.Module):
    """The plain tensors as parameters and buffers of nested modules."""

    def __init__(self):
        super().__init__()
        self.block0 = Block()
        linear = torch.nn.Linear(5, 2, bias=False)
        linear.weight = torch.nn.Parameter(values("encode.0.weight", SHAPES["encode.0.weight"]))
        self.encode = torch.nn.ModuleList([linear, torch.nn.ReLU()])
        for name in ("scale", "empty"):
            self.register_buffer(name, values(name, SHAPES[name]))
        self.names = ["a", "b"]

    def forward(self, x):
        return self.block0(x) * self.scale + torch.tensor([1.5])


def save(name, content, **options):
    torch.save(content, os.path.join(FOLDER, name), **options)


def save_module(name, module):
    """Without the debug entries, which hold the paths of the machine that wrote them."""
    path = os.path.join(FOLDER, name)
    module.save(path)
    with zipfile.ZipFile(path) as archive:
        entries = [(info, archive.read(info)) for info in archive.infolist() if not info.filename.endswith(".debug_pkl")]
    with zipfile.ZipFile(path, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content, info.compress_type)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    old = {"_use_new_zipfile_serialization": False}
    save("plain.pth", plain())
    save("protocol4.pth", plain(), pickle_protocol=4)
    save("protocol5.pth", plain(), pickle_protocol=5)
    save("parameters.pth", parameters())
    save("one_storage.pth", in_one_storage())
    save("mixed_types.pth", mixed_types())
    save("nested.ckpt", nested())
    save("bare_tensor.pth", values("", (2, 3)))
    save("legacy.pkl", plain(), **old)
    save("legacy_protocol4.pkl", plain(), pickle_protocol=4, **old)
    save("legacy_one_storage.pkl", in_one_storage(), **old)
    save("system_call.pth", SystemCall())
    save_module("scripted.pt", torch.jit.script(Net()))
    save_module("traced.pt", torch.jit.trace(Net(), torch.zeros(1, 3, 3, 3)))
    somebody = types.ModuleType("somebodys_training")
    Config.__module__, somebody.Config = somebody.__name__, Config
    with mock.patch.dict(sys.modules, {somebody.__name__: somebody}):
        save("strangers.pth", with_strangers())
    print(f"PyTorch {torch.__version__}, Python {platform.python_version()}; no random numbers, no seed")


if __name__ == "__main__":
    main()
