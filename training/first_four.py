"""The first weights of the decoder for four times: luma's samples as mean and differences, put in place by signs.

Channels of one picture. At 1/8: luma (mean of 2 x 2 samples), two gates for each of its three differences, two of
chroma. At 1/4: luma, three differences, two of chroma; at 1/2 luma and chroma. The shared ones: three places and
ones; at 1/2 ones are the last.

A gate: with a place p = 1 or -1 and |d| <= GATE, relu(d + GATE p) - relu(d - GATE p) = p d + GATE p.

The kernels were found by least squares along one axis of natural pictures (`kernels.py`): 33.66 dB where no linear
upscaler has more than 33.68, bicubic 33.00.
"""
import torch

from filters import (BRIGHT, CHROMA_OFFSET, COLUMNS, DARK, ROWS, TO_LUMA, block, filter_luma, idle, pass_on, pixels_of,
                     samples_of_a_block, smooth_chroma, steepen, write_colours)
from network import FOUR, PICTURE_INPUTS, PLACES

OWN, SHARED = FOUR.own, FOUR.shared
ONES = [width - 1 for width in FOUR.picture_widths()]
GATE = 0.5                      # half of the largest difference of two neighbours in [-1, 1] that passes
# Two kernels a level, (outer, middle) of three taps each: x + second * (first * (1, -2, 1) * x)
AT_QUARTER = ((0.3179, 0.1074), (-0.0992, 0.3205))
AT_HALF = ((-0.5677, 0.1105), (0.1703, 0.5528))
AT_FULL = (0.0498, 0.3548)
STEEPER, FROM = 0.08, 0.5       # beyond FROM the inverse of 3 tanh(x / 3) is about so much steeper


def first_four(picture):
    """Writes into random weights of one picture's decoder."""
    pack(picture)
    unpack(picture)
    interpolate(picture)
    write_colours(picture, AT_FULL)


def pack(picture):
    """The first layers: what a block of 8 x 8 pixels says of its 2 x 2 samples."""
    first, second = samples_of_a_block(FOUR.scale)
    mean, change = (first + second) / 2, (second - first) / 2
    kernels = [torch.outer(mean, mean), torch.outer(mean, change), torch.outer(change, mean), torch.outer(change, change)]
    weight, bias = picture["decoder.1.weight"], picture["decoder.1.bias"]
    shared = OWN[0]
    weight[:, PICTURE_INPUTS:] = 0
    weight[:10] = weight[shared:] = 0
    pixels = pixels_of(picture, FOUR)
    luma, chroma = TO_LUMA[0, :, None, None], TO_LUMA[1:, :, None, None]
    pixels[BRIGHT], pixels[DARK] = luma * kernels[0], -luma * kernels[0]
    for k in range(3):
        pixels[2 + 2 * k:4 + 2 * k] = luma * kernels[1 + k]
        place = PICTURE_INPUTS + PLACES[k]
        weight[2 + 2 * k, place, 1, 1], weight[3 + 2 * k, place, 1, 1] = GATE / 3, -GATE / 3
        weight[shared + k, place, 1, 1] = 1 / 3
    pixels[8:10] = chroma / 64
    bias[8:10], bias[ONES[0]] = CHROMA_OFFSET, 1
    pass_on(picture["decoder.3.weight"], {k: k for k in (*range(10), *range(shared, ONES[0] + 1))})
    for layer in (5, 6, 7):
        idle(picture, FOUR, layer, 0)


def unpack(picture):
    """Samples to their places: at 1/4 one is one pixel. A block's place p becomes -p in its left (upper) half and p in the
    other one, by one kernel. A difference d comes as p d, and p d times that is -d and d, as it should be."""
    weight, gates = picture["decoder.10.weight"], OWN[1]
    places, ones = OWN[0], ONES[0]
    weight[:7] = weight[gates:] = 0
    pass_on(weight, {5: 8, 6: 9, ONES[1]: ones})
    for luma, sign in ((BRIGHT, 1), (DARK, -1)):           # no ReLU follows: either may be negative
        weight[luma, BRIGHT, 1, 1], weight[luma, DARK, 1, 1] = sign, -sign
    turn, stay = torch.tensor([0.5, 0.0, -0.5]), torch.tensor([0.0, 1.0, 0.0])
    for k, kernel in enumerate((torch.outer(stay, turn), torch.outer(turn, stay), torch.outer(turn, turn))):
        weight[2 + k, (2 + 2 * k, 3 + 2 * k, places + k, ones), 1, 1] = torch.tensor([1, -1, -2 * GATE, GATE])
        weight[gates + k, places + k], weight[gates + k, ones] = 2 * GATE * kernel, -GATE * kernel
    idle(picture, FOUR, 11, 7)
    gate, keep, out = block(picture, 11)
    for luma, direction in ((BRIGHT, 1), (DARK, -1)):
        for k in range(3):
            for row, sign in ((2 * k, 1), (2 * k + 1, -1)):
                gate[row, 2 + k, 1, 1], gate[row, gates + k, 1, 1] = 1, sign
                keep[row, row, 1, 1], out[luma, row, 1, 1] = 1, direction * sign
        out[luma, 6, 1, 1] = -direction                    # what the gates add beside the differences
        picture["decoder.11.conv.4.bias"][luma] = direction * 3 * GATE
    gate[6, gates:gates + 3, 1, 1], keep[6, 6, 1, 1] = 1, 1
    picture["decoder.11.conv.0.bias"][6] = 3 * GATE


def interpolate(picture):
    """Along the rows in one block, along the columns in the next."""
    for layer, axis in ((12, COLUMNS), (13, ROWS)):
        idle(picture, FOUR, layer, 8)
        filter_luma(picture, layer, 0, axis, AT_QUARTER, ONES[1])
        for k in (0, 1):
            smooth_chroma(picture, layer, 2 + 2 * k, 5 + k, axis, ONES[1])
    steepen(picture, 12, 6, FROM, STEEPER)
    pass_on(picture["decoder.16.weight"], {0: 0, 1: 1, 2: 5, 3: 6, ONES[2]: ONES[1]}, others=range(OWN[2], ONES[2]))
    for layer, axis in ((17, COLUMNS), (18, ROWS)):
        idle(picture, FOUR, layer, 6)
        filter_luma(picture, layer, 0, axis, AT_HALF, ONES[2])
        for k in (0, 1):
            smooth_chroma(picture, layer, 2 + 2 * k, 2 + k, axis, ONES[2])
    idle(picture, FOUR, 19, 0)
    pass_on(picture["decoder.22.weight"], {0: 0, 1: 1, 2: 2, 3: 3, 4: ONES[2]})
