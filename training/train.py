"""Trains the small model on the clips of prepare.py.

    train.py CLIPS RUN [--steps STILL MOVING JOINT] [--batch N] [--seed 1] [--device auto] [--minutes M]

Three stages. Still: the decoder learns to sharpen single pictures, as if they had been there for long; that is cheap.
Moving: it learns what changes from frame to frame. Joint: projector, transformer and decoder learn together, with the
noise of the one diffusion step; before, latents are zero. The loss is the Charbonnier distance to the sharp frame after
the colour fix, some of it before, and some of that of the changes from frame to frame. Adam, cosine schedule, running
mean of the weights.

RUN/state.pt is written every minute; the same command goes on from it. RUN/log.txt says what was measured on the
validation clips. With --minutes the stages follow the clock instead of the number of steps, for machines of unknown
speed; only a run by steps can be repeated exactly.
"""
import argparse
import math
import pathlib
import random
import time

import torch

import clips
import network
from flashvsr_video import adain

STILL, MOVING, JOINT = range(3)
FRAMES = (1, 8, 17)     # of a clip in each stage: two latents; four and the look-ahead
COST = (1, 4, 8)        # clips of a batch are so many times fewer than pictures
SHARES = (0.4, 0.5, 0.1)  # of the time
MOST, LEAST = (2e-3, 1e-3, 4e-4), 2e-5  # learning rates of layers with few inputs
SIDE = 128
BORDER, BORDER_WEIGHT = 8, 0.2  # pixels of a cut's border count less: there are more of them than in a frame
FEW, LOWEST = 32, 0.01  # inputs: the rate of wider layers falls with their number, down to this share
PLAIN = 0.2             # share of the loss before the colour fix, so that colours stay near
WARM_UP = 0.02          # share of a stage
TEMPORAL = 0.3          # share of the loss of changes
MEAN_OF = 300           # steps that the running mean goes back
SAVE_SECONDS = 60


# ------------------------------------------------------------------------------- network

def all_weights(parts):
    return [tensor for part in ("tc", "dit", "projector") for tensor in parts[part].values()]


