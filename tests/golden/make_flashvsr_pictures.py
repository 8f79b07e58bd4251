"""Golden file of what surrounds FlashVSR's transformer: decoders, colours, noise, resampling; checked by tests/torch.

    python3 tests/golden/make_flashvsr_pictures.py [OUT_FILE]

Needs a Python with PyTorch and NumPy, and miniature.safetensors of make_flashvsr.py for the decoders' weights. Inputs
come from the oracle's own generator (seed 2), whose stream is the same everywhere; results were written with PyTorch
2.13.0 on the CPU and may differ in the last bits elsewhere. Of the decoders' frames every third row and fifth column
is kept.
"""
import math
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import torch  # noqa: E402

from flashvsr_net import TinyDecoder  # noqa: E402
from flashvsr_video import fix_color, resize_axis, synthetic_video, to_signed  # noqa: E402
from oracle_io import Random, load_safetensors, save_safetensors  # noqa: E402
from wan_vae import WanVaeDecoder  # noqa: E402

SEED = 2
HEIGHT, WIDTH, LATENTS = 32, 48, 8
# (height, width) before and after
RESIZES = {"up4": ((9, 7), (36, 28)), "up-odd": ((11, 17), (31, 40)), "down": ((40, 33), (13, 12)),
           "far-down": ((64, 50), (3, 5)), "mixed": ((10, 60), (27, 23)), "one-pixel": ((1, 1), (4, 3)),
           "same": ((8, 9), (8, 9))}
# The noise of the test: seed, latent, top, left, height, width
NOISE = (0x0123456789ABCDEF, 7, 3, 1000, 5, 6)


def part(weights, prefix):
    return {key[len(prefix):]: t.float() for key, t in weights.items() if key.startswith(prefix)}


def decoders(weights):
    frames = 4 * LATENTS - 3
    latent = Random(SEED, "latent").normal((16, LATENTS, HEIGHT // 8, WIDTH // 8)).half()
    condition = torch.from_numpy(synthetic_video(SEED, frames, HEIGHT, WIDTH))
    tiny = TinyDecoder(part(weights, "tc.")).decode(latent.float(), to_signed(condition.numpy()).transpose(0, 1))
    vae = WanVaeDecoder(part(weights, "vae."))
    full = torch.cat([vae.decode(latent[:, k].float()) for k in range(LATENTS)], 1).transpose(0, 1).clamp(-1, 1)
    return {"latent": latent, "condition": condition, "tc.out": tiny[..., ::3, ::5].contiguous(),
            "wan.out": full[..., ::3, ::5].contiguous()}


def colours():
    frames = (Random(SEED, "frames").normal((2, 3, 45, 38)) * 0.3 + 0.1).half()
    reference = (Random(SEED, "reference").normal((2, 3, 45, 38)) * 0.2 - 0.3).half()
    tensors = {"frames": frames, "reference": reference}
    for method in ("adain", "wavelet"):
        tensors[method] = fix_color(method, frames.float(), reference.float())
    return tensors


def resizes():
    tensors = {}
    for name, (before, after) in RESIZES.items():
        source = Random(SEED, name).integer_array((1, *before, 3), 0, 256).astype("uint8")
        result = resize_axis(resize_axis(source, after[1], 2), after[0], 1)
        tensors[f"bicubic.{name}.in"] = torch.from_numpy(source[0])
        tensors[f"bicubic.{name}.out"] = torch.from_numpy(result[0])
    return tensors


def philox(counter, key):
    """Philox4x32-10: four 32-bit words of each counter."""
    (a, b, c, d), (k, m), mask = counter, key, 0xFFFFFFFF
    for _ in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (second >> 32) ^ b ^ k, second & mask, (first >> 32) ^ d ^ m, first & mask
        k, m = (k + 0x9E3779B9) & mask, (m + 0xBB67AE85) & mask
    return a, b, c, d


def normal_values(words):
    uniform = [(word + 0.5) / 2 ** 32 for word in words]
    for a, b in (uniform[:2], uniform[2:]):
        radius = math.sqrt(-2 * math.log(a))
        yield radius * math.cos(2 * math.pi * b)
        yield radius * math.sin(2 * math.pi * b)


def noise():
    seed, latent, top, left, height, width = NOISE
    values = torch.empty(16, height, width)
    for group in range(4):
        for y in range(height):
            for x in range(width):
                words = philox((left + x, top + y, group, latent), (seed & 0xFFFFFFFF, seed >> 32))
                values[4 * group:4 * group + 4, y, x] = torch.tensor(list(normal_values(words)), dtype=torch.float64)
    return {"noise": values}


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "flashvsr" / "pictures.golden")
    weights = load_safetensors(HERE / "flashvsr" / "miniature.safetensors")
    save_safetensors(out, {**decoders(weights), **colours(), **resizes(), **noise()})


if __name__ == "__main__":
    main()
