"""The first weights of the decoder for two times: sixteen samples of luma and four of each chroma, picked by place.

Channels of one picture. At 1/8 and 1/4 samples in [0, 1], SAMPLES of luma and four of each chroma, in groups of the
four that lie in one 2 x 2: a group's channels are its upper left, upper right, lower left and lower right sample, and
the picked one replaces the first. At 1/2 luma in two channels, chroma, and four samples of luma before they are picked.
The shared ones at 1/8: places in columns and rows, ones; at 1/4 and 1/2 the places twice, as they come from the level
before and as they are, and ones.

Copies are exact: a sample is rounded once, whatever it passes through. With v in [0, 1] and o = 1 at its place and 0
elsewhere, relu(v - NEVER (1 - o)) is v or 0.

The kernels were found by least squares along one axis of natural pictures (`kernels.py --scale 2`): 41.76 dB where no
linear upscaler has more than 41.90, bicubic 40.71.
"""
import torch

from filters import (BRIGHT, CHROMA_OFFSET, COLUMNS, DARK, EDGE, ROWS, TO_LUMA, along, block, filter_luma, idle, pass_on,
                     pixels_of, samples_of_a_block, second_difference, smooth_chroma, steepen, write_colours)
from network import PICTURE_INPUTS, PLACES, TWO

OWN, SHARED = TWO.own, TWO.shared
ONES = [width - 1 for width in TWO.picture_widths()]
SAMPLES = 16                    # of luma in a block of 8 x 8
GROUPS = range(0, 24, 4)        # of channels at 1/8 and 1/4: four of luma, one of each chroma
LUMA_HALF = range(4, 8)         # channels at 1/2 before they are picked
NEVER = 2.0                     # more than any sample
# Two kernels, (outer, middle) of three taps each: x + second * (first * (1, -2, 1) * x); and one at full size
AT_HALF = ((0.1272, -0.5127), (-0.1272, 0.5127))
AT_FULL = (0.0304, 0.3246)
STEEPER = ((0.32, 0.0296), (0.68, 0.0523))  # (from, slope) of the inverse of 3 tanh(x / 3)


def first_two(picture):
    """Writes into random weights of one picture's decoder."""
    pack(picture)
    to_quarter(picture)
    to_half(picture)
    interpolate(picture)
    write_colours(picture, AT_FULL)
    sharpen_corners(picture)


