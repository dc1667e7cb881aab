"""Trains one of the phantom models from folders of `osler phantom generate`: first the vision tower, then all of it."""

import argparse
import time
from pathlib import Path

import parallel  # noqa: F401

import numpy as np
import torch

import checkpoint
from data import FAMILIES, dense_truth, load_folder, prefix_tokens, texts_for_tokenizer, tokenize_rows
from evaluate import print_table, score
from export import export
from language_stage import Corpus, train_language
from model import SIZES, Phantom
from protocols import PROTOCOLS, load_protocols
from tokenizer import Tokenizer
from vision_stage import measure, train_vision

SLOW_GFLOPS = 10  # Of one core. Reference BLAS has about 2 on any machine, OpenBLAS 50 and more.


def parse_arguments():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    add = arguments.add_argument
    add("--size", choices=sorted(SIZES), required=True)
    add("--data", nargs="+", required=True, help="folders to learn from")
    add("--held-out", help="a folder to measure on; not learnt from")
    add("--out", required=True, help="where tokenizer, checkpoint, cache and files go")
    add("--tokenizer", help="a tokenizer.json to use instead of training one")
    add("--seed", type=int, default=1)
    add("--vocabulary", type=int, default=768, help="tokens, the 256 bytes included")
    add("--vision-steps", type=int, default=2000)
    add("--vision-batch", type=int, default=48)
    add("--vision-rate", type=float, default=1e-3)
    add("--language-steps", type=int, default=1350)
    add("--language-batch", type=int, default=8, help="pictures in a step")
    add("--questions-per-image", type=int, default=8)
    add("--language-rate", type=float, default=2.5e-3)
    add("--projector-factor", type=float, default=0.3, help="on the language model's rate")
    add("--tower-factor", type=float, default=0.06, help="on the language model's rate; 0 leaves the tower as it is")
    add("--paper-share", type=float, default=0.6, help="of questions under `paper`; the others are under `direct`")
    add("--blind-share", type=float, default=0.06, help="of questions without a picture")
    add("--swapped-share", type=float, default=0.06, help="of pictures shown with the questions of another family")
    add("--answer-weight", type=float, default=4.0, help="of the answer's tokens, against 1 for what leads to it")
    add("--report-every", type=int, default=50)
    add("--checkpoint-every", type=int, default=500)
    add("--images", type=int, help="use only the first so many images of each folder")
    add("--resume", action="store_true", help="skip the vision stage if the checkpoint is past it")
    return arguments.parse_args()


def require_fast_blas():
    a = torch.randn(768, 768)
    torch.matmul(a, a)
    began = time.time()
    for _ in range(5):
        torch.matmul(a, a)
    gflops = 5 * 2 * 768**3 / (time.time() - began) / 1e9
    if gflops < SLOW_GFLOPS:
        raise SystemExit(
            "matrix products run at %.1f GFLOPS, as the reference BLAS does, and training would take days: "
            "apt-get install libopenblas0-pthread" % gflops
        )
    print("matrix products: %.0f GFLOPS" % gflops, flush=True)


class Pictures:
    """The pictures of several folders as one list."""

    def __init__(self, folders):
        self.parts = [folder.pictures for folder in folders]
        self.bounds = np.cumsum([0] + [len(part) for part in self.parts])

    def __len__(self):
        return int(self.bounds[-1])

    def batch(self, chosen):
        parts = np.searchsorted(self.bounds, chosen, side="right") - 1
        return np.stack([self.parts[part][i - self.bounds[part]] for part, i in zip(parts, chosen)])


def tokenizer_for(options, out, folders):
    path = out / checkpoint.TOKENIZER
    if options.tokenizer:
        tokenizer = Tokenizer.load(Path(options.tokenizer))
    elif options.resume and path.exists():
        tokenizer = Tokenizer.load(path)
    else:
        tokenizer = Tokenizer.train(texts_for_tokenizer(folders), options.vocabulary)
    tokenizer.save(path)
    return tokenizer


def corpus_for(tokenizer, folders, bounds):
    items = [item for folder in folders for item in folder.items]
    pictures = [item["picture"] + bounds[i] for i, folder in enumerate(folders) for item in folder.items]
    protocols = load_protocols()
    rows = [tokenize_rows(tokenizer, protocols[name], items) for name in PROTOCOLS]
    for name, r in zip(PROTOCOLS, rows):
        print("%s: %d questions, %.0f tokens each, at most %d" % (name, len(items), r.length.mean(), r.length.max()))
    return Corpus(rows, np.array(pictures), int(bounds[-1]))


def main():
    options = parse_arguments()
    require_fast_blas()
    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    began = time.time()

    def say(text):
        print("[%6.1f min] %s" % ((time.time() - began) / 60, text), flush=True)

    folders = [load_folder(path, out / "cache", options.images) for path in options.data]
    held_out = load_folder(options.held_out, out / "cache") if options.held_out else None
    pictures = Pictures(folders)
    tokenizer = tokenizer_for(options, out, folders)
    torch.manual_seed(options.seed)
    model = Phantom(options.size, len(tokenizer))
    count = sum(parameter.numel() for parameter in model.parameters())
    say("%d images, %d tokens in the vocabulary, %.2f M parameters" % (len(pictures), len(tokenizer), count / 1e6))

    def progress(stage, steps):
        def report(step, text):
            say("%s %d/%d %s" % (stage, step, steps, text))
            if step % options.checkpoint_every == 0:
                checkpoint.save(out, model, stage, step)

        return report

    state = checkpoint.load(out) if options.resume else None
    past_vision = state is not None and (state["stage"] != "vision" or state["step"] >= options.vision_steps)
    if past_vision and state["size"] == options.size and state["vocabulary"] == len(tokenizer):
        model.load_state_dict(state["model"])
        say("goes on from the checkpoint (%s, step %d)" % (state["stage"], state["step"]))
    elif options.vision_steps:
        truth = dense_truth([entry for folder in folders for entry in folder.truth])
        say("stage 1: seeing")
        heads = train_vision(model, pictures, truth, options, progress("vision", options.vision_steps))
        if held_out:
            found = measure(model.vision, heads, held_out.pictures, dense_truth(held_out.truth))
            say("held out: " + " ".join("%s %.3f" % fact for fact in found.items()))
        checkpoint.save(out, model, "vision", options.vision_steps)
    if options.language_steps:
        say("stage 2: answering")
        corpus = corpus_for(tokenizer, folders, pictures.bounds)
        prefix = torch.tensor(prefix_tokens(tokenizer))
        report = progress("language", options.language_steps)
        families = np.array([FAMILIES.index(entry["family"]) for folder in folders for entry in folder.truth])
        train_language(model, prefix, pictures, corpus, families, options, tokenizer.padding, report)
        checkpoint.save(out, model, "language", options.language_steps)
    model.eval()
    for path in export(model, tokenizer, out / "gguf"):
        say("%s: %d bytes" % (path, path.stat().st_size))
    if held_out:
        items, results, _ = score(model, tokenizer, held_out, 800)
        print_table(items, results)
        say("done")


if __name__ == "__main__":
    main()
