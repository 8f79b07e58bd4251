"""Golden files of RIFE in miniature: every kind of block and encoder with few channels, checked by tests/torch.

    python3 tests/golden/make_rife.py [OUT_DIR]

Needs a Python with PyTorch and NumPy. Weights and frames come from the oracle's own generator (seed 1), whose stream
is the same everywhere; results were written with PyTorch 2.13.0 on the CPU and may differ in the last bits elsewhere.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import torch  # noqa: E402

import rife_weights  # noqa: E402
from film_golden import synthetic_pair  # noqa: E402
from oracle_io import save_safetensors, write_json  # noqa: E402
from rife import interpolate  # noqa: E402

SEED = 1
FOUR, FIVE = (12, 8, 8, 6), (12, 8, 8, 6, 6)
STRUCTURES = {
    "prelu": rife_weights.Arch(FOUR, 5, "prelu"),
    "leaky": rife_weights.Arch(FOUR, 5, "leaky"),
    "residual": rife_weights.Arch(FOUR),
    "pair": rife_weights.Arch(FOUR, 6, "residual", "pair", 8, 4),
    "sequence": rife_weights.Arch(FOUR, 6, "residual", "sequence", 8, 4),
    "head": rife_weights.Arch(FOUR, 6, "residual", "head", 8, 4, groups=2),
    "carried": rife_weights.Arch(FIVE, 13, "residual", "head", 8, 4),
    "lite": rife_weights.Arch((12, 8, 8, 6, 24), 13, "residual", "head", 8, 4),
}
# name: (structure, width, height, t, flow scale, ensemble, large motion)
CASES = {
    "prelu": ("prelu", 65, 41, 0.3, 1.0, False, False),
    "prelu-restart": ("prelu", 151, 23, 0.5, 1.0, False, True),
    "prelu-restart-ensemble": ("prelu", 151, 23, 0.75, 0.5, True, True),
    "leaky": ("leaky", 51, 37, 0.3, 2.0, False, False),
    "leaky-whole": ("leaky", 51, 37, 0.6, 1.0, False, False),
    "residual": ("residual", 64, 32, 0.5, 1.0, False, False),
    "residual-ensemble": ("residual", 51, 37, 0.3, 1.0, True, False),
    "pair": ("pair", 51, 37, 0.75, 0.5, False, False),
    "sequence-ensemble": ("sequence", 51, 37, 0.3, 1.0, True, False),
    "head": ("head", 33, 65, 0.6, 1.0, False, False),
    "carried": ("carried", 65, 41, 0.3, 1.0, False, False),
    "carried-quarter": ("carried", 51, 37, 0.5, 0.25, False, False),
    "carried-four": ("carried", 33, 25, 0.5, 4.0, False, False),
    "lite": ("lite", 51, 37, 0.5, 2.0, False, False),
    "lite-whole": ("lite", 51, 37, 0.3, 1.0, False, False),
}


def weights_of(structure, large_motion):
    """State dict of a structure under published names; `random_state_dict` finds it by this name.

    Leftovers of training stay with one structure only: elsewhere they are larger than the miniature itself.
    """
    rife_weights.VERSIONS[structure] = STRUCTURES[structure]
    weights = rife_weights.random_state_dict(structure, SEED, "module.", structure == "leaky")
    if large_motion:    # sideways by more than 32 pixels, in opposite directions
        weights["module.block1.lastconv.bias"][[0, 2]] += torch.tensor([4.5, -4.5])
    return weights


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "rife")
    manifest = []
    for name, (structure, width, height, t, scale, ensemble, large_motion) in CASES.items():
        weights = weights_of(structure, large_motion)
        checkpoint = structure + ("-far" if large_motion else "") + ".safetensors"
        save_safetensors(out / checkpoint, weights)
        frames, stages = synthetic_pair(SEED, width, height), {}
        with torch.no_grad():
            result = interpolate(weights, *frames, t, scale, ensemble, stages)
        assert bool(stages["restart"]) == large_motion, name
        save_safetensors(out / f"{name}.golden", {"img0": frames[0], "img1": frames[1], "out": result})
        manifest.append({"name": name, "checkpoint": checkpoint, "t": t, "scale": scale, "ensemble": ensemble})
    write_json(out / "cases.json", {"seed": SEED, "torch": torch.__version__, "cases": manifest})


if __name__ == "__main__":
    main()
