"""The first weights of the small model: an upscaler as good as the best linear one, from the start.

The published architecture has no way around its layers, and its decoder enlarges by repeating pixels: no convolution
after that can tell two neighbours of equal surroundings apart. So the transformer says where in its token each place
lies (`network.places`), and gates made of ReLUs put the samples that lie packed in channels at their places. What is
left to do after that is to interpolate, with kernels found by least squares along one axis of natural pictures
(33.66 dB where no linear upscaler has more than 33.68, bicubic 33.00).

A gate: with a place p = 1 or -1 and |d| <= GATE, relu(d + GATE p) - relu(d - GATE p) = p d + GATE p.
"""
import torch

import resample
from network import (COLOURS, DIM, LAYERS, LATENTS, LEVELS, OWN, PICTURE_INPUTS, PLACE_SIZE, PLACES, SHARED, TEXT,
                     picture_shapes, shapes)

NOISE_VALUES = 64               # of a token: 16 channels, 2 x 2
TO_LUMA = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
GATE = 0.5                      # half of the largest difference of two neighbours in [-1, 1] that passes
CHROMA_OFFSET = 0.75            # keeps chroma positive, as it passes through ReLUs
EDGE = 4.0                      # more than any second difference, so that there is none where the picture ends
# Two kernels a level, (outer, middle) of three taps each: x + second * (first * (1, -2, 1) * x)
AT_QUARTER = ((0.3179, 0.1074), (-0.0992, 0.3205))
AT_HALF = ((-0.5677, 0.1105), (0.1703, 0.5528))
AT_FULL = (0.0498, 0.3548)
SMOOTH = ((0.0, 1.0), (0.0, 0.25))
STEEPER, FROM = 0.08, 0.5       # beyond FROM the inverse of 3 tanh(x / 3) is about so much steeper
SPARE = 0.5                     # size of the random weights of channels that nothing reads yet
COLUMNS, ROWS = 0, 1
BRIGHT, DARK = 0, 1


def first_weights(seed):
    """{"dit", "projector", "picture": {name: float32 tensor}, "prompt": tensor}"""
    generator = torch.Generator().manual_seed(seed)
    wanted = {**shapes(), "picture": picture_shapes()}
    del wanted["tc"]
    weights = {part: {name: random_tensor(name, shape, generator) for name, shape in entries.items()}
               for part, entries in wanted.items()}
    pack(weights["picture"])
    unpack(weights["picture"])
    interpolate(weights["picture"])
    write_colours(weights["picture"])
    cancel_noise(weights["dit"], weights["projector"])
    say_places(weights["dit"])
    look_near(weights["dit"])
    weights["prompt"] = torch.randn(1, 1, TEXT, generator=generator)
    return weights


def random_tensor(name, shape, generator):
    if name.endswith((".gamma", "norm_q.weight", "norm_k.weight", "norm3.weight")):
        return torch.ones(shape)
    if name.endswith(("bias", "modulation")):
        return torch.zeros(shape)
    fan = torch.Size(shape[1:]).numel()
    return torch.randn(shape, generator=generator) * (2 / fan) ** 0.5 * (SPARE if name.startswith("decoder") else 1)


# ---------------------------------------------------------------------------- picture decoder
# Channels of one picture. At 1/8: luma (mean of 2 x 2 samples), two gates for each of its three differences, two of
# chroma. At 1/4: luma, three differences, two of chroma; at 1/2 luma and chroma. The shared ones: three places and
# ones; at 1/2 ones are the last. Where the picture ends, convolutions meet zeros: ones show it.
#
# Luma in [-1, 1] is two channels, BRIGHT - DARK, that only grow. A constant added to keep one positive would cost a
# bit or two of the eight that bfloat16 has; and what filters take away is small in DARK and kept exactly.

def samples_of_a_block():
    """[2, 8]: the two small pixels that 8 of the enlarged ones were made of, for bicubic enlargement by four: least
    squares for pixels that resemble their neighbours and are rounded."""
    enlarge = resample.taps_matrix(16, 64).double()[24:32]
    near = torch.arange(16.0).double()
    alike = 0.95 ** (near[:, None] - near).abs() + 0.2 * torch.eye(16)
    inverse = torch.linalg.solve(enlarge @ alike @ enlarge.T + 2e-4 * torch.eye(8), enlarge @ alike[:, 6:8]).T
    return (inverse / inverse.sum(1, keepdim=True)).float()


