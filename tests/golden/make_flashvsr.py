"""Golden files of FlashVSR in miniature, checked by tests/torch: one small random model and what whole clips become.

    python3 tests/golden/make_flashvsr.py [OUT_DIR]

Needs a Python with PyTorch and NumPy. Weights, clips and noise come from the oracle's own generator (seed 1), whose
stream is the same everywhere; results were written with PyTorch 2.13.0 on the CPU and may differ in the last bits
elsewhere. The model is one safetensors file of bfloat16 weights; of each result every fifth row and seventh column is kept.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import torch  # noqa: E402

from flashvsr import FlashVSROracle, density, latent_count, noise_tensor  # noqa: E402
from flashvsr_video import resize_pil_bicubic, synthetic_video, to_signed  # noqa: E402
from flashvsr_weights import miniature  # noqa: E402
from oracle_io import save_safetensors, write_json  # noqa: E402

SEED = 1
SCALE = 4
SIZES = {"dim": 128, "ffn": 128, "layers": 2, "text_dim": 32, "freq_dim": 16, "hidden": (8, 8), "tc": (16, 8, 8, 8),
         "vae_dim": 4, "prompt_tokens": 16}
PREFIXES = {"dit": "dit.", "projector": "projector.", "tc": "tc.", "vae": "vae."}
# name: (width, height, frames, oracle's options)
CASES = {
    "tiny": (256, 128, 30, {"topk_ratio": 1.0, "local_range": 3}),
    "own-wavelet": (128, 256, 22, {"version": "v1", "color_fix": "wavelet", "topk_ratio": 1.25, "local_range": 3,
                                   "kv_ratio": 2.0}),
    "full": (128, 128, 30, {"decoder": "wan", "color_fix": "none", "sparse_ratio": 2.0}),
}


def model():
    """The miniature as the file stores it, float32."""
    parts = miniature(SEED, **SIZES)
    parts = {name: {key: t.bfloat16().float() for key, t in part.items()} if name != "prompt" else part.bfloat16().float()
             for name, part in parts.items()}
    parts["vae"] = {key: t for key, t in parts["vae"].items() if key.startswith(("decoder.", "conv2."))}
    return parts


def save_model(path, parts):
    tensors = {prefix + key: t.bfloat16() for part, prefix in PREFIXES.items() for key, t in parts[part].items()}
    tensors["prompt"] = parts["prompt"].bfloat16()
    save_safetensors(path, tensors, metadata={"version": "v1.1"})


def case(parts, width, height, frames, options):
    source = synthetic_video(SEED, frames, height // SCALE, width // SCALE)
    noise = noise_tensor(SEED, latent_count(frames), height, width).half()
    oracle = FlashVSROracle(parts, noise=noise.float(), **options)
    out, _ = oracle.run(to_signed(resize_pil_bicubic(source, SCALE)))
    return {"source": torch.from_numpy(source), "noise": noise, "out": out[..., ::5, ::7].contiguous()}


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "flashvsr")
    out.mkdir(exist_ok=True)
    parts, manifest = model(), []
    save_model(out / "miniature.safetensors", parts)
    for name, (width, height, frames, options) in CASES.items():
        save_safetensors(out / f"{name}.golden", case(parts, width, height, frames, options))
        if "topk_ratio" in options:     # the engine knows ratios of the published size only
            ratio = options.pop("topk_ratio") / density(1.0, height, width)
            options["sparse_ratio"] = ratio
        manifest.append({"name": name, "width": width, "height": height, "frames": frames, **options})
    write_json(out / "cases.json", {"seed": SEED, "torch": torch.__version__, "cases": manifest})


if __name__ == "__main__":
    main()
