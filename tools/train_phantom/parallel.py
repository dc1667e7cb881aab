"""Two threads, each with its own half of a batch and a matrix library that keeps to one core.

Attention is many small products. OpenBLAS and torch would split each of them over both cores, and spend most of the
time waiting for one another: a step took six times as long that way. Import this before numpy and torch: the libraries
read these variables when they are loaded."""

import os

for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import torch  # noqa: E402

THREADS = 2


def start_thread():
    torch.set_num_threads(1)


start_thread()
POOL = ThreadPoolExecutor(THREADS, initializer=start_thread)


def each(work, shares):
    """The results of `work` on all shares, in their order."""
    return list(POOL.map(work, shares))


def shares_of(array):
    """Cuts a batch for the threads."""
    size = -(-len(array) // THREADS)
    return [array[at : at + size] for at in range(0, len(array), size)]


def step(work, shares, parameters):
    """Sets the gradients of the sum of all shares' losses. `work(share)` gives (loss, anything); the anythings are
    returned. The sum's order is fixed, so that the same seed gives the same weights."""

    def differentiate(share):
        loss, report = work(share)
        return torch.autograd.grad(loss, parameters, allow_unused=True), report

    results = each(differentiate, shares)
    for parameter, *parts in zip(parameters, *(gradients for gradients, _ in results)):
        parts = [part for part in parts if part is not None]
        parameter.grad = sum(parts[1:], parts[0]) if parts else None
    return [report for _, report in results]
