"""The kernels of first_weights.py, by least squares on what prepare.py made.

    kernels.py CLIPS

Along one axis: rows and columns of luma are made four times smaller, and enlarged by the filters that the decoder has
room for, x + second * (first * (1, -2, 1) * x) before and after the first doubling and x + last * (1, -2, 1) * x after the
second one. Prints them, and the PSNR that they, the best linear upscaler with as many inputs, and bicubic reach.
"""
import argparse
import math
import pathlib

import torch
import torch.nn.functional as F

from resample import LUMA, taps_matrix  # first: it puts tests/oracle on the path
from oracle_io import load_safetensors

SIZE, SMALL = 256, 64
REACH = 10                      # small pixels on each side of two
TAPS = 2 * REACH + 2
FLAT = 0.02                     # added to the inputs' variances
SMALL_WEIGHTS = 1e-2            # of the squares of weights
START = ((0.1, -0.2), (0.1, 1.0), (0.0, 0.25), (0.0, 1.0), (0.0, 0.25))  # (outer, middle) of three taps each
SECOND_DIFFERENCE = (1.0, -2.0)


def statistics(folder):
    """Covariances of small pixels [TAPS, TAPS], of them with the eight large ones in the middle [TAPS, 8], and the large
    ones' variances [8], all less the mean of the small ones."""
    shrink = taps_matrix(SIZE, SMALL)
    inner, outer, large, count = 0, 0, 0, 0
    for path in sorted(folder.glob("*.safetensors")):
        luma = torch.einsum("c,nchw->nhw", LUMA, load_safetensors(path)["sharp"][:, 0].float())
        for lines in (luma, luma.transpose(1, 2)):
            small = F.pad((lines @ shrink.T).round(), (REACH, REACH), "replicate").unfold(2, TAPS, 2)
            mean = small.mean(3, keepdim=True)
            given = (small - mean).flatten(0, 2).double()
            wanted = (lines.unflatten(2, (-1, 8)) - mean).flatten(0, 2).double()
            inner, outer = inner + given.T @ given, outer + given.T @ wanted
            large, count = large + wanted.square().sum(0), count + len(given)
    return inner / count, outer / count, large / count


def error(weights, known):
    """Mean square of the error of a linear upscaler, weights [TAPS, 8]."""
    inner, outer, large = known
    return (large.sum() + ((weights.T @ inner) * weights.T).sum() - 2 * (weights * outer).sum()) / 8


def impulses():
    """[TAPS, 1, TAPS + 8]: one small pixel after the other, four more on each side."""
    lines = torch.zeros(TAPS, 1, TAPS + 8, dtype=torch.double)
    lines[torch.arange(TAPS), 0, 4 + torch.arange(TAPS)] = 1
    return lines


def convolve(x, kernel):
    outer, middle = (torch.as_tensor(tap).double() for tap in kernel)
    return F.conv1d(x, torch.stack([outer, middle, outer]).view(1, 1, 3), padding=1)


def decoder(kernels):
    """What the decoder's filters make of impulses, [TAPS, 8]."""
    x = impulses()
    for first, second in (kernels[0:2], kernels[2:4]):
        x = (x + convolve(convolve(convolve(x, SECOND_DIFFERENCE), first), second)).repeat_interleave(2, 2)
    x = x + convolve(convolve(x, SECOND_DIFFERENCE), kernels[4])
    middle = 4 * (4 + REACH)
    return x[:, 0, middle:middle + 8]


def fit(known):
    kernels = [torch.tensor(start, dtype=torch.double, requires_grad=True) for start in START]
    search = torch.optim.LBFGS(kernels, max_iter=500, line_search_fn="strong_wolfe", tolerance_grad=1e-14,
                               tolerance_change=1e-14)

    def evaluate():
        search.zero_grad()
        loss = error(decoder(kernels), known) + SMALL_WEIGHTS * sum(kernel.square().sum() for kernel in kernels)
        loss.backward()
        return loss

    search.step(evaluate)
    return kernels


def psnr(weights, known):
    return 10 * math.log10(255**2 / error(weights, known).item())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", metavar="CLIPS", type=pathlib.Path)
    known = statistics(parser.parse_args().clips)
    kernels = fit(known)
    for name, kernel in zip(("quarter, first", "quarter, second", "half, first", "half, second", "full"), kernels):
        print(f"{name:16} outer {kernel[0].item():7.4f} middle {kernel[1].item():7.4f}")
    best = torch.linalg.solve(known[0] + FLAT * torch.eye(TAPS), known[1])
    middle = 4 * (4 + REACH)
    bicubic = (impulses()[:, 0] @ taps_matrix(TAPS + 8, 4 * (TAPS + 8)).double().T)[:, middle:middle + 8]
    for name, weights in (("these", decoder(kernels)), ("the best linear", best), ("bicubic", bicubic)):
        print(f"{name:16} {psnr(weights.detach(), known):.2f} dB")


if __name__ == "__main__":
    main()
