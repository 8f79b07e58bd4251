"""Golden file of the model that comes with the project, checked by tests/torch: what a short clip becomes.

    python3 tests/golden/make_flashvsr_small.py

To be run again whenever models/flashvsr-small.safetensors changes. Needs and promises what make_flashvsr.py does.
"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "training"))

from export import SHIPPED, read_model  # noqa: E402
from make_flashvsr import case  # noqa: E402
from oracle_io import save_safetensors  # noqa: E402

WIDTH, HEIGHT, FRAMES = 128, 128, 6


def main():
    parts = read_model(SHIPPED)
    save_safetensors(HERE / "flashvsr/small.golden", case(parts, WIDTH, HEIGHT, FRAMES, {"sparse_ratio": 2.0}))


if __name__ == "__main__":
    main()
