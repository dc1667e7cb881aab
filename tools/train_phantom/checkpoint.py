"""What training leaves on disk: the tokenizer, and one file with the model and all that is needed to go on."""

import os
from pathlib import Path

import torch

from model import Phantom
from tokenizer import Tokenizer

TOKENIZER = "tokenizer.json"
CHECKPOINT = "checkpoint.pt"


def save(folder, model, stage, step, extra=None):
    """Replaces the checkpoint in one go, so that one may evaluate while training runs."""
    state = {
        "size": model.size,
        "vocabulary": model.vocabulary,
        "model": model.state_dict(),
        "stage": stage,
        "step": step,
        "extra": extra or {},
    }
    partial = Path(folder) / (CHECKPOINT + ".part")
    torch.save(state, partial)
    os.replace(partial, Path(folder) / CHECKPOINT)


def load(folder):
    path = Path(folder) / CHECKPOINT
    return torch.load(path, map_location="cpu") if path.exists() else None


def load_model(folder):
    """The model of a training folder, as far as it has come, and its tokenizer."""
    state = load(folder)
    if state is None:
        raise SystemExit("%s has no %s: train first" % (folder, CHECKPOINT))
    model = Phantom(state["size"], state["vocabulary"])
    model.load_state_dict(state["model"])
    return model.eval(), Tokenizer.load(Path(folder) / TOKENIZER)
