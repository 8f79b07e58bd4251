"""The small model: its sizes, its first weights, and the reference network of tests/oracle as it is trained.

Nothing of the network is defined here. `decode` and `latents` feed the classes of tests/oracle/flashvsr_net.py, so
what is trained is what the tests compare the C++ core with.
"""
import torch

import resample  # noqa: F401  puts tests/oracle on the path
from flashvsr_net import Chunk, Projector, TinyDecoder, Transformer, pixel_unshuffle
from flashvsr_weights import dit_shapes, projector_shapes, tc_shapes

DIM, FFN, LAYERS, TEXT, TIME = 128, 128, 1, 16, 32
HIDDEN = (16, 32)               # of the projector
WIDTHS = (80, 48, 16, 8)        # of the decoder at 1/8, 1/4, 1/2 and the full size
NOISE_VALUES = 64               # of a token: 16 channels, 2 x 2
COLOURS, STEPS = 3, 4           # frames of a latent
# Of the four frames: by how much the first pair is brighter than the second, in each pair the first frame.
CHANGES = ((1, 1, -1, -1), (2, -2, 0, 0), (0, 0, 2, -2))
PAIRS = (((0, 2), (1, 3)), ((0, 1), (2, 3)))  # frames of opposite weight in moving channels: every third, the others
# Found by least squares along one axis of natural pictures, so that bicubic enlargements by four pass through the
# decoder's linear part as well as bicubic (0.04 dB less), and rounding is not amplified. The mirror images of the first
# three are used as well. After nearest x2 follow kernels of three taps.
HALF = (-0.4796, 0.3500, 0.4937, 0.2143, -0.2025, -0.4963, -0.4692, -0.1663, 0.2574, 0.6113, 0.6545, 0.4312,
        0.1270, -0.1200, -0.1666, -0.1168, -0.0500, -0.0007, 0.0359, 0.0448, 0.0315, 0.0523, 0.0749, -0.1108)
TO_QUARTER = ((-0.2130, 0.2072, 0.8666), (0.3440, 0.3916, -0.5964))  # of each half of a block, whose 8 pixels are in
TO_HALF = (0.4172, 0.3293, -0.2465)                                  # the middle of the 24 above
TO_FULL = (0.2735, 0.4530, 0.2735)
ONES = (12, 12, 3)              # channels at 1/8, 1/4 and 1/2 of the size
OFFSET = 1.5                    # keeps the samples that pass through ReLUs positive


def shapes():
    return {"dit": dit_shapes(DIM, FFN, LAYERS, TEXT, TIME), "projector": projector_shapes(DIM, HIDDEN),
            "tc": tc_shapes(WIDTHS)}


# ------------------------------------------------------------------------------- running

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


class StillDecoder(TinyDecoder):
    """The decoder where nothing has moved for long: each memory holds what comes in, and all frames of a latent are
    equal (see `keep_still`), so one is made."""

    def memory_blocks(self, layers, x):
        for layer in layers:
            self.memory[layer] = x
            x = super().memory_blocks((layer,), x)
        return x

    def grow(self, layer, x, steps):
        return super().grow(layer, x, steps)[:1]


def decode_still(weights, picture):
    """picture [B, 3, 1, H, W] in [-1, 1] -> [B, 1, 3, H, W] like it; latents are zero."""
    groups = torch.stack([pixel_unshuffle(one.expand(-1, STEPS, -1, -1), STEPS, 8, 8)[:, 0] for one in picture])
    latent = groups.new_zeros(len(groups), 16, *groups.shape[2:])
    return torch.stack(StillDecoder(weights).latent_frame(torch.cat([groups, latent], 1)), 1) * 2 - 1


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


# ------------------------------------------------------------------------- first weights

def first_weights(seed):
    """{"dit", "projector", "tc": {name: float32 tensor}, "prompt": tensor}: a plain upscaler.

    The decoder carries means of 4 x 4 pixels through its first channels and interpolates; the rest are random
    features that do not reach the picture yet. The transformer's prediction is its noise, so latents are
    nearly zero, and its attention is a narrow window around each token.
    """
    generator = torch.Generator().manual_seed(seed)
    weights = {part: {name: random_tensor(name, shape, generator) for name, shape in entries.items()}
               for part, entries in shapes().items()}
    carry_samples(weights["tc"])
    cancel_noise(weights["dit"], weights["projector"])
    look_near(weights["dit"])
    weights["prompt"] = torch.randn(1, 1, TEXT, generator=generator)
    return weights


