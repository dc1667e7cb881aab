"""Asks a trained model the questions of a held-out set, as Osler would, and prints how often it is right: with the
picture, without one, and with another question's picture."""

import argparse
from collections import defaultdict
from pathlib import Path

import parallel

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import load_model
from data import load_folder, prefix_tokens, question_tokens
from model import CONTEXT, join_heads, round_to_f16, rotate, split_heads
from protocols import load_protocols, read_answer, wanted_answer

CONDITIONS = ("image", "no image", "swapped")


class Decoder:
    """Greedy decoding of many rows at once. Rows are padded on the right, so that each has places of its own."""

    def __init__(self, model, embedded, rows, most):
        """embedded: what stands before each row, (B, length, width); rows: token ids of the B rows."""
        self.language = model.language
        self.count = len(rows)
        before = embedded.shape[1]
        lengths = torch.tensor([len(row) for row in rows])
        longest = int(lengths.max())
        tokens = torch.zeros(self.count, longest, dtype=torch.long)
        for i, row in enumerate(rows):
            tokens[i, : len(row)] = torch.tensor(row)
        x = torch.cat((embedded, self.language.embedding(tokens)), dim=1)
        self.next = before + lengths  # Where each row's next token goes.
        room = before + longest + most
        heads = self.language.shape.heads
        shape = (self.count, heads, room, self.language.shape.width // heads)
        self.caches = [(torch.zeros(shape), torch.zeros(shape)) for _ in self.language.blocks]
        length = x.shape[1]
        mask = torch.full((length, length), float("-inf")).triu(1)
        turns = self.language.turns[:length]
        for block, (keys, values) in zip(self.language.blocks, self.caches):
            q, k, v = block.heads_of(block.qkv(block.attention_norm(x)), turns)
            keys[:, :, :length], values[:, :, :length] = k, v
            weights = (q @ k.transpose(-1, -2) + mask).softmax(-1)
            x = block.feed(x + block.out(join_heads(weights @ v)))
        self.logits = self.language.logits(x[torch.arange(self.count), self.next - 1])

    def feed(self, tokens):
        language, every = self.language, torch.arange(self.count)
        x = F.embedding(tokens, language.embedding.weight)[:, None]
        turns = language.turns[self.next][:, None, None]
        longest = int(self.next.max()) + 1
        hidden = torch.arange(longest)[None] > self.next[:, None]
        mask = torch.zeros(hidden.shape).masked_fill_(hidden, float("-inf"))[:, None, None]
        for block, (keys, values) in zip(language.blocks, self.caches):
            q, k, v = block.heads_of(block.qkv(block.attention_norm(x)), turns)
            keys[every, :, self.next], values[every, :, self.next] = k[:, :, 0], v[:, :, 0]
            weights = (q @ keys[:, :, :longest].transpose(-1, -2) + mask).softmax(-1)
            x = block.feed(x + block.out(join_heads(weights @ values[:, :, :longest])))
        self.logits = language.logits(x[:, 0])
        self.next = self.next + 1


def answers(model, tokenizer, pictures, rows, most=120, batch=48):
    """Texts for token rows. pictures: which go with the rows, or None to ask without."""
    out = [""] * len(rows)
    prefix = torch.tensor(prefix_tokens(tokenizer))
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))  # Alike lengths together.

    @torch.no_grad()
    def work(chosen):
        if pictures is None:
            before = model.text_prefix(prefix, len(chosen))
        else:
            which, back = np.unique([pictures.of_row[i] for i in chosen], return_inverse=True)
            seen = model.vision(torch.from_numpy(pictures.all[which]))
            before = model.image_prefix(prefix, seen)[torch.from_numpy(back)]
        room = min(most, CONTEXT - before.shape[1] - max(len(rows[i]) for i in chosen))
        decoder = Decoder(model, before, [rows[i] for i in chosen], room)
        written, done = [[] for _ in chosen], np.zeros(len(chosen), bool)
        for _ in range(room):
            tokens = decoder.logits.argmax(-1)
            for i, token in enumerate(tokens.tolist()):
                done[i] |= token == tokenizer.end
                if not done[i]:
                    written[i].append(token)
            if done.all():
                break
            decoder.feed(tokens)
        for i, tokens in zip(chosen, written):
            out[i] = tokenizer.decode(tokens)

    parallel.each(work, [order[at : at + batch] for at in range(0, len(order), batch)])
    return out


class Shown:
    """Which picture goes with which row."""

    def __init__(self, all_pictures, of_row):
        self.all, self.of_row = all_pictures, of_row


def is_right(protocol, item, response):
    answer = read_answer(protocol, response)
    return answer is not None and answer.casefold() == wanted_answer(protocol, item).casefold()


def score(model, tokenizer, folder, most_items, seed=0):
    """{(protocol, condition): [right or not per item]}, and the items and responses that go with it."""
    random = np.random.default_rng(seed)
    items = folder.items
    if most_items and most_items < len(items):
        items = [items[i] for i in sorted(random.choice(len(items), most_items, replace=False))]
    own = np.array([item["picture"] for item in items])
    # Some pictures on: never its own.
    swapped = (own + random.integers(1, len(folder.truth), len(own))) % len(folder.truth)
    results, texts = {}, {}
    for name, protocol in load_protocols().items():
        rows = [question_tokens(tokenizer, protocol, item) for item in items]
        for condition in CONDITIONS:
            shown = {"image": own, "swapped": swapped}.get(condition)
            pictures = None if shown is None else Shown(folder.pictures, shown)
            said = answers(model, tokenizer, pictures, rows)
            results[name, condition] = [is_right(protocol, item, text) for item, text in zip(items, said)]
            texts[name, condition] = said
    return items, results, texts


def print_table(items, results):
    groups = defaultdict(list)
    for i, item in enumerate(items):
        groups["all"].append(i)
        groups["  " + item["kind"]].append(i)
        groups[item["capability"]].append(i)
        groups[item["capability"] + " / " + item["topic"]].append(i)
    print("%-36s %6s" % ("accuracy in %", "n") + "".join("%10s%10s" % (p, c) for p, c in results))
    for name in sorted(groups):
        chosen = groups[name]
        shares = [100 * np.mean([results[key][i] for i in chosen]) for key in results]
        print("%-36s %6d" % (name, len(chosen)) + "".join("%20.1f" % share for share in shares))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trained", required=True, help="the folder that train.py writes to")
    arguments.add_argument("--data", required=True, help="a held-out folder of `osler phantom generate`")
    arguments.add_argument("--items", type=int, default=800, help="how many questions, drawn at random; 0: all")
    arguments.add_argument("--show", type=int, default=0, help="print so many questions and responses")
    options = arguments.parse_args()
    model, tokenizer = load_model(Path(options.trained))
    round_to_f16(model)
    folder = load_folder(options.data, Path(options.trained) / "cache")
    items, results, texts = score(model, tokenizer, folder, options.items)
    print_table(items, results)
    for i in range(min(options.show, len(items))):
        print("\n%(id)s %(kind)s: %(question)s %(options)s" % {"options": "", **items[i]})
        print("  gold %r" % items[i]["answer"])
        for (protocol, condition), said in texts.items():
            print("  %-7s %-9s %r" % (protocol, condition, said[i]))


if __name__ == "__main__":
    main()