def pack(picture):
    """The first layers: what a block of 8 x 8 pixels says of its 2 x 2 samples."""
    first, second = samples_of_a_block()
    mean, change = (first + second) / 2, (second - first) / 2
    kernels = [torch.outer(mean, mean), torch.outer(mean, change), torch.outer(change, mean), torch.outer(change, change)]
    weight, bias = picture["decoder.1.weight"], picture["decoder.1.bias"]
    shared, ones = OWN[0], OWN[0] + SHARED[0] - 1
    weight[:, PICTURE_INPUTS:] = 0
    weight[:10] = weight[shared:] = 0
    pixels = weight[:, :PICTURE_INPUTS].unflatten(1, (COLOURS, 8, 8))[..., 1, 1]
    luma, chroma = TO_LUMA[0, :, None, None], TO_LUMA[1:, :, None, None]
    pixels[BRIGHT], pixels[DARK] = luma * kernels[0], -luma * kernels[0]
    for k in range(3):
        pixels[2 + 2 * k:4 + 2 * k] = luma * kernels[1 + k]
        place = PICTURE_INPUTS + PLACES[k]
        weight[2 + 2 * k, place, 1, 1], weight[3 + 2 * k, place, 1, 1] = GATE / 3, -GATE / 3
        weight[shared + k, place, 1, 1] = 1 / 3
    pixels[8:10] = chroma / 64
    bias[8:10], bias[ones] = CHROMA_OFFSET, 1
    pass_on(picture["decoder.3.weight"], {k: k for k in (*range(10), *range(shared, ones + 1))})
    for layer in (5, 6, 7):
        idle(picture, layer, 0)


def unpack(picture):
    """Samples to their places: at 1/4 one is one pixel. A block's place p becomes -p in its left (upper) half and p in the
    other one, by one kernel. A difference d comes as p d, and p d times that is -d and d, as it should be."""
    weight, gates = picture["decoder.10.weight"], OWN[1]
    places, ones, last = OWN[0], OWN[0] + SHARED[0] - 1, OWN[1] + SHARED[1] - 1
    weight[:7] = weight[gates:] = 0
    pass_on(weight, {5: 8, 6: 9, last: ones})
    for luma, sign in ((BRIGHT, 1), (DARK, -1)):           # no ReLU follows: either may be negative
        weight[luma, BRIGHT, 1, 1], weight[luma, DARK, 1, 1] = sign, -sign
    turn, stay = torch.tensor([0.5, 0.0, -0.5]), torch.tensor([0.0, 1.0, 0.0])
    for k, kernel in enumerate((torch.outer(stay, turn), torch.outer(turn, stay), torch.outer(turn, turn))):
        weight[2 + k, (2 + 2 * k, 3 + 2 * k, places + k, ones), 1, 1] = torch.tensor([1, -1, -2 * GATE, GATE])
        weight[gates + k, places + k], weight[gates + k, ones] = 2 * GATE * kernel, -GATE * kernel
    idle(picture, 11, 7)
    gate, keep, out = (picture[f"decoder.11.conv.{part}.weight"] for part in (0, 2, 4))
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
    ones = [own + shared - 1 for own, shared in zip(OWN, SHARED)]
    for layer, axis in ((12, COLUMNS), (13, ROWS)):
        idle(picture, layer, 8)
        filter_luma(picture, layer, 0, axis, AT_QUARTER, ones[1])
        for k in (0, 1):
            smooth_chroma(picture, layer, 2 + 2 * k, 5 + k, axis, ones[1])
    steepen(picture)
    pass_on(picture["decoder.16.weight"], {0: 0, 1: 1, 2: 5, 3: 6, ones[2]: ones[1]}, others=range(OWN[2], ones[2]))
    for layer, axis in ((17, COLUMNS), (18, ROWS)):
        idle(picture, layer, 6)
        filter_luma(picture, layer, 0, axis, AT_HALF, ones[2])
        for k in (0, 1):
            smooth_chroma(picture, layer, 2 + 2 * k, 2 + k, axis, ones[2])
    idle(picture, 19, 0)
    pass_on(picture["decoder.22.weight"], {0: 0, 1: 1, 2: 2, 3: 3, 4: ones[2]})


def steepen(picture):
    enter, keep, out = (picture[f"decoder.12.conv.{part}.weight"] for part in (0, 2, 4))
    for row, luma, other in ((6, BRIGHT, DARK), (7, DARK, BRIGHT)):
        enter[row, luma, 1, 1], enter[row, other, 1, 1] = 1, -1
        keep[row, row, 1, 1], out[luma, row, 1, 1] = 1, STEEPER
        picture["decoder.12.conv.0.bias"][row] = -FROM