def pack(picture):
    """The first layers: what a block of 8 x 8 pixels says of its 4 x 4 samples."""
    taps, quarter = samples_of_a_block(TWO.scale), torch.eye(2).repeat_interleave(4, 1) / 4
    weight, bias = picture["decoder.1.weight"], picture["decoder.1.bias"]
    weight[:, PICTURE_INPUTS:] = 0
    weight[:24] = weight[OWN[0]:] = 0
    pixels = pixels_of(picture, TWO)
    for row in range(4):
        for column in range(4):
            fine, coarse = 2 * (row % 2) + column % 2, 2 * (row // 2) + column // 2
            kernel = 0.5 * TO_LUMA[0, :, None, None] * torch.outer(taps[row], taps[column])
            pixels[4 * fine + coarse] = rounded_together(kernel)
    for coarse in range(4):
        area = torch.outer(quarter[coarse // 2], quarter[coarse % 2])
        for k in (0, 1):
            pixels[SAMPLES + 4 * k + coarse] = TO_LUMA[1 + k, :, None, None] * area
    bias[:SAMPLES], bias[SAMPLES:24], bias[ONES[0]] = 0.5, CHROMA_OFFSET, 1
    for axis in (COLUMNS, ROWS):
        weight[OWN[0] + axis, PICTURE_INPUTS + PLACES[axis], 1, 1], bias[OWN[0] + axis] = 0.5, -0.5  # of 3 and -3, exactly
    pass_on(picture["decoder.3.weight"], {k: k for k in (*range(24), *range(OWN[0], ONES[0] + 1))})
    for layer in (5, 6, 7):
        idle(picture, TWO, layer, 0)


def rounded_together(kernel):
    """In bfloat16, each value with what the ones before it have lost: neighbouring samples are equally bright."""
    rounded, lost = torch.empty(kernel.numel()), 0.0
    for k, value in enumerate(kernel.flatten().tolist()):
        rounded[k] = torch.tensor(value + lost).bfloat16()
        lost += value - rounded[k].item()
    return rounded.view(kernel.shape)


def to_quarter(picture):
    """From groups of four to one: sixteen samples of luma become four at each place."""
    hand_on_places(picture["decoder.10.weight"], 0)
    pass_on(picture["decoder.10.weight"], {k: k for k in range(24)})
    find_places(picture, 11, 1)
    idle(picture, TWO, 12, 24)
    find_squares(picture, 12, 1)
    enter, between, out = block(picture, 12)
    pass_on(enter, {k: k for k in range(24)})
    for group in GROUPS:
        pick(picture, 12, 1, [group + 1, group + 2, group + 3], first=1)
        out[group, group + 1:group + 4, 1, 1] = 1
        # The first is there already: what is not at its place is taken away.
        between[group, group, 1, 1], between[group, OWN[1], 1, 1] = 1, -NEVER
        out[group, group, 1, 1] = -1
    idle(picture, TWO, 13, 0)


def to_half(picture):
    """From four samples of luma to one, bright or dark."""
    weight = picture["decoder.16.weight"]
    hand_on_places(weight, 1)
    pass_on(weight, {2: SAMPLES, 3: SAMPLES + 4, **{LUMA_HALF[k]: 4 * k for k in range(4)}}, others=(BRIGHT, DARK))
    find_places(picture, 17, 2)
    idle(picture, TWO, 18, 8)
    find_squares(picture, 18, 2)
    enter, _, out = block(picture, 18)
    rows = [0, 1, 2, 3]
    pass_on(enter, dict(zip(rows, LUMA_HALF)))
    pick(picture, 18, 2, rows, first=0)
    for luma, sign in ((BRIGHT, 1), (DARK, -1)):
        out[luma, rows, 1, 1] = 2.0 * sign
        picture["decoder.18.conv.4.bias"][luma] = -sign


def interpolate(picture):
    """Luma along both axes in one block, chroma's rows in one and its columns in the next."""
    idle(picture, TWO, 19, 12)
    for k in (0, 1):
        smooth_chroma(picture, 18, 4 + 2 * k, 2 + k, COLUMNS, ONES[2])
        smooth_chroma(picture, 19, 4 + 2 * k, 2 + k, ROWS, ONES[2])
    for row, axis in ((0, COLUMNS), (2, ROWS)):
        filter_luma(picture, 19, row, axis, AT_HALF, ONES[2])
    for row, (start, slope) in zip((8, 10), STEEPER):
        steepen(picture, 19, row, start, slope)
    pass_on(picture["decoder.22.weight"], {0: 0, 1: 1, 2: 2, 3: 3, 4: ONES[2]})


def sharpen_corners(picture):
    """At full size filters along the two axes are added; this is the product that one after the other would have too. Four
    times larger alone does well without."""
    weight, out = picture["decoder.24.weight"], picture["decoder.26.weight"]
    along_both = second_difference(ROWS) @ second_difference(COLUMNS)
    edges = EDGE * (second_difference(COLUMNS) + second_difference(ROWS))
    pass_on(weight, {}, others=(8, 9))
    for row, sign in ((8, 1), (9, -1)):
        weight[row, BRIGHT], weight[row, DARK], weight[row, 4] = sign * along_both, -sign * along_both, edges
        out[:, row] = 0.5 * sign * along(ROWS, AT_FULL) @ along(COLUMNS, AT_FULL)


# ------------------------------------------------------------------------------- places
# Of the shared channels, at 1/4 and 1/2: 0 and 1 are the place p of the block that a pixel lies in, 2 and 3 whether it
# is in the block's right, and lower, half.

def hand_on_places(weight, level):
    """Places in {0, 1} become -1 and 1: no ReLU follows. In the next level's first channels, and ones in the last."""
    source, target = OWN[level] + (0 if level == 0 else 2), OWN[level + 1]
    weight[target:] = 0
    for axis in (COLUMNS, ROWS):
        weight[target + axis, source + axis, 1, 1], weight[target + axis, ONES[level], 1, 1] = 2, -1
    weight[ONES[level + 1], ONES[level], 1, 1] = 1


def find_places(picture, layer, level):
    """As neighbouring blocks have other places, half of the right neighbour's taken from half of the left one's is -p in a
    block's left half and p in its right one: q. So |p + q| / 2 is 0 there and 1 here. At the picture's edge the missing
    neighbour makes both half as much; the same of ones says how much is missing."""
    idle(picture, TWO, layer, 0)
    enter, between, out = block(picture, layer)
    shared, ones = OWN[level], ONES[level]
    turn, stay = torch.tensor([0.5, 0.0, -0.5]), torch.tensor([0.0, 1.0, 0.0])
    for axis, kernel in ((COLUMNS, torch.outer(stay, turn)), (ROWS, torch.outer(turn, stay))):
        for row, sign in ((shared + 2 * axis, 1), (shared + 2 * axis + 1, -1)):
            enter[row, shared + axis] = 0.5 * sign * (kernel + torch.outer(stay, stay))
            enter[row, ones] = 0.5 * kernel
            between[shared + axis, row, 1, 1] = 1
        out[shared + 2 + axis, shared + axis, 1, 1] = 1


def find_squares(picture, layer, level):
    """Which of the four quarters of its block a pixel is: hidden channels 0 to 3 of the shared ones, in the order of a
    group's channels."""
    enter = block(picture, layer)[0]
    shared, ones = OWN[level], ONES[level]
    right, low = shared + 2, shared + 3
    for square in range(4):
        signs = torch.tensor([1.0 if square % 2 else -1.0, 1.0 if square // 2 else -1.0])
        enter[shared + square, (right, low), 1, 1] = signs
        enter[shared + square, ones, 1, 1] = 1 - signs.clamp(min=0).sum()


def pick(picture, layer, level, rows, first):
    """Of samples in hidden channels `rows`, those at their place: of the squares `first` and following."""
    between = block(picture, layer)[1]
    for square, row in enumerate(rows, first):
        between[row, row, 1, 1], between[row, OWN[level] + square, 1, 1] = 1, NEVER
        picture[f"decoder.{layer}.conv.2.bias"][row] = -NEVER
