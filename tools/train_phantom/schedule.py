"""The optimiser and its learning rate over time, alike in both stages."""

import math

import torch

WARM_UP = 0.03  # Share of all steps.
LEAST = 0.02  # Share of the rate that is left at the end.


def make_optimizer(parts, rate, decay=0.05):
    """parts: (module, factor on the rate). Matrices decay; norms, biases and positions do not."""
    groups = []
    for module, factor in parts:
        named = [(name, parameter) for name, parameter in module.named_parameters() if parameter.requires_grad]
        for decays in (True, False):
            chosen = [p for name, p in named if (p.dim() > 1 and "position" not in name) == decays]
            if chosen:
                groups.append({"params": chosen, "weight_decay": decay if decays else 0.0, "factor": factor})
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), eps=1e-8)


def set_rate(optimizer, rate, step, steps):
    """Linear warm-up, then half a cosine down to LEAST."""
    warm = max(1, int(WARM_UP * steps))
    if step < warm:
        share = (step + 1) / warm
    else:
        share = LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))
    for group in optimizer.param_groups:
        group["lr"] = rate * group["factor"] * share
