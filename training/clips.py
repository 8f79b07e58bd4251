"""Batches of short clips out of what prepare.py made."""
import random

import torch

from resample import resize  # first: it puts tests/oracle on the path
from oracle_io import load_safetensors

SOURCES = ("clean", "coded", "half")
SHARES = (0.5, 0.35, 0.15)


def load(folder):
    """[(sharp, {source: small clip})] of uint8 clips [frames, 3, h, w]."""
    clips = []
    for path in sorted(folder.glob("*.safetensors")):
        parts = load_safetensors(path)
        for index, sharp in enumerate(parts["sharp"]):
            clips.append((sharp, {name: parts[name][index] for name in SOURCES}))
    if not clips:
        raise SystemExit(f"no clips in {folder}: run prepare.py first")
    return clips


def signed(levels):
    return levels / 127.5 - 1


def enlarged(small, size):
    """What the network gets: float [frames, 3, size, size] in -1..1."""
    return signed(resize(small.float(), size, size))


def cut(clip, frames, side, rng):
    """(input, target), both float [3, frames, side, side] in -1..1: a random part, turned and mirrored at random,
    forwards or backwards in time."""
    sharp, sources = clip
    small = sources[rng.choices(SOURCES, SHARES)[0]]
    first = rng.randrange(sharp.shape[0] - frames + 1)
    size, ratio = sharp.shape[-1], sharp.shape[-1] // small.shape[-1]
    y, x = (rng.randrange((size - side) // ratio + 1) * ratio for _ in "yx")
    pair = [enlarged(small[first:first + frames], size), signed(sharp[first:first + frames].float())]
    turns, flips = rng.randrange(4), [d for d in (0, 3) if rng.random() < 0.5]
    return [part[..., y:y + side, x:x + side].rot90(turns, (2, 3)).flip(flips).transpose(0, 1) for part in pair]


def batch(clips, count, frames, side, rng):
    """(input, target) [count, 3, frames, side, side]; `rng` is a random.Random."""
    pairs = [cut(rng.choice(clips), frames, side, rng) for _ in range(count)]
    return torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])


def fixed(clips, count):
    """The same few clips each time, for validation: (name, input, target) [1, 3, frames, H, W] each."""
    chosen = random.Random(0).sample(clips, min(count, len(clips)))
    for sharp, sources in chosen:
        for name in SOURCES[:2]:
            yield name, enlarged(sources[name], sharp.shape[-1]).transpose(0, 1)[None], \
                signed(sharp.float()).transpose(0, 1)[None]
