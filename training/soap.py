"""SOAP (Vyas et al. 2024, arXiv:2409.11321): Adam in the eigenbases of Shampoo's statistics.

A decoder that begins as an upscaler has a few strong channels and many weak ones. Adam sees each weight alone and has
to go slowly for the sake of the strong ones; in these bases each direction has its own pace.
"""
import torch

MOST = 256              # rows or columns: larger ones keep their own basis
EVERY = 20              # steps: how often bases follow the statistics
STATISTICS = 0.98       # how much of them is kept each step
SMALL = 1e-8


class Soap(torch.optim.Optimizer):
    """Each tensor is a matrix [outputs, the rest]; vectors have one column. The learning rate is a group's "lr"."""

    def __init__(self, parameters, betas=(0.9, 0.99)):
        super().__init__(parameters, {"lr": 0.0, "betas": betas})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for tensor in group["params"]:
                gradient = tensor.grad.reshape(len(tensor), -1)
                state = self.state[tensor]
                if not state:
                    state.update(begin(gradient))
                follow(state, gradient)
                if state["step"] > 0:           # the first gradient alone makes the bases
                    update = adam(state, turn(gradient, state["bases"]), group["betas"])
                    tensor.sub_(turn_back(update, state["bases"]).view_as(tensor), alpha=group["lr"])
                state["step"] += 1


def begin(gradient):
    sides = [size if 1 < size <= MOST else 0 for size in gradient.shape]
    return {"step": 0, "mean": torch.zeros_like(gradient), "square": torch.zeros_like(gradient),
            "statistics": [gradient.new_zeros(side, side) for side in sides],
            "bases": [torch.eye(side, device=gradient.device) for side in sides]}


def follow(state, gradient):
    """Statistics take in the gradient; now and then the bases turn to their eigenvectors."""
    for statistics, matrix in zip(state["statistics"], (gradient, gradient.T)):
        if len(statistics):
            statistics.lerp_(matrix @ matrix.T, 1 - STATISTICS)
    if state["step"] % EVERY:
        return
    mean = turn_back(state["mean"], state["bases"])
    for side, (statistics, basis) in enumerate(zip(state["statistics"], state["bases"])):
        if not len(statistics):
            continue
        if state["step"] == 0:
            state["bases"][side] = torch.linalg.eigh(statistics)[1].flip(1)
            continue
        order = (basis * (statistics @ basis)).sum(0).argsort(descending=True)
        state["square"] = state["square"].index_select(side, order)
        state["bases"][side] = torch.linalg.qr(statistics @ basis[:, order])[0]  # one step of orthogonal iteration
    state["mean"] = turn(mean, state["bases"])


def adam(state, gradient, betas):
    state["mean"].lerp_(gradient, 1 - betas[0])
    state["square"].lerp_(gradient.square(), 1 - betas[1])
    mean, square = (state[name] / (1 - beta ** state["step"]) for name, beta in zip(("mean", "square"), betas))
    return mean / (square.sqrt() + SMALL)


def turn(matrix, bases):
    rows, columns = bases
    matrix = rows.T @ matrix if len(rows) else matrix
    return matrix @ columns if len(columns) else matrix


def turn_back(matrix, bases):
    rows, columns = bases
    matrix = rows @ matrix if len(rows) else matrix
    return matrix @ columns.T if len(columns) else matrix
