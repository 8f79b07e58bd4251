"""Writes the running means of training runs, one for each scale, as a model file; first weights where there is no run.

    export.py OUT.safetensors [RUN...]

Tensors are stored in float16 under the published names with the prefixes that docs/elements/flashvsr.md names; the
metadata says what the file is. OUT may be a model again for evaluate.py, for the element and for the tests.
"""
import argparse
import pathlib

import torch

import network
from first_weights import first_weights
from oracle_io import load_safetensors, save_safetensors

SHIPPED = pathlib.Path(__file__).resolve().parent.parent / "models/flashvsr-small.safetensors"
SEED = 1                        # of the first weights alone
METADATA = {"version": "v1.1", "name": "flashvsr-small", "licence": "MIT"}


def write_model(path, parts, prompt, seed):
    tensors = {f"{name}.{key}": tensor.detach().cpu().half() for name, part in parts.items() for key, tensor in part.items()}
    tensors["prompt"] = prompt.cpu().half()
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise SystemExit(f"{key} is not finite in float16")
    save_safetensors(path, tensors, metadata={**METADATA, "seed": seed})


def read_model(path, scale):
    """What `flashvsr_weights.read_model_dir` gives of a folder, of one file: parts and prompt in float32, the decoder that
    is made for `scale`."""
    names = {"dit": "dit", "projector": "projector", f"tc{scale}": "tc"}
    parts = {name: {} for name in names.values()}
    for key, tensor in load_safetensors(path).items():
        prefix, _, rest = key.partition(".")
        if prefix in names:
            parts[names[prefix]][rest] = tensor.float()
        elif key == "prompt":
            parts["prompt"] = tensor.float()
    return parts


def parts_of(seed, pictures):
    """The whole model: with decoders of one picture that were trained, {scale: weights}, and first weights for the others."""
    parts = first_weights(seed)
    for scale, picture in {**parts.pop("pictures"), **pictures}.items():
        parts[f"tc{scale}"] = network.whole_decoder(network.LAYOUTS[scale], picture)
    return parts, parts.pop("prompt")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("runs", metavar="RUN", type=pathlib.Path, nargs="*", help="of train.py")
    args = parser.parse_args()
    states = [torch.load(run / "state.pt", map_location="cpu", weights_only=True) for run in args.runs]
    seeds, pictures = {state["seed"] for state in states} or {SEED}, {state["scale"]: state["mean"] for state in states}
    if len(seeds) > 1 or len(pictures) < len(states):
        parser.error("runs of one model have the same seed and different scales")
    seed = seeds.pop()
    write_model(args.out, *parts_of(seed, pictures), seed)


if __name__ == "__main__":
    main()
