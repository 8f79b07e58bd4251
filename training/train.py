"""Trains the small model on the clips of prepare.py.

    train.py CLIPS RUN [--steps N] [--batch N] [--rate R] [--seed 1] [--device auto] [--minutes M]

What is trained is the decoder of one picture, which is all that the whole decoder consists of (network.py); projector
and transformer stay as first_weights.py makes them. The loss is the mean square distance to the sharp picture, in
colours and in luma. SOAP, cosine schedule, running mean of the weights, which are rounded to bfloat16 on their way, as
processors use them.

RUN/state.pt is written every minute; the same command goes on from it. RUN/log.txt says what was measured on the
validation clips. With --minutes the rate follows the clock instead of the number of steps, for machines of unknown
speed; only a run by steps can be repeated exactly.
"""
import argparse
import concurrent.futures
import math
import pathlib
import random
import time

import torch

import clips
import network
from first_weights import TO_LUMA, first_weights
from soap import Soap

LEAST = 2e-3            # of the highest learning rate: the last one
SIDE = 128
PARTS = 2               # of a batch, at the same time: half as fast again as one batch on two threads
BORDER, BORDER_WEIGHT = 8, 0.25  # pixels of a cut's border count less: there are more of them than in a frame
FEW, LOWEST = 64, 0.05  # inputs: the rate of wider layers falls with their number, down to this share
BIASES = 0.3            # share of the rate
WARM_UP = 0.02          # share of the run
MEAN_OF = 500           # steps that the running mean goes back
SAVE_SECONDS = 60
THREADS = max(1, torch.get_num_threads() // PARTS)
WORKERS = concurrent.futures.ThreadPoolExecutor(PARTS, initializer=lambda: torch.set_num_threads(THREADS))


# ------------------------------------------------------------------------------- network

def in_bfloat16(weight):
    """As processors use it, with the gradient of the weight."""
    return weight + (weight.bfloat16().float() - weight).detach()


def upscale(weights, given):
    """given [B, 3, 1, H, W] -> [B, 3, H, W]"""
    return network.decode_pictures(weights, given[:, :, 0], in_bfloat16)


def luma_of(pictures):
    return torch.einsum("bchw,c->bhw", pictures, TO_LUMA[0].to(pictures.device))


def distance(difference):
    """Of colours and luma, [B, 3, H, W]; borders count less."""
    weight = torch.full(difference.shape[-2:], BORDER_WEIGHT, device=difference.device)
    weight[BORDER:-BORDER, BORDER:-BORDER] = 1
    weight = weight / weight.mean()
    return 10 * sum((x.square() * weight).mean() for x in (difference, luma_of(difference)))


def psnr(pictures, target):
    """Of luma in [-1, 1], over all cuts alike, without borders."""
    error = luma_of(pictures.clamp(-1, 1) - target) / 2
    return -10 * error[..., BORDER:-BORDER, BORDER:-BORDER].square().mean().log10().item()


# ------------------------------------------------------------------------------ progress

def rate_share(tensor):
    """A step changes all weights of an output about alike: with many of them it must be smaller."""
    return max(min(1.0, FEW / tensor[0].numel()), LOWEST) if tensor.dim() > 1 else BIASES


class Run:
    """Everything that a checkpoint holds."""

    def __init__(self, args, device):
        self.weights = {name: tensor.to(device).requires_grad_()
                        for name, tensor in first_weights(args.seed)["picture"].items()}
        self.mean = {name: tensor.detach().clone() for name, tensor in self.weights.items()}
        self.optimizer = Soap([{"params": [tensor], "share": rate_share(tensor)} for tensor in self.weights.values()])
        self.constants = {name: tensor[network.own_of(name):].detach().clone() for name, tensor in self.weights.items()}
        self.rng, self.seed, self.device = random.Random(args.seed), args.seed, device
        self.steps, self.seconds, self.most = args.steps, args.minutes * 60, args.rate
        self.step, self.elapsed = 0, 0.0

    def part(self):
        """Of the run, done: 0 to 1."""
        return self.elapsed / self.seconds if self.seconds else self.step / max(self.steps, 1)

    def rate(self):
        if self.part() < WARM_UP:
            return self.most * max(self.part(), 1e-3) / WARM_UP
        return self.most * (LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * min(self.part(), 1.0))))

    @torch.no_grad()
    def follow(self, gradients):
        """What all pictures share are constants: not trained."""
        for (name, tensor), gradient in zip(self.weights.items(), gradients):
            tensor.grad = gradient
            tensor.grad[network.own_of(name):] = 0
        self.optimizer.step()
        for name, tensor in self.weights.items():          # the bases of rows know no borders
            tensor[network.own_of(name):] = self.constants[name]

    def average(self):
        keep = min(1 - 1 / MEAN_OF, self.step / (self.step + 9))
        for name, tensor in self.weights.items():
            self.mean[name].lerp_(tensor.detach(), 1 - keep)

    def save(self, path):
        partial = path.with_suffix(".partial")
        torch.save({"weights": {name: tensor.detach() for name, tensor in self.weights.items()}, "mean": self.mean,
                    "optimizer": self.optimizer.state_dict(), "rng": self.rng.getstate(), "seed": self.seed, "step": self.step,
                    "elapsed": self.elapsed}, partial)
        partial.replace(path)

    def load(self, path):
        state = torch.load(path, map_location=self.device, weights_only=True)
        if state["seed"] != self.seed:
            raise SystemExit(f"{path} was begun with --seed {state['seed']}")
        with torch.no_grad():
            for name, tensor in self.weights.items():
                tensor.copy_(state["weights"][name])
        self.mean, self.step, self.elapsed = state["mean"], state["step"], state["elapsed"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.rng.setstate(state["rng"])


# ------------------------------------------------------------------------------ training

def gradient(run, data, count, seed):
    """(loss, gradient of each tensor) of `count` cuts."""
    given, target = (x.to(run.device) for x in clips.batch(data, count, 1, SIDE, random.Random(seed)))
    loss = distance(upscale(run.weights, given) - target[:, :, 0])
    return loss.detach(), torch.autograd.grad(loss, list(run.weights.values()))


def step(run, data, args):
    started = time.monotonic()
    for group in run.optimizer.param_groups:
        group["lr"] = group["share"] * run.rate()
    parts = list(WORKERS.map(lambda seed: gradient(run, data, args.batch // PARTS, seed),
                             [run.rng.random() for _ in range(PARTS)]))
    run.follow([sum(gradients) / PARTS for gradients in zip(*(gradients for _, gradients in parts))])
    run.step += 1
    run.average()
    run.elapsed += time.monotonic() - started
    return sum(loss for loss, _ in parts).item() / PARTS


@torch.no_grad()
def validate(run, data, count=96):
    """{source: (PSNR of luma, the same of the input)} of the running mean on cuts that are the same each time."""
    rng, scores = random.Random(0), {}
    for source in clips.SOURCES[:2]:
        given, target = (x.to(run.device) for x in clips.batch(data, count, 1, SIDE, rng, source))
        scores[source] = psnr(upscale(run.mean, given), target[:, :, 0]), psnr(given[:, :, 0], target[:, :, 0])
    return scores


def train(run, args, data, held_out):
    saved, losses = time.monotonic(), []
    while run.part() < 1:
        losses.append(step(run, data, args))
        if time.monotonic() - saved > SAVE_SECONDS or run.part() >= 1:
            run.save(args.run / "state.pt")
            scores = " ".join(f"{source} {made:.3f} ({made - given:+.3f})"
                              for source, (made, given) in validate(run, held_out).items())
            line = f"step {run.step} {run.part():.3f} loss {sum(losses) / len(losses):.5f} {scores}"
            print(line, flush=True)
            with open(args.run / "log.txt", "a", encoding="utf-8") as log:
                log.write(line + "\n")
            saved, losses = time.monotonic(), []


def parse_arguments(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", metavar="CLIPS", type=pathlib.Path)
    parser.add_argument("run", metavar="RUN", type=pathlib.Path)
    parser.add_argument("--steps", type=int, default=24000)
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=5e-3, help="learning rate of layers with few inputs; less for short runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args(words)
    if args.batch < PARTS or args.batch % PARTS:
        parser.error(f"--batch must be a multiple of {PARTS}")
    return args


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
