"""Stage 2: the language model learns to answer, the tower and the projector go along at a lower rate."""

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import parallel
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
        answer = np.zeros((len(drawn), length), bool)
        following = np.zeros((len(drawn), length), np.int64)
        lengths = np.array([end - start - 1 for _, start, end in pieces])
        for i, (r, start, end) in enumerate(pieces):
            tokens[i, : lengths[i]] = r.tokens[start : end - 1]
            following[i, : lengths[i]] = r.tokens[start + 1 : end]
            part = r.part[start + 1 : end]
            answer[i, : lengths[i]] = part == ANSWER
            weight[i, : lengths[i]] = np.where(part == ANSWER, answer_weight, part != ASKED)
        places = np.flatnonzero(np.arange(length)[None] < lengths[:, None])
        wanted = np.flatnonzero(weight.reshape(-1)[places] > 0)
        self.tokens = torch.from_numpy(tokens)
        self.places = torch.from_numpy(places)
        self.wanted = torch.from_numpy(wanted)
        self.following = torch.from_numpy(following.reshape(-1)[places][wanted])
        self.weight = torch.from_numpy(weight.reshape(-1)[places][wanted])
        self.is_answer = torch.from_numpy(answer.reshape(-1)[places][wanted])

    def loss(self, model, kept):
        """Sum of weighted losses, and how many of the answers' own tokens are right of how many."""
        logits = model.language.after_prefix(kept, self.tokens, self.places, self.wanted)
        loss = (F.cross_entropy(logits, self.following, reduction="none") * self.weight).sum()
        right = (logits.argmax(-1) == self.following)[self.is_answer]
        return loss, int(right.sum()), len(right)


def learning_parts(model, options):
    """(module, factor on the rate) of all that learns; the rest is told not to."""
    vision = model.vision
    parts = [(model.language, 1.0)]
    parts += [(part, options.projector_factor) for part in (vision.project_in, vision.project_out)]
    tower = (vision.patch, vision.pre_ln, vision.blocks, vision.post_ln)
    for part in tower:
        part.requires_grad_(options.tower_factor > 0)
    vision.position.requires_grad_(False)  # Learnt in stage 1; one tensor less to carry along.
    if options.tower_factor > 0:
        parts += [(part, options.tower_factor) for part in tower]
    return parts


class Drawer:
    """Makes a step's batches: for each thread one with pictures, and one of a few questions without."""

    def __init__(self, corpus, families, options, padding):
        self.corpus, self.families, self.options, self.padding = corpus, families, options, padding
        self.images = len(families)
        self.random = np.random.default_rng(options.seed + 2)
        rows = options.language_batch * options.questions_per_image
        self.blind = max(parallel.THREADS, round(rows * options.blind_share)) if options.blind_share else 0

    def batch(self, pictures, each):
        options = self.options
        drawn = [row for p in pictures for row in self.corpus.draw(self.random, p, each, options.paper_share)]
        return Batch(self.corpus, drawn, options.answer_weight, self.padding)

    def shown(self, chosen):
        """The pictures that go with the questions of the chosen ones: now and then one of another family, so that a
        model that sees what cannot be meant guesses among the options instead of naming what it sees."""
        shown = chosen.copy()
        for i in np.flatnonzero(self.random.random(len(chosen)) < self.options.swapped_share):
            others = self.random.integers(0, self.images, 16)
            strange = others[self.families[others] != self.families[chosen[i]]]
            shown[i] = strange[0] if len(strange) else chosen[i]
        return shown

    def shares(self):
        chosen = self.random.integers(0, self.images, self.options.language_batch)
        others = self.random.integers(0, self.images, self.blind)
        parts = parallel.shares_of(chosen)
        blind = parallel.shares_of(others) if self.blind else [[]] * len(parts)
        return [
            (
                self.shown(part),
                self.batch(part, self.options.questions_per_image),
                self.batch(few, 1) if len(few) else None,
            )
            for part, few in zip(parts, blind)
        ]


def train_language(model, prefix, pictures, corpus, families, options, padding, progress):
    optimizer = make_optimizer(learning_parts(model, options), options.language_rate)
    learning = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    drawer = Drawer(corpus, families, options, padding)
    language = model.language
    loss_sum = weight_sum = right = asked = rows = 0
    began = time.time()
    for step in range(options.language_steps):
        set_rate(optimizer, options.language_rate, step, options.language_steps)
        shares = drawer.shares()
        total = float(sum(batch.weight.sum() for _, *both in shares for batch in both if batch))

        def work(share):
            shown, batch, blind = share
            seen = model.vision(torch.from_numpy(pictures.batch(shown)))
            loss, right, asked = batch.loss(model, language.prefix(model.image_prefix(prefix, seen)))
            report = (float(loss), float(batch.weight.sum()), right, asked)
            if blind:  # These share one prefix.
                loss = loss + blind.loss(model, language.prefix(model.text_prefix(prefix, 1)))[0]
            return loss / total, report

        for loss, weight, few, all_of_them in parallel.step(work, shares, learning):
            loss_sum, weight_sum = loss_sum + loss, weight_sum + weight
            right, asked = right + few, asked + all_of_them
        rows += sum(len(batch.tokens) for _, *both in shares for batch in both if batch)
        nn.utils.clip_grad_norm_(learning, 1.0)
        optimizer.step()
        if (step + 1) % options.report_every == 0:
            speed = rows / (time.time() - began)
            text = "loss %.4f answer tokens %.3f | %.1f questions/s"
            progress(step + 1, text % (loss_sum / weight_sum, right / asked, speed))
            loss_sum = weight_sum = right = asked = rows = 0
            began = time.time()
