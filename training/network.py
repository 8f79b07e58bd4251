"""The small model: its sizes, the decoder of one picture that is trained, and the whole decoder made of it.

No layer is defined here. The classes of tests/oracle/flashvsr_net.py do the work, so what is trained is what the tests
compare the C++ core with.

The published decoder has the channels of four frames in one map at 1/8 and 1/4 of the size, of two at 1/2. Here each
frame has channels of its own (OWN) and reads nothing of the others; SHARED constants stand beside them: where in a
token a place lies, and ones that show where the picture ends. So the decoder is one picture's, four times. It is
trained as such, at a quarter of the cost, and a still picture comes out still, but for the order of sums.
"""
import torch
import torch.nn.functional as F

import resample  # noqa: F401  puts tests/oracle on the path
from flashvsr_net import Chunk, Projector, TinyDecoder, Transformer, pixel_unshuffle
from flashvsr_weights import dit_shapes, projector_shapes, tc_shapes

DIM, FFN, LAYERS, TEXT, TIME = 128, 128, 1, 16, 32
HIDDEN = (16, 32)               # of the projector
OWN, SHARED = (15, 15, 7, 8), (4, 4, 2, 0)  # channels at 1/8, 1/4, 1/2 and the full size
PICTURES = (4, 4, 2, 1)         # in one map of each size
COLOURS, STEPS = 3, 4           # frames of a latent
LATENTS = 16
PICTURE_INPUTS = COLOURS * 64   # of 8 x 8 pixels
LEVELS = {1: 0, 3: 0, 5: 0, 6: 0, 7: 0, 10: 1, 11: 1, 12: 1, 13: 1, 16: 2, 17: 2, 18: 2, 19: 2, 22: 3, 24: 3, 26: 3}
PLACES = (13, 14, 15)           # latent channels: column, row and their product, of a place in its token of 2 x 2
PLACE_SIZE = 30.0               # 3 tanh(x / 3) makes of it 3 in any precision, whatever noise there is


def widths():
    return tuple(own * pictures + shared for own, shared, pictures in zip(OWN, SHARED, PICTURES))


def shapes():
    return {"dit": dit_shapes(DIM, FFN, LAYERS, TEXT, TIME), "projector": projector_shapes(DIM, HIDDEN),
            "tc": tc_shapes(widths())}


def picture_shapes():
    """Those of a whole decoder of one picture: no growth in time, no memory, less input."""
    shapes = tc_shapes([own + shared for own, shared in zip(OWN, SHARED)])
    shapes["decoder.1.weight"] = (OWN[0] + SHARED[0], PICTURE_INPUTS + LATENTS, 3, 3)
    for layer in (5, 6, 7, 11, 12, 13, 17, 18, 19):
        width = OWN[LEVELS[layer]] + SHARED[LEVELS[layer]]
        shapes[f"decoder.{layer}.conv.0.weight"] = (width, width, 3, 3)
    return {name: shape for name, shape in shapes.items() if name.split(".")[1] not in ("9", "15", "21")}


# ------------------------------------------------------------------------------ one picture

class PictureDecoder(TinyDecoder):
    """The decoder of one picture as the element computes it: memory blocks without a memory, no growth in time, pictures
    in [-1, 1], and enlarging merged with the convolution that follows. `stored` rounds what is kept of the weights."""

    def __init__(self, weights, stored=lambda weight: weight):
        super().__init__(weights)
        self.stored = stored

    def conv(self, layer, x):
        weight, bias = self.weights[f"decoder.{layer}.weight"], self.weights.get(f"decoder.{layer}.bias")
        if layer in (10, 16, 22):
            return enlarge(x, self.stored(phases(weight)))
        if layer == 26:
            weight, bias = 2 * weight, 2 * bias - 1
        return F.conv2d(x, self.stored(weight), None if bias is None else self.stored(bias), padding=1)

    def memory_blocks(self, layers, x):
        for layer in layers:
            y = F.relu(self.conv(f"{layer}.conv.0", x))
            y = F.relu(self.conv(f"{layer}.conv.2", y))
            x = F.relu(self.conv(f"{layer}.conv.4", y) + x)
        return x

    def grow(self, layer, x, steps):
        return [x]


def phases(weight):
    """Of nine enlarged pixels at most four differ: [O, C, 3, 3] -> [O * 4, C, 2, 2], as `phase_weights` of the
    core but for the order of outputs: here those of a channel are neighbours."""
    def merged(taps):
        return [(taps[0], taps[1] + taps[2]), (taps[0] + taps[1], taps[2])]

    made = [torch.stack([torch.stack(pair, -1) for pair in row], -2)
            for rows in merged(weight.unbind(2)) for row in zip(*(merged(half.unbind(2)) for half in rows))]
    return torch.stack(made, 1).flatten(0, 1)


def enlarge(x, weight):
    """Twice the size and a convolution, by phases: with a border of one pixel, phase 0 begins in the first row
    (column), phase 1 in the second."""
    height, width = x.shape[2:]
    made = F.conv2d(x, weight, padding=1).unflatten(1, (-1, 2, 2))
    rows = [torch.stack([made[:, :, row, column, row:row + height, column:column + width] for column in (0, 1)], -1)
            for row in (0, 1)]
    return torch.stack(rows, 3).flatten(4).flatten(2, 3)


