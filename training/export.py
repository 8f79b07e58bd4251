"""Writes the running mean of a training run, or the first weights, as a model file.

    export.py OUT.safetensors [--run RUN]

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
PREFIXES = {"dit": "dit", "projector": "projector", "tc": "tc4"}
METADATA = {"version": "v1.1", "name": "flashvsr-small", "licence": "MIT"}


def write_model(path, parts, prompt, seed):
    """The decoder's prefix says that it is made for enlarging by four."""
    tensors = {f"{PREFIXES[name]}.{key}": tensor.detach().cpu().half() for name, part in parts.items() for key, tensor in part.items()}
    tensors["prompt"] = prompt.cpu().half()
    for key, tensor in tensors.items():
        if not torch.isfinite(tensor).all():
            raise SystemExit(f"{key} is not finite in float16")
    save_safetensors(path, tensors, metadata={**METADATA, "seed": seed})


def read_model(path):
    """What `flashvsr_weights.read_model_dir` gives of a folder, of one file: parts and prompt in float32."""
    tensors = {key: tensor.float() for key, tensor in load_safetensors(path).items()}
    parts = {name: {key.removeprefix(prefix + "."): tensor for key, tensor in tensors.items() if key.startswith(prefix + ".")}
             for name, prefix in PREFIXES.items()}
    if sum(map(len, parts.values())) + 1 != len(tensors) or not all(parts.values()):
        raise SystemExit(f"{path} has other parts than {', '.join(PREFIXES.values())} and prompt")
    return {**parts, "prompt": tensors["prompt"]}


def parts_of(seed, picture=None):
    """The whole model: with a trained decoder of one picture, or the first weights alone."""
    parts = first_weights(seed)
    first = parts.pop("picture")
    parts["tc"] = network.whole_decoder(picture or first)
    return parts, parts.pop("prompt")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", metavar="OUT", type=pathlib.Path)
    parser.add_argument("--run", type=pathlib.Path, help="of train.py; without it the first weights")
    args = parser.parse_args()
    state = torch.load(args.run / "state.pt", map_location="cpu", weights_only=True) if args.run else {"seed": SEED}
    write_model(args.out, *parts_of(state["seed"], state.get("mean")), state["seed"])


if __name__ == "__main__":
    main()
