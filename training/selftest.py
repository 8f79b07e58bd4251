"""What the training programs promise, in seconds and without data.

    selftest.py
"""
import pathlib
import random
import tempfile

import torch

import clips
import network
import train
from flashvsr_net import TinyDecoder
from flashvsr_video import adain, resize_pil_bicubic
from resample import resize

SIDE = 64


def weights_after_some_steps():
    """First weights with random changes, made still again: as any step of the training leaves them."""
    tc = network.first_weights(1)["tc"]
    generator = torch.Generator().manual_seed(2)
    for tensor in tc.values():
        tensor += 0.02 * torch.randn(tensor.shape, generator=generator)
    network.keep_still(tc)
    return tc


def picture(frames):
    return torch.rand(1, 3, frames, SIDE, SIDE, generator=torch.Generator().manual_seed(3)) * 2 - 1


@torch.no_grad()
def check_still_frames_are_equal():
    tc, latent = weights_after_some_steps(), torch.zeros(1, 16, 14, SIDE // 8, SIDE // 8)
    frames = network.decode(tc, latent, picture(1).expand(-1, -1, 56, -1, -1))[0, 40:]
    assert (frames - frames[:1]).abs().max() < 1e-5
    assert (frames[0] - network.decode_still(tc, picture(1))[0, 0]).abs().max() < 1e-4


@torch.no_grad()
def check_batches_are_what_the_oracle_makes():
    tc, clip, latent = weights_after_some_steps(), picture(9), torch.randn(1, 16, 3, SIDE // 8, SIDE // 8)
    assert (network.decode(tc, latent, clip)[0] - TinyDecoder(tc).decode(latent[0], clip[0])).abs().max() < 1e-5


@torch.no_grad()
def check_first_weights_enlarge():
    line = torch.arange(SIDE // 4)
    small = (128 + 90 * torch.sin(0.7 * line) * torch.cos(0.5 * line)[:, None]).expand(3, -1, -1)
    smooth = resize(small, SIDE, SIDE) / 127.5 - 1
    made = network.decode_still(network.first_weights(1)["tc"], smooth[None, :, None])[0]
    error = (adain(made, smooth[None]) - smooth)[..., 24:-24, 24:-24].square().mean()
    assert error < 0.01 * smooth[..., 24:-24, 24:-24].var(), error


def check_resizing_is_that_of_pillow():
    frames = torch.randint(0, 256, (1, 24, 36, 3), generator=torch.Generator().manual_seed(5), dtype=torch.uint8)
    for scale in (0.25, 0.5, 4):
        wanted = torch.from_numpy(resize_pil_bicubic(frames.numpy(), scale)).float()
        made = resize(frames.permute(0, 3, 1, 2).float(), *wanted.shape[1:3]).permute(0, 2, 3, 1)
        assert (made != wanted).float().mean() < 1e-3 and (made - wanted).abs().max() <= 1


def check_a_run_goes_on_where_it_was(folder):
    data = [(torch.randint(0, 256, (17, 3, 256, 256), dtype=torch.uint8),
             {name: torch.randint(0, 256, (17, 3, size, size), dtype=torch.uint8)
              for name, size in zip(clips.SOURCES, (64, 64, 128))})]
    args = train.parse_arguments([str(folder), str(folder), "--batch", "1", "--steps", "2", "1", "1"])

    def steps(run, kinds):
        return [train.step(run, run.stages[kind], data, args) for kind in kinds]

    whole = steps(train.Run(args, "cpu"), (0, 0, 1, 2))
    first = train.Run(args, "cpu")
    begun = steps(first, (0, 0))
    first.save(folder / "state.pt")
    second = train.Run(args, "cpu")
    second.rng = random.Random(99)
    second.load(folder / "state.pt")
    assert begun + steps(second, (1, 2)) == whole


def main():
    check_still_frames_are_equal()
    check_batches_are_what_the_oracle_makes()
    check_first_weights_enlarge()
    check_resizing_is_that_of_pillow()
    with tempfile.TemporaryDirectory() as folder:
        check_a_run_goes_on_where_it_was(pathlib.Path(folder))
    print("training selftest: passed")


if __name__ == "__main__":
    main()
