"""Golden files of FILM in miniature: its whole structure with few channels, checked by tests/torch.

    python3 tests/golden/make_film.py [OUT_DIR]

Needs a Python with PyTorch and NumPy. Weights and frames come from the oracle's own generator (seed 1), whose stream
is the same everywhere; results were written with PyTorch 2.13.0 on the CPU and may differ in the last bits elsewhere.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "oracle"))

import torch  # noqa: E402

import film  # noqa: E402
from film_golden import save_checkpoint, synthetic_pair  # noqa: E402
from oracle_io import save_safetensors, write_json  # noqa: E402

SEED = 1
film.FEATURES = (3, 4, 4, 5)
film.FLOW_WIDTHS = (4, 4, 6, 6)
# name: (layout, file, width, height, t)
CASES = {
    "even": ("v1.0.1", "nested.pth", 64, 64, 0.5),
    "centred": ("v1.0.1", "nested.pth", 66, 35, 0.3),
    "narrow": ("v1.0.1", "nested-half.pt", 65, 3, 0.75),
    "bare": ("v1.0.0", "bare.pth", 33, 21, 0.3),
    "bare-archive": ("v1.0.0", "bare.pt", 33, 21, 0.5),
}
COUNT = 5           # frames drawn between by the adaptive schedule
HALVED = "0.3"      # time reached by halving


def save_weights(path, weights):
    (film.export_torchscript if path.suffix == ".pt" else save_checkpoint)(str(path), weights)


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else HERE / "film")
    out.mkdir(exist_ok=True)
    manifest = []
    with torch.no_grad():
        for name, (layout, file, width, height, t) in CASES.items():
            weights = film.random_state_dict(SEED, layout, torch.float16 if "half" in file else torch.float32)
            save_weights(out / file, weights)
            frames = synthetic_pair(SEED, width, height)
            result = film.interpolate(weights, *frames, t)
            save_safetensors(out / f"{name}.golden", {"img0": frames[0], "img1": frames[1], "out": result})
            manifest.append({"name": name, "checkpoint": file, "t": t})
        for name, file, steps in (("adaptive", "nested.pth", film.adaptive_schedule(COUNT)),
                                  ("halved", "bare.pt", film.bisect(HALVED))):
            frames = synthetic_pair(SEED, 33, 21)
            drawn = film.run_schedule(film.random_state_dict(SEED), *frames, steps)
            shown = sorted(step.new for step in steps) if name == "adaptive" else [steps[-1].new]
            save_safetensors(out / f"{name}.golden", {"img0": frames[0], "img1": frames[1],
                                                      "out": torch.cat([drawn[position] for position in shown])})
    write_json(out / "cases.json", {"seed": SEED, "torch": torch.__version__, "count": COUNT, "halved": float(HALVED),
                                    "cases": manifest})


if __name__ == "__main__":
    main()
