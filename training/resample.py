"""Pillow's bicubic filter as products of matrices, so that batches are fast on any device, and the luma of BT.601."""
import functools
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/oracle"))

from flashvsr_video import WEIGHT_BITS, cubic_taps  # noqa: E402

LUMA = torch.tensor([65.481, 128.553, 24.966]) / 255  # in the levels of video


@functools.lru_cache(maxsize=None)
def taps_matrix(size_in, size_out):
    """float32 [size_out, size_in]: what each source pixel adds to each pixel."""
    first, weights = cubic_taps(size_in, size_out)
    matrix = torch.zeros(size_out, size_in)
    for row, (low, values) in enumerate(zip(first, weights)):
        count = min(len(values), size_in - low)
        matrix[row, low:low + count] = torch.from_numpy(values[:count] / (1 << WEIGHT_BITS)).float()
    return matrix


def to_levels(x):
    """Rounded and clipped as 8 bits are, still floating point."""
    return x.add(0.5).floor().clamp(0, 255)


def resize(levels, height, width):
    """float [..., H, W] in 0..255 -> [..., height, width]; rounded after each pass like Pillow's, the columns
    first. Only sums that fall between two levels may differ from the integers of the original."""
    columns = taps_matrix(levels.shape[-1], width).to(levels.device)
    rows = taps_matrix(levels.shape[-2], height).to(levels.device)
    return to_levels(rows @ to_levels(levels @ columns.T))
