"""What the first weights of both decoders have in common: luma in two channels, filters made of ReLUs, colours.

Luma in [-1, 1] is two channels, BRIGHT - DARK, that only grow. A constant added to keep one positive would cost a bit
or two of the eight that bfloat16 has; and what filters take away is small in DARK and kept exactly.

Where the picture ends, convolutions meet zeros: a channel of ones shows it.
"""
import torch

import resample
from network import COLOURS, LEVELS

TO_LUMA = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
CHROMA_OFFSET = 0.75            # keeps chroma positive, as it passes through ReLUs
EDGE = 4.0                      # more than any second difference, so that there is none where the picture ends
SMOOTH = ((0.0, 1.0), (0.0, 0.25))  # kernels, (outer, middle) of three taps each
COLUMNS, ROWS = 0, 1
BRIGHT, DARK = 0, 1


def samples_of_a_block(scale):
    """[8 / scale, 8]: the small pixels that 8 of the enlarged ones were made of, for bicubic enlargement: least squares
    for pixels that resemble their neighbours and are rounded."""
    count = 8 // scale
    enlarge = resample.taps_matrix(8 * count, 64).double()[24:32]
    near = torch.arange(8.0 * count).double()
    alike = 0.95 ** (near[:, None] - near).abs() + 0.2 * torch.eye(len(near))
    inverse = torch.linalg.solve(enlarge @ alike @ enlarge.T + 2e-4 * torch.eye(8), enlarge @ alike[:, 3 * count:4 * count]).T
    return (inverse / inverse.sum(1, keepdim=True)).float()


def along(axis, taps):
    kernel = torch.zeros(3, 3)
    kernel[1] = torch.tensor([taps[0], taps[1], taps[0]])
    return kernel if axis == COLUMNS else kernel.T


def second_difference(axis):
    return along(axis, (1.0, -2.0))


def filter_luma(picture, layer, row, axis, kernels, ones):
    """Block `layer` adds second * (first * (1, -2, 1) * luma) to luma, by two hidden channels, its positive and its
    negative part; nothing where the picture ends, as if its edge were repeated."""
    difference = second_difference(axis)
    out = filter_differences(picture, layer, row, axis, {BRIGHT: difference, DARK: -difference}, kernels[0], ones)
    kernel = along(axis, kernels[1])
    rises, falls = kernel.clamp(min=0), -kernel.clamp(max=0)
    out[BRIGHT, row], out[BRIGHT, row + 1] = rises, falls
    out[DARK, row], out[DARK, row + 1] = falls, rises


def smooth_chroma(picture, layer, row, channel, axis, ones):
    out = filter_differences(picture, layer, row, axis, {channel: second_difference(axis)}, SMOOTH[0], ones)
    for one, sign in ((row, 1), (row + 1, -1)):
        out[channel, one] = sign * along(axis, SMOOTH[1])


def filter_differences(picture, layer, row, axis, differences, taps, ones):
    """Makes first * (1, -2, 1) * x in two hidden channels of a block; returns the weights that are still to read them."""
    enter, between, out = block(picture, layer)
    for one, sign in ((row, 1), (row + 1, -1)):
        for channel, difference in differences.items():
            enter[one, channel] = sign * difference
        enter[one, ones] = EDGE * second_difference(axis)
        for other, other_sign in ((row, 1), (row + 1, -1)):
            between[one, other] = sign * other_sign * along(axis, taps)
    return out


def steepen(picture, layer, row, start, slope):
    """Luma beyond `start`, bright or dark, becomes steeper by `slope`: the decoder makes 3 tanh(x / 3) of its input."""
    enter, between, out = block(picture, layer)
    for one, luma, other in ((row, BRIGHT, DARK), (row + 1, DARK, BRIGHT)):
        enter[one, luma, 1, 1], enter[one, other, 1, 1] = 1, -1
        between[one, one, 1, 1], out[luma, one, 1, 1] = 1, slope
        picture[f"decoder.{layer}.conv.0.bias"][one] = -start


def write_colours(picture, kernel):
    """At full size: the last step of luma's interpolation, chroma as it is, and what colours they are. Luma comes in
    two channels, chroma in the next two, ones after them."""
    weight, out, bias = (picture[f"decoder.{name}"] for name in ("24.weight", "26.weight", "26.bias"))
    pass_on(weight, {0: 0, 1: 1, 6: 2, 7: 3}, others=range(2, 6))
    back = torch.linalg.inv(TO_LUMA)
    out.zero_()
    out[:, BRIGHT, 1, 1], out[:, DARK, 1, 1] = 0.5, -0.5
    for axis in (COLUMNS, ROWS):
        for row, sign in ((2 + 2 * axis, 1), (3 + 2 * axis, -1)):
            weight[row, BRIGHT], weight[row, DARK] = sign * second_difference(axis), -sign * second_difference(axis)
            weight[row, 4] = EDGE * second_difference(axis)
            out[:, row] = 0.5 * sign * along(axis, kernel)
    out[:, 6:8, 1, 1] = 0.5 * back[:, 1:]
    bias[:] = 0.5 - 0.5 * CHROMA_OFFSET * back[:, 1:].sum(1)


# ------------------------------------------------------------------------------ tensors

def block(picture, layer):
    """The weights of a memory block's three convolutions."""
    return [picture[f"decoder.{layer}.conv.{part}.weight"] for part in (0, 2, 4)]


def pixels_of(picture, layout):
    """A view of what the first layer does to the pixels of a block of 8 x 8, [outputs, colours, 8, 8]."""
    return picture["decoder.1.weight"][:, :COLOURS * 64].unflatten(1, (COLOURS, 8, 8))[..., 1, 1]


def idle(picture, layout, layer, hidden):
    """A block that passes on what it gets. Its first hidden channels are empty, and the shared ones."""
    enter, between, out = block(picture, layer)
    for weight in (enter, between):
        weight[:hidden] = weight[layout.own[LEVELS[layer]]:] = 0
    out.zero_()


def pass_on(weight, sources, others=()):
    """Output k is the input sources[k]; `others` are outputs of nothing."""
    for output in (*sources, *others):
        weight[output] = 0
    for output, source in sources.items():
        weight[output, source, 1, 1] = 1
