"""Golden files of FlashVSR's networks, stage by stage, checked by tests/torch/flashvsr_*_test.cpp.

    python3 tests/golden/make_flashvsr_networks.py [OUT_DIR]

Needs a Python with PyTorch and NumPy. Model "miniature" is tests/golden/flashvsr/miniature.safetensors; model "wide"
(two heads, two projector layers), the input pictures and the noise are drawn by `drawn`, which
tests/torch/flashvsr_networks.cpp repeats bit for bit, so that only results are stored, and of those some rows and columns (KEEP). Written with PyTorch
2.13.0 on the CPU; seeds are in CASES.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import numpy as np  # noqa: E402
import torch  # noqa: E402

from flashvsr import frames_needed, latent_range  # noqa: E402
from flashvsr_net import (HEAD, Chunk, Projector, Transformer, choose_blocks, local_windows,  # noqa: E402
                          top_count)
from flashvsr_weights import dit_shapes, projector_shapes  # noqa: E402
from oracle_io import load_safetensors, save_safetensors, write_json  # noqa: E402

KEEP_TOKENS = 61            # every 61st token of a chunk
KEEP_ROWS, KEEP_COLUMNS = 5, 7
SMALLEST_MARGIN = 1e-4      # of a kept probability above the threshold: rounding must not change the choice
# name: (model, width, height, cache, seed, settings of each chunk)
CASES = {
    "steady": ("miniature", 384, 256, "previous", 1, [(0.75, 3.0, 3)] * 4),
    "own": ("miniature", 256, 384, "own", 5, [(0.5, 2.0, 11)] * 3),
    "changing": ("miniature", 256, 256, "previous", 3,
                 [(1.0, 3.0, 11), (0.75, 3.0, 3), (1.5, 2.0, 2), (0.6, 1.0, 1), (0.75, 1.9, 11)]),
    "wide": ("wide", 256, 256, "previous", 4, [(0.8, 3.0, 3)] * 3),
}
# name: seed, heads, rows, columns, units of queries and keys, topk_ratio, local_range
CHOICES = {
    "first-chunk": (11, 2, 3, 4, 3, 3, 0.7, 3),
    "later-chunk": (12, 3, 4, 3, 1, 4, 0.9, 3),
    "sparse": (13, 2, 5, 6, 1, 4, 0.25, 11),
    "even-range": (14, 2, 4, 5, 1, 2, 0.5, 4),
    "all-local": (15, 1, 4, 4, 3, 3, 5.0, 3),
    "itself-only": (16, 2, 3, 3, 1, 1, 0.5, 1),
}
WIDE = {"dim": 256, "ffn": 192, "layers": 2, "text_dim": 24, "freq_dim": 16}
WIDE_HIDDEN, WIDE_LAYERS, WIDE_PROMPT = (6, 10), 2, 12


def drawn(seed, shape):
    """Uniform numbers in [-1, 1) from a hash of seed and index, exact in float32."""
    x = (np.arange(int(np.prod(shape)), dtype=np.uint64) + np.uint64(seed) * np.uint64(0x9E3779B9)) & np.uint64(0xFFFFFFFF)
    for factor in (0x85EBCA6B, 0xC2B2AE35):
        x = ((x ^ (x >> np.uint64(16))) * np.uint64(factor)) & np.uint64(0xFFFFFFFF)
    x = (x ^ (x >> np.uint64(16))) >> np.uint64(8)
    return torch.from_numpy((x.astype(np.float64) / 8388608 - 1).astype(np.float32)).reshape(shape)


def drawn_weights(seed, shapes):
    """Norms near 1, all else scaled by its inputs; a tensor's seed is its place among the sorted keys."""
    weights = {}
    for place, key in enumerate(sorted(shapes)):
        x = drawn(seed + place, shapes[key])
        norm = "norm" in key and key.endswith(("weight", "gamma"))
        plain = key.endswith(("bias", "modulation"))
        inputs = int(np.prod(shapes[key][1:]))
        weights[key] = 1 + x * 0.25 if norm else x * 0.25 if plain else x * np.float32(2 / np.sqrt(inputs))
    return weights


