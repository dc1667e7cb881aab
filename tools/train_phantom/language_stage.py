"""Stage 2: the language model learns to answer, the tower and the projector go along at a lower rate."""

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from data import ANSWER, ASKED
from schedule import make_optimizer, set_rate


class Corpus:
    """All questions of all folders under each protocol, by picture."""

    def __init__(self, rows_by_protocol, pictures_of_items, images):
        self.rows = rows_by_protocol
        order = np.argsort(pictures_of_items, kind="stable")
        bounds = np.searchsorted(pictures_of_items[order], np.arange(images + 1))
        self.items_of = [order[bounds[i] : bounds[i + 1]] for i in range(images)]

    def draw(self, random, picture, count, paper_share):
        """`count` rows (protocol's number, item) of one picture; an item comes twice only if there are too few."""
        items = self.items_of[picture]
        chosen = random.permutation(items)[:count] if len(items) >= count else random.choice(items, count)
        return [(int(random.random() >= paper_share), int(item)) for item in chosen]


class Batch:
    """Rows padded on the right, with the places that hold tokens and those whose next token is to be learnt."""

    def __init__(self, corpus, drawn, answer_weight, padding):
        rows = [corpus.rows[protocol] for protocol, _ in drawn]
        pieces = [(r, r.start[item], r.start[item + 1]) for r, (_, item) in zip(rows, drawn)]
        length = max(end - start for _, start, end in pieces) - 1  # The last token is only ever predicted.
        tokens = np.full((len(drawn), length), padding, np.int64)
        weight = np.zeros((len(drawn), length), np.float32)
        following = np.zeros((len(drawn), length), np.int64)
        lengths = np.array([end - start - 1 for _, start, end in pieces])
        for i, (r, start, end) in enumerate(pieces):
            tokens[i, : lengths[i]] = r.tokens[start : end - 1]
            following[i, : lengths[i]] = r.tokens[start + 1 : end]
            part = r.part[start + 1 : end]
            weight[i, : lengths[i]] = np.where(part == ANSWER, answer_weight, part != ASKED)
        places = np.flatnonzero(np.arange(length)[None] < lengths[:, None])
        wanted = np.flatnonzero(weight.reshape(-1)[places] > 0)
        self.tokens = torch.from_numpy(tokens)
        self.places = torch.from_numpy(places)
        self.wanted = torch.from_numpy(wanted)
        self.following = torch.from_numpy(following.reshape(-1)[places][wanted])
        self.weight = torch.from_numpy(weight.reshape(-1)[places][wanted])

    def loss(self, model, kept):
        """Sum of weighted losses, sum of weights, and how many answer tokens are right of how many."""
        logits = model.language.after_prefix(kept, self.tokens, self.places, self.wanted)
        loss = (F.cross_entropy(logits, self.following, reduction="none") * self.weight).sum()
        answers = self.weight > 1.01 if bool((self.weight > 1.01).any()) else self.weight > 0
        right = (logits.argmax(-1) == self.following)[answers]
        return loss, self.weight.sum(), int(right.sum()), len(right)


def train_language(model, prefix, pictures, corpus, options, padding, progress):
    random = np.random.default_rng(options.seed + 2)
    vision = model.vision
    towers = [vision.patch, vision.pre_ln, vision.blocks, vision.post_ln]
    tower_learns = options.tower_factor > 0
    for part in towers:
        part.requires_grad_(tower_learns)
    vision.position.requires_grad_(tower_learns)
    parts = [(model.language, 1.0), (vision.project_in, options.projector_factor)]
    parts.append((vision.project_out, options.projector_factor))
    if tower_learns:
        parts += [(part, options.tower_factor) for part in towers]
    optimizer = make_optimizer(parts, options.language_rate)
    if tower_learns:
        optimizer.add_param_group({"params": [vision.position], "weight_decay": 0.0, "factor": options.tower_factor})
    learning = [p for group in optimizer.param_groups for p in group["params"]]
    each = options.questions_per_image
    blind = max(0, round(options.language_batch * each * options.blind_share))
    loss_sum = weight_sum = 0.0
    right = asked = 0
    began = time.time()
    for step in range(options.language_steps):
        set_rate(optimizer, options.language_rate, step, options.language_steps)
        chosen = random.integers(0, len(pictures), options.language_batch)
        drawn = [row for picture in chosen for row in corpus.draw(random, picture, each, options.paper_share)]
        batch = Batch(corpus, drawn, options.answer_weight, padding)
        seen = vision(torch.from_numpy(pictures.batch(chosen)))
        results = [batch.loss(model, model.language.prefix(model.image_prefix(prefix, seen)))]
        if blind:  # A few questions without a picture, of other pictures.
            others = random.integers(0, len(pictures), blind)
            drawn = [row for picture in others for row in corpus.draw(random, picture, 1, options.paper_share)]
            batch = Batch(corpus, drawn, options.answer_weight, padding)
            # They share one prefix, whose gradient is theirs together.
            results.append(batch.loss(model, model.language.prefix(model.text_prefix(prefix, 1))))
        loss = sum(result[0] for result in results) / sum(result[1] for result in results)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        loss_sum += results[0][0].item()
        weight_sum += results[0][1].item()
        right, asked = right + results[0][2], asked + results[0][3]
        if (step + 1) % options.report_every == 0:
            rate = options.report_every * (len(chosen) * each + blind) / (time.time() - began)
            progress(
                step + 1,
                "loss %.4f answer tokens %.3f | %.1f questions/s" % (loss_sum / weight_sum, right / asked, rate),
            )
            loss_sum = weight_sum = 0.0
            right = asked = 0
            began = time.time()