def places(height, width):
    """[16, height, width]: latents that say where in its token each place lies, and nothing else."""
    column, row = (1 - 2.0 * (torch.arange(size) % 2) for size in (width, height))
    latent = torch.zeros(LATENTS, height, width)
    for channel, sign in zip(PLACES, (column[None], row[:, None], row[:, None] * column)):
        latent[channel] = PLACE_SIZE * sign
    return latent


def decode_pictures(weights, pictures, stored=lambda weight: weight):
    """pictures [B, 3, H, W] in [-1, 1] -> [B, 3, H, W] like it; H and W are multiples of 16."""
    pixels = F.pixel_unshuffle(pictures, 8)
    latent = places(*pixels.shape[2:]).to(pixels.device).expand(len(pixels), -1, -1, -1)
    inputs = torch.cat([pixels, latent], 1).contiguous(memory_format=torch.channels_last)  # three times as fast
    return PictureDecoder(weights, stored).latent_frame(inputs)[0]


# --------------------------------------------------------------------------- the whole decoder

def channels_of(level, picture):
    """Which channels of a map belong to one of its pictures: its own, then the shared ones."""
    own, shared = OWN[level], SHARED[level]
    first = own * PICTURES[level]
    return torch.cat([torch.arange(own) + picture * own, torch.arange(shared) + first])


def outputs_of(layer, picture):
    """The last layer's are colours."""
    return torch.arange(COLOURS) if layer == 26 else channels_of(LEVELS[layer], picture)


def own_of(name):
    """How many outputs of a layer are a picture's own, and trained: the first ones."""
    return OWN[LEVELS[int(name.split(".")[1])]]


def inputs_of(layer, picture):
    if layer == 1:
        pixels = torch.arange(COLOURS * STEPS * 64).view(COLOURS, STEPS, 64)[:, picture].flatten()
        return torch.cat([pixels, torch.arange(LATENTS) + COLOURS * STEPS * 64])
    before = {10: 0, 16: 1, 22: 2}.get(layer, LEVELS[layer])
    return channels_of(before, picture)


def whole_decoder(picture_weights):
    """The weights of one picture's decoder -> those of the published form; gradients pass."""
    weights = {}
    for name, shape in tc_shapes(widths()).items():
        layer = int(name.split(".")[1])
        if layer in (9, 15, 21):
            weights[name] = growth(layer, shape)
            continue
        own, tensor = picture_weights[name], torch.zeros(shape, device=picture_weights[name].device)
        for picture in range(PICTURES[LEVELS[layer]]):
            rows = outputs_of(layer, picture)
            where = (rows,) if own.dim() == 1 else (rows[:, None], inputs_of(layer, picture)[None])
            tensor = tensor.index_put(where, own)
        weights[name] = tensor
    return weights


def growth(layer, shape):
    """Each step in time hands on the pictures that it holds, in the first places."""
    level, steps = {9: (0, 1), 15: (1, 2), 21: (2, 2)}[layer]
    width, held = shape[1], PICTURES[level] // steps
    weight = torch.zeros(steps, width, width)
    for step in range(steps):
        for picture in range(held):
            weight[step, channels_of(level, picture), channels_of(level, step * held + picture)] = 1
    return weight.view(shape)


def decode(weights, latent, condition):
    """Batched `TinyDecoder.decode` with an empty memory.

    latent [B, 16, n, H/8, W/8], condition [B, 3, F, H, W] in [-1, 1], F = 4n, or 4n - 3 as in a stream's first call
    -> [B, F, 3, H, W] like it.
    """
    decoder, frames = TinyDecoder(weights), []
    missing = -condition.shape[2] % STEPS
    condition = torch.cat([condition[:, :, :1].expand(-1, -1, missing, -1, -1), condition], 2)
    groups = torch.stack([pixel_unshuffle(clip, STEPS, 8, 8) for clip in condition])
    for i in range(latent.shape[2]):
        frames += decoder.latent_frame(torch.cat([groups[:, :, i], latent[:, :, i]], 1))
    return torch.stack(frames[missing:], 1) * 2 - 1


# ------------------------------------------------------------------------------ transformer

def latents(weights, prompt, clip, noise):
    """clip [3, 4f+1, H, W] in [-1, 1], noise [16, f, H/8, W/8], f even -> latent like noise, as in one chunk."""
    projector = Projector(weights["projector"], "previous")
    projector.push(clip[:, :1])
    count, (height, width) = noise.shape[1], clip.shape[2:]
    tokens = [projector.push(clip[:, 4 * k + 1:4 * k + 5]) for k in range(count)]
    grid = (count, height // 16, width // 16)
    chunk = Chunk(grid, range(count), 2.0 * 768 * 1280 / (height * width), 3, 11, {}, lambda name, tensor: None)
    transformer = Transformer(weights["dit"], prompt[0], clip.dtype)
    return transformer.denoise(noise, [torch.cat(layer) for layer in zip(*tokens)], chunk)
