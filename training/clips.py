"""Batches of pictures and short clips out of what prepare.py made."""
import random

import torch

from resample import resize  # first: it puts tests/oracle on the path
from oracle_io import load_safetensors

SOURCES = ("clean", "coded", "half")
SHARES = (0.4, 0.5, 0.1)


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


def cut(clip, source, frames, side, rng):
    """(input, target), both float [3, frames, side, side] in -1..1: a random part, turned and mirrored at random,
    forwards or backwards in time. The small part alone is enlarged, so that its border is like that of a picture."""
    first = rng.randrange(clip[0].shape[0] - frames + 1)
    sharp, small = (x[first:first + frames] for x in (clip[0], clip[1][source]))
    ratio = sharp.shape[-1] // small.shape[-1]
    y, x = (rng.randrange((sharp.shape[-1] - side) // ratio + 1) for _ in "yx")
    small = small[..., y:y + side // ratio, x:x + side // ratio].float()
    sharp = sharp[..., y * ratio:y * ratio + side, x * ratio:x * ratio + side].float()
    pair = [signed(resize(small, side, side)), signed(sharp)]
    turns, flips = rng.randrange(4), [d for d in (0, 3) if rng.random() < 0.5]
    return [part.rot90(turns, (2, 3)).flip(flips).transpose(0, 1) for part in pair]


def batch(clips, count, frames, side, rng, source=None):
    """(input, target) [count, 3, frames, side, side]; `rng` is a random.Random."""
    pairs = [cut(rng.choice(clips), source or rng.choices(SOURCES, SHARES)[0], frames, side, rng) for _ in range(count)]
    return torch.stack([a for a, _ in pairs]), torch.stack([b for _, b in pairs])
