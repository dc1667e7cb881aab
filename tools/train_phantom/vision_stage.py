"""Stage 1: the vision tower and the projector learn to see, from dense truth. Small heads on the projector's tokens
ask for what is in each patch and for the facts of the whole picture, so that a language model can read them off."""

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import parallel
from data import FAMILIES, MAPS
from schedule import make_optimizer, set_rate

COUNTS = 5  # 0 to 4 lesions, in each half of the picture
FLAGS = 4
SHAPE = 6


class Heads(nn.Module):
    """Every token is asked everything: its own patch's share of lesions, and the facts of the whole picture."""

    WIDTHS = (len(MAPS), len(FAMILIES), 2 * COUNTS, FLAGS, SHAPE)

    def __init__(self, width):
        super().__init__()
        # Tokens go into the language model as they are, so that their measure must be that of embeddings.
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.linear = nn.Linear(width, sum(self.WIDTHS))

    def forward(self, tokens):
        return self.linear(self.norm(tokens)).split(self.WIDTHS, dim=-1)


def masked_mean(values, mask):
    return (values * mask).sum() / (mask.sum() * values.shape[-1] + 1e-6)


def losses_of(outputs, truth, chosen):
    """The losses by name. Facts of the picture are asked of each of its tokens alike."""
    maps, family, counts, flags, shape = outputs
    batch, patches = maps.shape[:2]
    share = torch.from_numpy(truth.maps[chosen]).float().div_(16).transpose(1, 2)
    per_token = lambda values: torch.from_numpy(values[chosen]).repeat_interleave(patches, 0)
    wanted = torch.from_numpy(truth.flags[chosen])[:, None].expand(-1, patches, -1)
    flag_loss = F.binary_cross_entropy_with_logits(flags, wanted, reduction="none")
    has_lesion = torch.from_numpy(truth.has_lesion[chosen]).float()[:, None, None].expand(-1, patches, 1)
    has_sign = torch.from_numpy(truth.has_sign[chosen]).float()[:, None, None].expand(-1, patches, 1)
    has_shift = torch.from_numpy(truth.has_shift[chosen]).float()[:, None, None].expand(-1, patches, 1)
    wanted = torch.from_numpy(truth.shape[chosen])[:, None].expand(-1, patches, -1)
    shape_loss = F.smooth_l1_loss(shape, wanted, reduction="none", beta=0.1)
    return {
        "maps": F.binary_cross_entropy_with_logits(maps[..., :2], share[..., :2]),
        "index": F.binary_cross_entropy_with_logits(maps[..., 2:], share[..., 2:]),
        "family": F.cross_entropy(family.reshape(batch * patches, -1), per_token(truth.family)),
        "count": F.cross_entropy(counts.reshape(batch * patches * 2, -1), per_token(truth.counts).reshape(-1)),
        "background": flag_loss[..., 0].mean(),
        "sign": masked_mean(flag_loss[..., 1:2], has_sign),
        "brighter": masked_mean(flag_loss[..., 2:3], has_lesion),
        "shift": masked_mean(flag_loss[..., 3:4], has_shift),
        "place": masked_mean(shape_loss[..., :2], has_lesion),
        "radii": masked_mean(shape_loss[..., 2:4], has_lesion),
        "angle": masked_mean(shape_loss[..., 4:], has_lesion),
    }


WEIGHTS = {
    "maps": 8.0,
    "index": 8.0,
    "family": 0.5,
    "count": 1.0,
    "background": 0.5,
    "sign": 1.0,
    "brighter": 0.5,
    "shift": 0.5,
    "place": 2.0,
    "radii": 1.0,
    "angle": 0.1,
}


def token_scale(tokens):
    """Keeps the tokens' measure near 1, which the heads' normalisation alone would leave open."""
    return (tokens.square().mean(-1) - 1).square().mean()


@torch.no_grad()
def measure(vision, heads, pictures, truth, batch=50):
    """How well the heads do on a held-out set: shares right of the facts, for a look while training."""
    right = {"family": [], "count": [], "background": [], "sign": [], "brighter": [], "shift": [], "index": []}
    for at in range(0, len(pictures), batch):
        chosen = np.arange(at, min(at + batch, len(pictures)))
        maps, family, counts, flags, _ = heads(vision(torch.from_numpy(pictures[chosen])))
        flags = flags.mean(1).numpy() > 0
        right["family"] += list(family.mean(1).argmax(-1).numpy() == truth.family[chosen])
        counts = counts.mean(1).view(len(chosen), 2, COUNTS).argmax(-1).numpy()
        right["count"] += list((counts == truth.counts[chosen]).all(1))
        right["background"] += list(flags[:, 0] == truth.flags[chosen, 0])
        right["sign"] += list((flags[:, 1] == truth.flags[chosen, 1])[truth.has_sign[chosen]])
        right["brighter"] += list((flags[:, 2] == truth.flags[chosen, 2])[truth.has_lesion[chosen]])
        right["shift"] += list((flags[:, 3] == truth.flags[chosen, 3])[truth.has_shift[chosen]])
        seen, real = maps[..., 2].numpy() > 0, truth.maps[chosen, 2] >= 8
        right["index"] += list((seen & real).sum(1) / np.maximum((seen | real).sum(1), 1))
    return {name: float(np.mean(values)) if values else 0.0 for name, values in right.items()}


def train_vision(model, pictures, truth, options, progress):
    """`pictures.batch(indices)` gives uint8 arrays. `progress(step, text)` is called every few steps."""
    vision, heads = model.vision, Heads(model.language.shape.width)
    optimizer = make_optimizer([(vision, 1.0), (heads, 1.0)], options.vision_rate)
    learning = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    random = np.random.default_rng(options.seed + 1)
    sums, began = {}, time.time()

    def work(chosen):
        tokens = vision(torch.from_numpy(pictures.batch(chosen)))
        losses = losses_of(heads(tokens), truth, chosen)
        loss = sum(WEIGHTS[name] * value for name, value in losses.items()) + 0.1 * token_scale(tokens)
        share = len(chosen) / options.vision_batch
        return loss * share, {name: value.item() * share for name, value in losses.items()}

    for step in range(options.vision_steps):
        set_rate(optimizer, options.vision_rate, step, options.vision_steps)
        chosen = random.integers(0, len(pictures), options.vision_batch)
        for losses in parallel.step(work, parallel.shares_of(chosen), learning):
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        if (step + 1) % options.report_every == 0:
            rate = options.report_every * options.vision_batch / (time.time() - began)
            text = " ".join("%s %.4f" % (name, value / options.report_every) for name, value in sums.items())
            progress(step + 1, "%s | %.0f images/s" % (text, rate))
            sums, began = {}, time.time()
    return heads