def random_tensor(name, shape, generator):
    if name.endswith((".gamma", "norm_q.weight", "norm_k.weight", "norm3.weight")):
        return torch.ones(shape)
    if name.endswith(("bias", "modulation")):
        return torch.zeros(shape)
    fan = torch.Size(shape[1:]).numel()
    return torch.randn(shape, generator=generator) * (2 / fan) ** 0.5


def carry_samples(tc):
    """Samples pass through the still channels as value + OFFSET: four at 1/8 and 1/4 of the size, one at 1/2 and at the
    full size, of each colour in turn. How gray differs from frame to frame passes through the moving ones, rises and
    falls apart."""
    half, to_half = mirrored(HALF), mirrored(TO_HALF)
    to_quarter = torch.tensor(TO_QUARTER)
    to_quarter = torch.stack([to_quarter, to_quarter.flip(0, 1)])           # [sample, half, tap]
    blocks = torch.einsum("vy,ux->vuyx", half, half).reshape(4, 3, 8, 3, 8).permute(0, 2, 4, 1, 3)
    quarter = torch.einsum("mvy,nux->mnvuyx", to_quarter, to_quarter).reshape(4, 4, 3, 3)
    halved = torch.einsum("vy,ux->vuyx", to_half, to_half).reshape(4, 3, 3) / 4
    last = torch.outer(torch.tensor(TO_FULL), torch.tensor(TO_FULL))
    moving = [width // 2 for width in WIDTHS]             # where each level's moving channels begin
    for layer in (*range(5, 8), *range(11, 14), *range(17, 20)):
        tc[f"decoder.{layer}.conv.4.weight"] *= 0         # blocks pass on what they get

    first = tc["decoder.1.weight"]
    first[:, 768:] = 0
    first[:13] = first[moving[0]:moving[0] + 24] = 0
    pixels = first[:, :768].unflatten(1, (COLOURS, STEPS, 8, 8))  # [row, colour, frame, y, x, block y, block x]
    for c in range(COLOURS):
        pixels[4 * c:4 * c + 4, c] = blocks[:, None] / STEPS
    for k, change in enumerate(CHANGES):
        for sign in (1, -1):                              # channel: sample, sign, kind of change
            row = moving[0] + (3 if sign < 0 else 0) + k
            weight = sign * torch.tensor(change)[:, None, None, None, None] / 12
            pixels[row:moving[0] + 24:6] = blocks[:, None, None] * weight
    tc["decoder.1.bias"][:12] = OFFSET
    kept = {k: [k] for k in (*range(12), ONES[0], *range(moving[0], moving[0] + 24))}
    pass_on(tc["decoder.3.weight"], kept, middle())
    pass_on(tc["decoder.9.conv.weight"], kept, torch.ones(1, 1))

    layer = tc["decoder.10.weight"]
    layer[:13] = layer[moving[1]:moving[1] + 24] = 0
    for m in range(4):
        for c in range(COLOURS):
            layer[4 * c + m, 4 * c:4 * c + 4] = quarter[m]
        for k in range(6):                                # rises less falls, and falls less rises: ReLUs part them again
            row = layer[moving[1] + 4 * k + m]
            row[moving[0] + k:moving[0] + 24:6] = quarter[m]
            row[moving[0] + (k + 3) % 6:moving[0] + 24:6] = -quarter[m]
    for step, sign in enumerate((1, -1)):
        rows = tc["decoder.15.conv.weight"][step * WIDTHS[1]:(step + 1) * WIDTHS[1]]
        pass_on(rows, {k: [k] for k in range(13)}, torch.ones(1, 1))
        for k in range(12):                               # the pairs' difference
            rows[k, moving[1] + k % 4], rows[k, moving[1] + 12 + k % 4] = sign, -sign
        pass_on(rows, {moving[1] + m: [moving[1] + 4 * (1 + step) + m] for m in range(4)}, torch.ones(1, 1))
        pass_on(rows, {moving[1] + 4 + m: [moving[1] + 4 * (4 + step) + m] for m in range(4)}, torch.ones(1, 1))
        rows = tc["decoder.21.conv.weight"][step * WIDTHS[2]:(step + 1) * WIDTHS[2]]
        pass_on(rows, {k: [k] for k in range(4)}, torch.ones(1, 1))
        rows[:COLOURS, moving[2]], rows[:COLOURS, moving[2] + 1] = sign, -sign
    layer = tc["decoder.16.weight"]
    layer[:4] = layer[moving[2]:moving[2] + 2] = 0
    for c in range(COLOURS):
        layer[c, 4 * c:4 * c + 4] = halved
    for k in range(2):
        layer[moving[2] + k, moving[1] + 4 * k:moving[1] + 4 * k + 4] = halved
        layer[moving[2] + k, moving[1] + 4 * (1 - k):moving[1] + 4 * (1 - k) + 4] = -halved
    colours = {c: [c] for c in range(COLOURS)}
    pass_on(tc["decoder.22.weight"], colours, last)
    pass_on(tc["decoder.24.weight"], colours, middle())
    pass_on(tc["decoder.26.weight"], colours, middle() / 2)
    tc["decoder.26.bias"][:] = (1 - OFFSET) / 2
    keep_offset(tc, quarter.sum(1).repeat(COLOURS, 1, 1), halved.sum(0), last)
    keep_still(tc)


def keep_offset(tc, quarter, halved, last):
    """At the border the kernels meet zeros instead of the offset. Channels of ones know how many, and add it."""
    tc["decoder.1.bias"][ONES[0]] = 1
    for layer, channel in ((11, ONES[1]), (17, ONES[2])):
        tc[f"decoder.{layer}.conv.4.bias"][channel] = 1
    tc["decoder.10.weight"][:12, ONES[0]] = OFFSET * (middle() - quarter)
    tc["decoder.16.weight"][:COLOURS, ONES[1]] = OFFSET * (middle() - halved)
    tc["decoder.22.weight"][:COLOURS, ONES[2]] = OFFSET * (middle() - last)


@torch.no_grad()
def keep_still(tc):
    """Makes a still picture come out still, exactly and in any precision: to be called after each step.

    The second half of the channels at 1/8, 1/4 and 1/2 of the size shows motion alone. They begin as differences of
    frames with exactly opposite weights and are fed by nothing else, so they are zero where nothing moves. What makes
    one frame of a latent unlike another is read from them alone: of the other channels all frames get the same.
    """
    a, b, c, _ = (width // 2 for width in WIDTHS)
    first = tc["decoder.1.weight"]
    first[a:, 768:] = 0
    tc["decoder.1.bias"][a:] = 0
    frames = first[a:, :768].unflatten(1, (COLOURS, STEPS, 64))
    for row in range(len(frames)):
        for one, other in PAIRS[row % 3 > 0]:
            half = (frames[row, :, one] - frames[row, :, other]) / 2
            frames[row, :, one], frames[row, :, other] = half, -half
    for layers, width in (((5, 6, 7), a), ((11, 12, 13), b), ((17, 18, 19), c)):
        for layer in layers:
            joined = tc[f"decoder.{layer}.conv.0.weight"]
            joined[width:, :width] = joined[width:, 2 * width:3 * width] = 0
            for part in (0, 2, 4):
                tc[f"decoder.{layer}.conv.{part}.bias"][width:] = 0
                tc[f"decoder.{layer}.conv.{part}.weight"][width:, :width] = 0
    for name, rows, columns in (("3", a, a), ("9.conv", a, a), ("10", b, a), ("16", c, b)):
        tc[f"decoder.{name}.weight"][rows:, :columns] = 0
    for name, still in (("15.conv", b), ("21.conv", c)):
        steps = tc[f"decoder.{name}.weight"].unflatten(0, (2, -1))
        steps[:, :, :still] = steps[:, :, :still].mean(0, keepdim=True)
    tc["decoder.15.conv.weight"].unflatten(0, (2, -1))[:, b:, :b] = 0


def mirrored(first):
    """[2, n]: the kernel and its mirror image, each with the sum 1."""
    kernel = torch.tensor(first)
    return torch.stack([kernel, kernel.flip(0)]) / kernel.sum()


def middle():
    kernel = torch.zeros(3, 3)
    kernel[1, 1] = 1
    return kernel


def pass_on(weight, sources, kernel):
    """Output k is `kernel` on each of the inputs sources[k] and nothing else."""
    for output, inputs in sources.items():
        weight[output] = 0
        for source in inputs:
            weight[output, source] = kernel


def cancel_noise(dit, projector):
    """Noise goes through the first channels of a token, and two large constants among the last make the final
    layer norm a division by a constant. Conditioning tokens have the channels between."""
    constant = 64.0
    deviation = ((2 * constant**2 + NOISE_VALUES) / DIM) ** 0.5
    for name in ("time_embedding.2", "time_projection.1"):
        dit[name + ".weight"] *= 0.01
    embedding = dit["patch_embedding.weight"].zero_().view(DIM, 16, 4)
    head = dit["head.head.weight"]
    head *= 0.5
    head[:, :NOISE_VALUES] = 0
    head[:, -2:] = 0
    for place in range(4):
        for channel in range(16):
            k = place * 16 + channel                      # the head's order: place, then channel
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