class LiveTransformer(Transformer):
    """A ratio that is lowered in mid-stream takes effect at once, as in ours; constant ratios act as published."""

    def cached(self, block, k, v, ws, kv_ratio):
        k, v = super().cached(block, k, v, ws, kv_ratio)
        most = ws * max(2, int(kv_ratio))
        self.keys[block], self.values[block] = self.keys[block][-most:], self.values[block][-most:]
        return k, v


def models():
    file = load_safetensors(HERE / "flashvsr" / "miniature.safetensors")
    part = lambda prefix: {k[len(prefix):]: t.float() for k, t in file.items() if k.startswith(prefix)}
    return {"miniature": (part("projector."), part("dit."), file["prompt"][0].float()),
            "wide": (drawn_weights(100, projector_shapes(WIDE["dim"], WIDE_HIDDEN, WIDE_LAYERS)),
                     drawn_weights(200, dit_shapes(**WIDE)), drawn(300, (WIDE_PROMPT, WIDE["text_dim"])))}


def run(model, width, height, cache, seed, settings):
    """The stages' results, the smallest margin of a choice of blocks, and the blocks chosen."""
    weights, dit, prompt = model
    projector, transformer = Projector(weights, cache), LiveTransformer(dit, prompt, torch.float32)
    taps, margins, masks, frames = {}, [], [], 0

    def tap(name, tensor):
        if name.endswith("margin"):
            margins.append(tensor.min().item())
        elif name.endswith("mask"):
            masks.append(tensor)

    for p, (ratio, kv_ratio, local_range) in enumerate(settings):
        tokens = []
        while frames < frames_needed(p):
            count = 1 if frames == 0 else 4
            clip = torch.stack([drawn(seed * 1000 + frames + i, (3, height, width)) for i in range(count)], 1)
            frames += count
            made = projector.push(clip)
            tokens += [] if made is None else [made]
        layers = [torch.cat(layer) for layer in zip(*tokens)]
        latents = range(*latent_range(p))
        noise = torch.stack([drawn(seed * 1000 + 500 + k, (16, height // 8, width // 8)) for k in latents], 1)
        chunk = Chunk((len(latents), height // 16, width // 16), latents, ratio, kv_ratio, local_range, {}, tap)
        latent = transformer.denoise(noise, layers, chunk)
        for index, layer in enumerate(layers):
            taps[f"chunk{p}.tokens.{index}"] = layer[::KEEP_TOKENS].contiguous()
        taps[f"chunk{p}.latent"] = latent[..., ::KEEP_ROWS, ::KEEP_COLUMNS].contiguous()
    return taps, min(margins), masks


def report(name, margin, masks):
    kept = [round(mask.float().mean().item(), 3) for mask in masks]
    empty = sum(int((~mask.bool().any(-1)).sum()) for mask in masks)
    print(f"{name}: margin {margin:.1e}, {empty} rows without blocks, part kept {kept}")
    if margin < SMALLEST_MARGIN:
        raise SystemExit(f"{name}: the choice of blocks hangs on rounding; take another seed")


def choice(seed, heads, rows, columns, query_units, key_units, ratio, local_range):
    """Which blocks are chosen for windows whose means are drawn."""
    ws, dim = rows * columns, heads * HEAD
    q = drawn(seed, (query_units * ws, 1, dim)) * 2
    k = drawn(seed + 1, (key_units * ws, 1, dim)) * 2
    return choose_blocks(q, k, query_units, top_count(ws, ratio), local_windows(rows, columns, local_range))


def choices():
    masks, manifest = {}, []
    for name, case in CHOICES.items():
        mask, margin = choice(*case)
        report(name, margin.min().item(), [mask])
        masks[name] = mask.byte()
        manifest.append([name, *case])
    return masks, manifest


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "flashvsr")
    out.mkdir(exist_ok=True)
    loaded, manifest = models(), []
    for name, (model, width, height, cache, seed, settings) in CASES.items():
        with torch.no_grad():
            taps, margin, masks = run(loaded[model], width, height, cache, seed, settings)
        report(name, margin, masks)
        save_safetensors(out / f"networks-{name}.golden", taps)
        manifest.append({"name": name, "model": model, "width": width, "height": height, "cache": cache,
                         "seed": seed, "settings": settings})
    masks, chosen = choices()
    save_safetensors(out / "networks-choices.golden", masks)
    write_json(out / "networks.json", {"torch": torch.__version__, "cases": manifest, "choices": chosen})


if __name__ == "__main__":
    main()
