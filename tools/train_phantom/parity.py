"""Stores what PyTorch computes for a few prompts, for tests/engine/llama/phantom_parity_test.cpp to compare with.

The models are read back from their GGUF files' weights as rounded there: a trained folder's checkpoint, rounded."""

import argparse
import json
import shutil
from pathlib import Path

import parallel  # noqa: F401

import numpy as np
import torch

from checkpoint import load_model
from data import prefix_tokens, question_tokens, read_lines, read_picture
from evaluate import Decoder
from model import round_to_f16
from protocols import REPOSITORY, load_protocols, options_of, prompt_text

TESTS = REPOSITORY / "tests" / "engine" / "llama"
BEST = 8  # Logits that are stored for each place.
PLACES = 12  # Places of an answer that are looked at.


def place(logits):
    """The best few logits of one place, and the sum that all of them go into."""
    values, tokens = logits.topk(BEST)
    return {
        "logits": [[int(token), round(float(value), 5)] for token, value in zip(tokens, values)],
        "log_sum_exp": round(float(logits.double().logsumexp(0)), 5),
        "next": int(tokens[0]),
    }


@torch.no_grad()
def case(model, tokenizer, folder, item, protocol, image):
    """image: the name of the test's copy of the picture, or None to ask without it."""
    prefix, row = prefix_tokens(tokenizer), question_tokens(tokenizer, protocol, item)
    if image is None:
        before = model.text_prefix(torch.tensor(prefix), 1)
    else:
        pixels = torch.from_numpy(np.array(read_picture(folder / item["image"])))[None]
        before = model.image_prefix(torch.tensor(prefix), model.vision(pixels))
    decoder, places = Decoder(model, before, [row], PLACES), []
    for _ in range(PLACES):
        places.append(place(decoder.logits[0]))
        decoder.feed(torch.tensor([places[-1]["next"]]))
    return {
        "model": "phantom-" + model.size,
        "image": image,
        "protocol": protocol["name"],
        "kind": item["kind"],
        "question": item["question"],
        "options": options_of(item),
        "text": prompt_text(protocol, item),
        "tokens": prefix + row,
        "places": places,
    }


def chosen_items(folder, images):
    """Of each of the first pictures the first question of every kind."""
    chosen = {}
    for item in read_lines(folder / "items.jsonl"):
        picture = int(item["id"].split("-")[0])
        if picture < images:
            chosen.setdefault((picture, item["kind"]), item)
    return list(chosen.values())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--trained", nargs="+", required=True, help="folders that train.py wrote to")
    arguments.add_argument("--data", required=True, help="a folder of `osler phantom generate`")
    arguments.add_argument("--images", type=int, default=2, help="how many of its pictures are stored with the test")
    arguments.add_argument("--out", default=str(TESTS))
    options = arguments.parse_args()
    folder, out = Path(options.data), Path(options.out)
    items, protocols, cases = chosen_items(folder, options.images), load_protocols(), []
    names = {}
    for item in items:
        names[item["image"]] = "phantom_parity_%s.png" % item["id"].split("-")[0]
        shutil.copyfile(folder / item["image"], out / names[item["image"]])
    for trained in options.trained:
        model, tokenizer = load_model(Path(trained))
        round_to_f16(model)
        for item in items:
            for protocol in protocols.values():
                cases.append(case(model, tokenizer, folder, item, protocol, names[item["image"]]))
        cases.append(case(model, tokenizer, folder, items[0], protocols["paper"], None))
    lines = ",\n".join(json.dumps(one) for one in cases)
    (out / "phantom_parity.json").write_text("[\n" + lines + "\n]\n", encoding="utf-8")
    print("%d cases for %d models" % (len(cases), len(options.trained)))


if __name__ == "__main__":
    main()
