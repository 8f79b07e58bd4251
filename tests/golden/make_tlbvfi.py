"""Golden files of TLBVFI in miniature: the published layers with few channels, checked by tests/torch.

    python3 tests/golden/make_tlbvfi.py [OUT_DIR]

Needs a Python with PyTorch and NumPy. Weights, frames and noise come from the oracle's own generator, whose stream is
the same everywhere; results were written with PyTorch 2.13.0 on the CPU and may differ in the last bits elsewhere.

The denoiser cannot be narrowed: its normalisations have 32 groups. So that the file stays small, large tensors are
overlapping views of one storage in float16; that they are equal in parts does no harm.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import torch  # noqa: E402

import tlbvfi  # noqa: E402
from film_golden import save_checkpoint, synthetic_pair  # noqa: E402
from oracle_io import read_json, save_safetensors, write_json  # noqa: E402
from tlbvfi_bridge import make_noise  # noqa: E402

SEED, LAST_SEED = 1, 20
LARGE, SHIFT = 2048, 37       # values of a tensor that shares its storage, and between the starts of two of them
CODES, CODE_SHIFT = 64, 1e-3  # codewords; how far a latent must be from the border between two of them
NARROW = {1024: 64, 512: 32, 256: 16, 128: 8, 64: 4, 386: 26, 194: 14, 8192: CODES,
          240: 16, 120: 8, 150: 12, 75: 6, 90: 8, 45: 4}
HEAD = {"vqgan.decoder.moduleout.0.weight": (16, 4, 3, 3), "vqgan.decoder.moduleout.0.bias": (16,),
        "vqgan.decoder.moduleout.1.weight": (16,), "vqgan.decoder.moduleout.1.bias": (16,),
        "vqgan.decoder.moduleout.3.weight": (8, 16, 3, 3), "vqgan.decoder.moduleout.3.bias": (8,),
        "vqgan.decoder.moduleout.4.weight": (8,), "vqgan.decoder.moduleout.4.bias": (8,),
        "vqgan.decoder.moduleout.6.weight": (4, 8, 3, 3)}
# name: (width, height, flow scale, steps). Padded: 256x256, 512x256, 256x512 and 256x256.
CASES = {
    "small": (40, 24, 0.5, 3),
    "wide": (257, 9, 0.5, 5),
    "tall-full": (9, 257, 1.0, 3),
    "quarter": (33, 41, 0.25, 4),
}


class Encoder(tlbvfi.Encoder):
    """Also takes canvases that are smaller than the last level's windows: the flow does not look at that level."""

    def window_attention(self, name, x, context=None):
        return super().window_attention(name, x, context) if x.shape[2] % 8 == 0 else x


def narrow_shape(key, shape):
    if key.startswith("denoise_fn."):
        return tuple(shape)
    return HEAD.get(key, tuple(NARROW.get(n, n) for n in shape))


def shared(tensors):
    """The same shapes and ranges as overlapping views of one float16 storage; small ones lie apart."""
    pools, places, size = {}, {}, 0
    for key, tensor in tensors.items():
        if tensor.numel() >= LARGE:
            bound = f"{tensor.abs().max():.2g}"     # equal for layers of the same number of inputs
            pools.setdefault(bound, []).append(key)
    for bound, keys in pools.items():
        for index, key in enumerate(keys):
            places[key] = size + SHIFT * index
        size += max(tensors[key].numel() for key in keys) + SHIFT * len(keys)
    for key, tensor in tensors.items():
        if key not in places:
            places[key], size = size, size + tensor.numel()
    storage = torch.zeros(size, dtype=torch.float16)
    for key in sorted(places, key=lambda key: tensors[key].numel()):
        storage[places[key]:places[key] + tensors[key].numel()] = tensors[key].flatten().half()
    return {key: storage[places[key]:places[key] + tensor.numel()].view(tensor.shape) for key, tensor in tensors.items()}


def weights_of(seed):
    """Without the bridge's tables, and with few of the tensors that the network never reads."""
    shapes = {key: narrow_shape(key, shape) for key, shape in read_json(tlbvfi.SHAPES).items()
              if "." in key and not key.endswith("num_batches_tracked")
              and ("out_conv" not in key or "up.0" in key)}
    return shared({key: tlbvfi.random_tensor(seed, key, shape) for key, shape in shapes.items()})


def is_clear(weights, sampled):
    """Whether no latent lies near the border between two codewords."""
    codes = weights["vqgan.quantize.embedding.weight"].double()
    points = sampled[0].permute(1, 2, 3, 0).reshape(-1, 3).double()
    nearest = torch.cdist(points, codes, compute_mode="donot_use_mm_for_euclid_dist").square().topk(2, 1, largest=False)
    apart = (codes[nearest.indices[:, 0]] - codes[nearest.indices[:, 1]]).norm(dim=1)
    return bool(((nearest.values[:, 1] - nearest.values[:, 0]) / (2 * apart) > CODE_SHIFT).all())


def golden(weights, seed, width, height, scale, steps):
    """Tensors of a case, or None if a codeword is in doubt."""
    frames, stages = synthetic_pair(seed, width, height), {}
    padded = [n + tlbvfi.padding(n, 256) for n in (height, width)]
    noise = make_noise(seed, steps, padded[0] // 32, padded[1] // 32)
    result = tlbvfi.interpolate(weights, *frames, scale, steps, noise, 256, stages)
    if not is_clear(weights, stages["sampled"]):
        return None
    assert result.std() > 0.02 and stages["mask"].std() > 0.02 and stages["flow"].abs().max() > 1
    return {"img0": frames[0], "img1": frames[1], "out": result,
            **{f"noise.{step}": tensor for step, tensor in enumerate(noise)}}


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "tlbvfi")
    out.mkdir(exist_ok=True)
    tlbvfi.Encoder = Encoder
    weights, manifest = weights_of(SEED), []
    save_checkpoint(out / "miniature.pth", {"step": 0, "model": weights})
    for name, (width, height, scale, steps) in CASES.items():
        with torch.no_grad():
            tensors = next(filter(None, (golden(weights, seed, width, height, scale, steps)
                                         for seed in range(SEED, LAST_SEED))))
        save_safetensors(out / f"{name}.golden", tensors)
        manifest.append({"name": name, "flow_scale": scale, "steps": steps})
    write_json(out / "cases.json", {"seed": SEED, "torch": torch.__version__, "cases": manifest})


if __name__ == "__main__":
    main()
