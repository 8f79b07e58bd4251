"""What the training programs promise, in half a minute, on pictures made here.

    selftest.py
"""
import pathlib
import random
import tempfile

import torch
import torch.nn.functional as F

import clips
import export
import network
import soap
import train
from first_weights import first_weights
from flashvsr_video import resize_pil_bicubic
from resample import resize, to_levels

SIDE = 128


def picture(seed, size=256):
    """uint8 [3, size, size] with detail of all sizes, the smaller the weaker and little of it in colour, as natural pictures have it."""
    generator, levels = torch.Generator().manual_seed(seed), torch.full((1, 3, size, size), 128.0)
    for side in (4, 8, 16, 32, 64, 128, size):
        part = (torch.randn(1, 1, side, side, generator=generator) + 0.1 * torch.randn(1, 3, side, side, generator=generator))
        part = part * 80 / side**0.7
        levels += F.interpolate(part, size=(size, size), mode="bicubic", align_corners=False)
    return to_levels(levels)[0].byte()


def made_clips(count):
    """As clips.load gives them: pictures that move to the left by two pixels a frame; coded ones are rounded coarsely."""
    made = []
    for seed in range(count):
        sharp = torch.stack([picture(seed).roll(-2 * k, 2) for k in range(network.STEPS * 2 + 1)])
        small = {side: resize(sharp.float(), side, side) for side in (64, 128)}
        made.append((sharp, {"clean": small[64].byte(), "coded": to_levels(small[64] / 16).byte() * 16, "half": small[128].byte()}))
    return made


def moving(frames):
    """[1, 3, frames, SIDE, SIDE] in [-1, 1]"""
    generator = torch.Generator().manual_seed(3)
    return torch.rand(1, 3, frames, SIDE, SIDE, generator=generator) * 2 - 1


def arguments(folder, steps):
    return train.parse_arguments([str(folder), str(folder), "--batch", "2", "--steps", str(steps), "--rate", "3e-4"])


@torch.no_grad()
def check_the_first_weights_are_better_than_bicubic():
    sharp = torch.stack([picture(seed) for seed in range(4)]).float()
    given = resize(resize(sharp, 64, 64), 256, 256)
    made = network.decode_pictures(first_weights(1)["picture"], clips.signed(given))
    errors = [(x - sharp).square().mean() for x in ((made + 1) * 127.5, given)]
    assert errors[0] < 0.9 * errors[1], errors


@torch.no_grad()
def check_the_whole_decoder_is_one_pictures_four_times():
    weights, clip = first_weights(1)["picture"], moving(9)
    generator = torch.Generator().manual_seed(2)
    for name, tensor in weights.items():                  # as any step of the training leaves them
        tensor[:network.own_of(name)] += 0.01 * torch.randn((), generator=generator)
    latent = network.places(SIDE // 8, SIDE // 8)[None, :, None].repeat(1, 1, 3, 1, 1)
    frames = network.decode(network.whole_decoder(weights), latent, clip)
    alone = network.decode_pictures(weights, clip[0].transpose(0, 1))
    assert (frames[0] - alone).abs().max() < 1e-4


@torch.no_grad()
def check_the_transformer_says_places():
    weights, clip = first_weights(1), moving(9)[0]
    noise = torch.randn(network.LATENTS, 2, SIDE // 8, SIDE // 8, generator=torch.Generator().manual_seed(4))
    made = network.latents(weights, weights["prompt"], clip, noise)
    said, wanted = made[list(network.PLACES)], network.places(SIDE // 8, SIDE // 8)[list(network.PLACES), None]
    assert torch.equal(torch.tanh(said / 3), torch.tanh(wanted / 3).expand_as(said))


def check_resizing_is_that_of_pillow():
    frames = torch.randint(0, 256, (1, 24, 36, 3), generator=torch.Generator().manual_seed(5), dtype=torch.uint8)
    for scale in (0.25, 0.5, 4):
        wanted = torch.from_numpy(resize_pil_bicubic(frames.numpy(), scale)).float()
        made = resize(frames.permute(0, 3, 1, 2).float(), *wanted.shape[1:3]).permute(0, 2, 3, 1)
        assert (made != wanted).float().mean() < 1e-3 and (made - wanted).abs().max() <= 1


def check_the_shipped_model_is_what_export_makes():
    """But for the training: one picture's decoder four times, with the first weights' constants, transformer and
    projector. Up to the last bit of float16: solving for the kernels may differ in float32's last bits."""
    first, shipped = first_weights(1), export.read_model(export.SHIPPED)
    picture = {name: picture_part(name, tensor) for name, tensor in shipped["tc"].items() if name in first["picture"]}
    for name, tensor in network.whole_decoder(picture).items():
        assert torch.equal(tensor, shipped["tc"][name]), name
    pairs = [(name, tensor[network.own_of(name):], picture[name][network.own_of(name):]) for name, tensor in first["picture"].items()]
    pairs += [(key, tensor, shipped[part][key]) for part in ("dit", "projector") for key, tensor in first[part].items()]
    for name, wanted, found in [*pairs, ("prompt", first["prompt"], shipped["prompt"])]:
        assert torch.allclose(wanted.half().float(), found, rtol=2e-3, atol=1e-6), name


def picture_part(name, tensor):
    """What the first picture has of a tensor of the whole decoder."""
    layer = int(name.split(".")[1])
    rows = network.outputs_of(layer, 0)
    return tensor[rows] if tensor.dim() == 1 else tensor[rows[:, None], network.inputs_of(layer, 0)[None]]


def check_a_run_goes_on_where_it_was(folder, data):
    args, before, after = arguments(folder, 4), soap.EVERY - 2, 4  # the bases turn in between
    whole = train.Run(args, "cpu")
    losses = [train.step(whole, data, args) for _ in range(before + after)]
    first = train.Run(args, "cpu")
    begun = [train.step(first, data, args) for _ in range(before)]
    first.save(folder / "state.pt")
    second = train.Run(args, "cpu")
    second.rng = random.Random(99)
    second.load(folder / "state.pt")
    assert begun + [train.step(second, data, args) for _ in range(after)] == losses


def check_a_short_run_learns_and_can_be_repeated(folder, data):
    """All that train.py does, on few clips: the same seed gives the same model, and a better one."""
    scores, first = [], None
    for name in ("one", "other"):
        args = arguments(folder / name, 60)
        (folder / name).mkdir()
        run = train.Run(args, "cpu")
        first = first or train.validate(run, data, 16)["coded"][0]
        train.train(run, args, data, data)
        scores.append(train.validate(run, data, 16)["coded"][0])
    assert scores[0] == scores[1] > first, (first, scores)


def main():
    check_the_first_weights_are_better_than_bicubic()
    check_the_whole_decoder_is_one_pictures_four_times()
    check_the_transformer_says_places()
    check_resizing_is_that_of_pillow()
    check_the_shipped_model_is_what_export_makes()
    data = made_clips(3)
    with tempfile.TemporaryDirectory() as folder:
        check_a_run_goes_on_where_it_was(pathlib.Path(folder), data)
        check_a_short_run_learns_and_can_be_repeated(pathlib.Path(folder), data)
    print("training selftest: passed")


if __name__ == "__main__":
    main()