def write_colours(picture):
    """The last step of luma's interpolation, chroma as it is, and what colours they are."""
    weight, out, bias = (picture[f"decoder.{name}"] for name in ("24.weight", "26.weight", "26.bias"))
    pass_on(weight, {0: 0, 1: 1, 6: 2, 7: 3}, others=range(2, 6))
    back = torch.linalg.inv(TO_LUMA)
    out.zero_()
    out[:, BRIGHT, 1, 1], out[:, DARK, 1, 1] = 0.5, -0.5
    for axis in (COLUMNS, ROWS):
        for row, sign in ((2 + 2 * axis, 1), (3 + 2 * axis, -1)):
            weight[row, BRIGHT], weight[row, DARK] = sign * second_difference(axis), -sign * second_difference(axis)
            weight[row, 4] = EDGE * second_difference(axis)
            out[:, row] = 0.5 * sign * along(axis, AT_FULL)
    out[:, 6:8, 1, 1] = 0.5 * back[:, 1:]
    bias[:] = 0.5 - 0.5 * CHROMA_OFFSET * back[:, 1:].sum(1)


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
    enter, between, out = (picture[f"decoder.{layer}.conv.{part}.weight"] for part in (0, 2, 4))
    for one, sign in ((row, 1), (row + 1, -1)):
        for channel, difference in differences.items():
            enter[one, channel] = sign * difference
        enter[one, ones] = EDGE * second_difference(axis)
        for other, other_sign in ((row, 1), (row + 1, -1)):
            between[one, other] = sign * other_sign * along(axis, taps)
    return out


def along(axis, taps):
    kernel = torch.zeros(3, 3)
    kernel[1] = torch.tensor([taps[0], taps[1], taps[0]])
    return kernel if axis == COLUMNS else kernel.T


def second_difference(axis):
    return along(axis, (1.0, -2.0))


def idle(picture, layer, hidden):
    """A block that passes on what it gets. Its first hidden channels are empty, and the shared ones."""
    for part in (0, 2):
        weight = picture[f"decoder.{layer}.conv.{part}.weight"]
        weight[:hidden] = weight[OWN[LEVELS[layer]]:] = 0
    picture[f"decoder.{layer}.conv.4.weight"].zero_()


def pass_on(weight, sources, others=()):
    """Output k is the input sources[k]; `others` are outputs of nothing."""
    for output in (*sources, *others):
        weight[output] = 0
    for output, source in sources.items():
        weight[output, source, 1, 1] = 1


# ------------------------------------------------------------------------------- transformer

def cancel_noise(dit, projector):
    """Noise goes through the first channels of a token, and two large constants among the last make the final
    layer norm a division by a constant. Conditioning tokens have the channels between."""
    constant = 64.0
    deviation = ((2 * constant**2 + NOISE_VALUES) / DIM) ** 0.5
    for name in ("time_embedding.2", "time_projection.1"):
        dit[name + ".weight"] *= 0.01
    embedding = dit["patch_embedding.weight"].zero_().view(DIM, LATENTS, 4)
    head = dit["head.head.weight"]
    head *= 0.5
    head[:, :NOISE_VALUES] = 0
    head[:, -2:] = 0
    for place in range(4):
        for channel in range(LATENTS):
            k = place * LATENTS + channel                 # the head's order: place, then channel
            embedding[k, channel, place] = 1
            head[k, k] = deviation
    dit["patch_embedding.bias"][-2:] = torch.tensor([constant, -constant])
    for block in range(LAYERS):
        dit[f"blocks.{block}.modulation"][0, (2, 5)] = 1  # gates
        for name in ("self_attn.o", "cross_attn.o", "ffn.2"):
            weight = dit[f"blocks.{block}.{name}.weight"]
            weight *= 0.1
            weight[:NOISE_VALUES] = 0
            weight[-2:] = 0
    projector["linear_layers.0.weight"][:NOISE_VALUES] = 0
    projector["linear_layers.0.weight"][-2:] = 0


def say_places(dit):
    """A latent is noise less the prediction."""
    bias = dit["head.head.bias"].view(2, 2, LATENTS)      # row, column, channel
    sign = torch.tensor([1.0, -1.0])
    bias[:, :, PLACES[0]] = -PLACE_SIZE * sign[None]
    bias[:, :, PLACES[1]] = -PLACE_SIZE * sign[:, None]
    bias[:, :, PLACES[2]] = -PLACE_SIZE * sign[:, None] * sign


def look_near(dit):
    """Queries and keys are nearly one constant vector, of a few rotated pairs: what they agree on falls off with
    the distance, so far that other windows have probability 0 and cost nothing."""
    pairs = [22 + i for i in (3, 5, 7)] + [43 + i for i in (3, 5, 7)]  # of rows, of columns
    for block in range(LAYERS):
        for part in "qk":
            name = f"blocks.{block}.self_attn."
            dit[f"{name}{part}.weight"] *= 0.02
            for pair in pairs:
                dit[f"{name}{part}.bias"][2 * pair:2 * pair + 2] = 1
                dit[f"{name}norm_{part}.weight"][2 * pair:2 * pair + 2] = 6.5
