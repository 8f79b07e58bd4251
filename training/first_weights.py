"""The first weights of the small model: an upscaler about as good as the best linear one, from the start.

The published architecture has no way around its layers, and its decoder enlarges by repeating pixels: no convolution
after that can tell two neighbours of equal surroundings apart. So the transformer says where in its token each place
lies (`network.places`), and gates made of ReLUs put the samples that lie packed in channels at their places
(`first_four.py`, `first_two.py`). What is left to do after that is to interpolate (`filters.py`).
"""
import torch

from first_four import first_four
from first_two import first_two
from network import DIM, FOUR, LAYERS, LATENTS, PLACE_SIZE, PLACES, TEXT, TWO, shapes

NOISE_VALUES = 64               # of a token: 16 channels, 2 x 2
SPARE = 0.5                     # size of the random weights of channels that nothing reads yet


def first_weights(seed):
    """{"dit", "projector", "pictures": {scale: {name: float32 tensor}}, "prompt": tensor}"""
    generator = torch.Generator().manual_seed(seed)
    weights = {part: random_tensors(entries, generator) for part, entries in shapes().items()}
    four = random_tensors(FOUR.picture_shapes(), generator)
    weights["prompt"] = torch.randn(1, 1, TEXT, generator=generator)
    two = random_tensors(TWO.picture_shapes(), generator)
    first_four(four)
    first_two(two)
    weights["pictures"] = {4: four, 2: two}
    cancel_noise(weights["dit"], weights["projector"])
    say_places(weights["dit"])
    look_near(weights["dit"])
    return weights


def random_tensors(shapes, generator):
    return {name: random_tensor(name, shape, generator) for name, shape in shapes.items()}


def random_tensor(name, shape, generator):
    if name.endswith((".gamma", "norm_q.weight", "norm_k.weight", "norm3.weight")):
        return torch.ones(shape)
    if name.endswith(("bias", "modulation")):
        return torch.zeros(shape)
    fan = torch.Size(shape[1:]).numel()
    return torch.randn(shape, generator=generator) * (2 / fan) ** 0.5 * (SPARE if name.startswith("decoder") else 1)


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