def upscale(parts, prompt, picture, stage, generator):
    """picture [B, 3, F, H, W] -> its first frames, [B, F', 3, H, W]."""
    if stage == STILL:
        return network.decode_still(parts["tc"], picture)
    height, width = picture.shape[3:]
    if stage == MOVING:
        latent = picture.new_zeros(len(picture), 16, picture.shape[2] // 4, height // 8, width // 8)
        return network.decode(parts["tc"], latent, picture)
    count = (picture.shape[2] - 1) // 4
    noise = torch.randn(len(picture), 16, count, height // 8, width // 8, generator=generator).to(picture.device)
    latent = torch.stack([network.latents(parts, prompt, clip, own) for clip, own in zip(picture, noise)])
    return network.decode(parts["tc"], latent, picture[:, :, :-4])


def charbonnier(difference):
    weight = torch.full(difference.shape[-2:], BORDER_WEIGHT, device=difference.device)
    weight[BORDER:-BORDER, BORDER:-BORDER] = 1
    return ((difference.square() + 1e-5).sqrt() * (weight / weight.mean())).mean()


def coloured(frames, picture):
    """With the colours of the input, as `color-fix=adain` leaves them: [B, F, 3, H, W] both."""
    return adain(frames.flatten(0, 1), picture.flatten(0, 1)).view(frames.shape)


def loss_of(frames, picture, target):
    """picture, target: [B, 3, F, H, W], at least as long as the frames [B, F, 3, H, W]."""
    picture, target = (clip[:, :, :frames.shape[1]].transpose(1, 2) for clip in (picture, target))
    difference = coloured(frames, picture) - target
    loss = charbonnier(difference) + PLAIN * charbonnier(frames - target)
    if frames.shape[1] > 1:
        loss = loss + TEMPORAL * charbonnier(difference[:, 1:] - difference[:, :-1])
    return loss


# ------------------------------------------------------------------------------ progress

class Stage:
    """Steps from the start of a stage to its end, by count or by the clock."""

    def __init__(self, kind, steps, minutes):
        self.kind, self.steps, self.seconds = kind, steps, minutes * 60
        self.step, self.elapsed = 0, 0.0

    def part(self):
        return self.elapsed / self.seconds if self.seconds else self.step / max(self.steps, 1)

    def rate(self):
        part, most = self.part(), MOST[self.kind]
        if part < WARM_UP:
            return most * max(part, 1e-3) / WARM_UP
        return LEAST + (most - LEAST) * 0.5 * (1 + math.cos(math.pi * min(part, 1.0)))


def rate_share(tensor):
    """A step of Adam changes all weights of an output alike: with many of them it must be smaller."""
    return max(min(1.0, FEW / tensor[0].numel()), LOWEST) if tensor.dim() > 1 else 0.2


class Run:
    """Everything that a checkpoint holds."""

    def __init__(self, args, device):
        first = network.first_weights(args.seed)
        self.prompt = first.pop("prompt").to(device)
        self.parts = {name: {key: tensor.to(device).requires_grad_() for key, tensor in part.items()}
                      for name, part in first.items()}
        self.mean = [tensor.detach().clone() for tensor in all_weights(self.parts)]
        self.adam = torch.optim.Adam([{"params": [tensor], "share": rate_share(tensor)}
                                      for tensor in all_weights(self.parts)], betas=(0.9, 0.99))
        self.rng, self.generator = random.Random(args.seed), torch.Generator().manual_seed(args.seed)
        self.stages = [Stage(kind, args.steps[kind], args.minutes * SHARES[kind]) for kind in (STILL, MOVING, JOINT)]

    def mean_parts(self):
        values = iter(self.mean)
        return {name: {key: next(values) for key in self.parts[name]} for name in ("tc", "dit", "projector")}

    def save(self, path):
        partial = path.with_suffix(".partial")
        torch.save({"prompt": self.prompt, "parts": {n: {k: t.detach() for k, t in p.items()} for n, p in self.parts.items()},
                    "mean": self.mean_parts(), "adam": self.adam.state_dict(), "rng": self.rng.getstate(),
                    "generator": self.generator.get_state(),
                    "stages": [(stage.step, stage.elapsed) for stage in self.stages]}, partial)
        partial.replace(path)

    def load(self, path):
        state = torch.load(path, map_location=self.prompt.device, weights_only=True)
        self.prompt.copy_(state["prompt"])
        with torch.no_grad():
            for name, part in self.parts.items():
                for key, tensor in part.items():
                    tensor.copy_(state["parts"][name][key])
        self.mean = [tensor for name in ("tc", "dit", "projector") for tensor in state["mean"][name].values()]
        self.adam.load_state_dict(state["adam"])
        self.rng.setstate(state["rng"])
        self.generator.set_state(state["generator"].cpu())
        for stage, (step, elapsed) in zip(self.stages, state["stages"]):
            stage.step, stage.elapsed = step, elapsed


# ------------------------------------------------------------------------------ training

def step(run, stage, data, args):
    started = time.monotonic()
    count = max(1, args.batch // COST[stage.kind])
    picture, target = (x.to(run.prompt.device) for x in clips.batch(data, count, FRAMES[stage.kind], SIDE, run.rng))
    for group in run.adam.param_groups:
        group["lr"] = group["share"] * stage.rate()
    run.adam.zero_grad(set_to_none=True)
    loss = loss_of(upscale(run.parts, run.prompt, picture, stage.kind, run.generator), picture, target)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(all_weights(run.parts), 1.0)
    run.adam.step()
    network.keep_still(run.parts["tc"])
    stage.step += 1
    before = sum(other.step for other in run.stages)
    keep = min(1 - 1 / MEAN_OF, before / (before + 9))
    for mean, tensor in zip(run.mean, all_weights(run.parts)):
        mean.lerp_(tensor.detach(), 1 - keep)
    stage.elapsed += time.monotonic() - started
    return loss.item()


@torch.no_grad()
def validate(run, data, stage):
    """PSNR over the colours of the running mean, before and after the colour fix, and of its input, by kind of clip."""
    totals = {}
    generator = torch.Generator().manual_seed(0)
    for name, picture, target in clips.fixed(data, 8):
        picture, target = (x[:, :, :FRAMES[stage.kind]].to(run.prompt.device) for x in (picture, target))
        frames = upscale(run.mean_parts(), run.prompt, picture, stage.kind, generator)
        given = picture[:, :, :frames.shape[1]].transpose(1, 2)
        for kind, made in (("plain", frames), ("made", coloured(frames, given)), ("given", given)):
            error = made.clamp(-1, 1) - target[:, :, :frames.shape[1]].transpose(1, 2)
            error = error[..., BORDER:-BORDER, BORDER:-BORDER].square().mean() / 4
            totals.setdefault(f"{name} {kind}", []).append(-10 * error.log10().item())
    return {key: sum(values) / len(values) for key, values in totals.items()}


def train(run, args, data, held_out):
    path = args.run / "state.pt"
    for stage in run.stages:
        saved, losses = time.monotonic(), []
        while stage.part() < 1:
            losses.append(step(run, stage, data, args))
            if time.monotonic() - saved > SAVE_SECONDS or stage.part() >= 1:
                run.save(path)
                scores = " ".join(f"{key} {value:.2f}" for key, value in validate(run, held_out, stage).items())
                line = f"stage {stage.kind} step {stage.step} {stage.part():.3f} " \
                    f"loss {sum(losses) / len(losses):.5f} {scores}"
                print(line, flush=True)
                with open(args.run / "log.txt", "a", encoding="utf-8") as log:
                    log.write(line + "\n")
                saved, losses = time.monotonic(), []


def parse_arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", metavar="CLIPS", type=pathlib.Path)
    parser.add_argument("run", metavar="RUN", type=pathlib.Path)
    parser.add_argument("--steps", type=int, nargs=3, default=(6000, 2000, 500), metavar=("STILL", "MOVING", "JOINT"))
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--batch", type=int, default=16, help="pictures; clips are fewer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto")
    return parser.parse_args(words)


def main():
    args = parse_arguments()
    device = args.device if args.device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    args.run.mkdir(parents=True, exist_ok=True)
    run = Run(args, device)
    if (args.run / "state.pt").exists():
        run.load(args.run / "state.pt")
    train(run, args, clips.load(args.clips), clips.load(args.clips / "validation"))


if __name__ == "__main__":
    main()
