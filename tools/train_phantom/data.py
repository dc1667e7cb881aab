"""What `osler phantom generate` wrote, as arrays that training can index: pictures, dense truth, questions."""

import json
import multiprocessing
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from protocols import PREFIX, SUFFIX, TURN_END, Piece, load_protocols, prompt_text, target

SIDE = 192
PATCH = 16
GRID = SIDE // PATCH
PATCHES = GRID * GRID
FAMILIES = ("ct", "radiograph", "ultrasound", "histology")
MAPS = ("brighter", "darker", "index", "sign")  # Sign: the index lesion, where it bears the sign.
SAMPLES = 4  # Points per patch and direction when a lesion's share of a patch is measured.

# What a token of a row is for: the question, the words of an answer, or the answer itself.
ASKED, WORDS, ANSWER = 0, 1, 2


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def read_picture(path):
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    if pixels.shape != (SIDE, SIDE, 3):
        raise ValueError("%s is %s, not %dx%d" % (path, pixels.shape, SIDE, SIDE))
    return pixels


class Folder(NamedTuple):
    """One generated set. `items` come with the index of their picture in the field `picture`."""

    path: Path
    pictures: np.ndarray  # (images, 192, 192, 3), uint8, on disk
    truth: list
    items: list


def load_pictures(folder, names, cache):
    """Decodes every picture once; later runs map the result from disk."""
    cache.mkdir(parents=True, exist_ok=True)
    stored = cache / ("%s-%d.npy" % (folder.resolve().name, len(names)))
    newest = (folder / "items.jsonl").stat().st_mtime
    if not stored.exists() or stored.stat().st_mtime < newest:
        partial = stored.with_suffix(".part")
        shape = (len(names), SIDE, SIDE, 3)
        pixels = np.lib.format.open_memmap(partial, mode="w+", dtype=np.uint8, shape=shape)
        with multiprocessing.Pool(2) as pool:
            paths = (folder / name for name in names)
            for i, picture in enumerate(pool.imap(read_picture, paths, chunksize=64)):
                pixels[i] = picture
        pixels.flush()
        partial.rename(stored)
    return np.load(stored, mmap_mode="r")


def load_folder(path, cache, most=None):
    path = Path(path)
    truth = read_lines(path / "truth.jsonl")[:most]
    index = {entry["image"]: i for i, entry in enumerate(truth)}
    items = [item for item in read_lines(path / "items.jsonl") if item["image"] in index]
    for item in items:
        item["picture"] = index[item["image"]]
    pictures = load_pictures(path, [entry["image"] for entry in truth], Path(cache))
    return Folder(path, pictures, truth, items)


class Truth(NamedTuple):
    """Per picture: shares of patches in sixteenths, and facts; masks say where a fact exists."""

    maps: np.ndarray  # (images, 4, 144) uint8, 0 to 16, as MAPS has them
    family: np.ndarray  # int64
    counts: np.ndarray  # (images, 2) int64, number of lesions in the left and in the right half of the picture
    flags: np.ndarray  # (images, 4) float32: background, sign, index lesion is brighter, midline lies to the right
    has_sign: np.ndarray
    has_shift: np.ndarray
    shape: np.ndarray  # (images, 6) float32: x, y, radii, sine and cosine of twice the angle of the index lesion
    has_lesion: np.ndarray


def lesion_share(lesion):
    """The share of every patch that lies in a lesion, in sixteenths."""
    step = PATCH / SAMPLES
    at = (np.arange(GRID * SAMPLES) + 0.5) * step
    x, y = np.meshgrid(at - lesion["x"], at - lesion["y"])
    cosine, sine = lesion["axis"]
    along, across = x * cosine + y * sine, y * cosine - x * sine
    inside = (along / lesion["rx"]) ** 2 + (across / lesion["ry"]) ** 2 <= 1
    return inside.reshape(GRID, SAMPLES, GRID, SAMPLES).sum(axis=(1, 3)).reshape(PATCHES)


def halves(entry):
    right = sum(lesion["x"] > SIDE / 2 for lesion in entry["lesions"])
    return len(entry["lesions"]) - right, right


def dense_truth(entries):
    images = len(entries)
    maps = np.zeros((images, len(MAPS), PATCHES), np.uint8)
    flags, shape = np.zeros((images, 4), np.float32), np.zeros((images, 6), np.float32)
    for i, entry in enumerate(entries):
        flags[i, 0] = entry["background"]
        flags[i, 1] = entry.get("sign") or 0
        flags[i, 3] = entry.get("midline_shift", 0) > 0
        for nth, lesion in enumerate(entry["lesions"]):
            share = lesion_share(lesion)
            which = 0 if lesion["brighter"] else 1
            maps[i, which] = np.maximum(maps[i, which], share)
            if nth > 0:
                continue
            maps[i, 2] = share
            maps[i, 3] = share * (flags[i, 1] > 0)
            flags[i, 2] = lesion["brighter"]
            cosine, sine = lesion["axis"]
            middle = [2 * lesion["x"] / SIDE - 1, 2 * lesion["y"] / SIDE - 1]
            shape[i] = middle + [lesion["rx"] / 32, lesion["ry"] / 32, 2 * sine * cosine, cosine**2 - sine**2]
    return Truth(
        maps=maps,
        family=np.array([FAMILIES.index(entry["family"]) for entry in entries], np.int64),
        counts=np.array([halves(entry) for entry in entries], np.int64),
        flags=flags,
        has_sign=np.array([entry.get("sign") is not None for entry in entries]),
        has_shift=np.array([entry.get("midline_shift", 0) != 0 for entry in entries]),
        shape=shape,
        has_lesion=np.array([bool(entry["lesions"]) for entry in entries]),
    )


class Rows(NamedTuple):
    """Questions with their answers as tokens, one after the other; row r is tokens[start[r]:start[r + 1]]."""

    tokens: np.ndarray  # int16
    part: np.ndarray  # uint8: ASKED, WORDS or ANSWER
    start: np.ndarray  # int64
    length: np.ndarray  # int64


def question_tokens(tokenizer, protocol, item):
    """What follows the picture (or PREFIX, without one) up to where the answer begins."""
    return tokenizer.encode(prompt_text(protocol, item) + SUFFIX)


def prefix_tokens(tokenizer):
    return tokenizer.encode(PREFIX)


def tokenize_rows(tokenizer, protocol, items):
    tokens, part, start = [], [], [0]
    for item in items:
        asked = question_tokens(tokenizer, protocol, item)
        tokens += asked
        part += [ASKED] * len(asked)
        for piece in target(protocol, item) + [Piece(TURN_END, False)]:
            encoded = tokenizer.encode(piece.text)
            tokens += encoded
            part += [ANSWER if piece.decides else WORDS] * len(encoded)
        start.append(len(tokens))
    start = np.array(start, np.int64)
    return Rows(np.array(tokens, np.int16), np.array(part, np.uint8), start, np.diff(start))


def texts_for_tokenizer(folders):
    """Counts all texts that a model reads or writes; every text once, but common ones as often as they come."""
    protocols, texts = load_protocols(), Counter()
    for folder in folders:
        for item in folder.items:
            for protocol in protocols.values():
                texts[PREFIX.split("|>")[1]] += 1
                texts[prompt_text(protocol, item)] += 1
                texts["".join(piece.text for piece in target(protocol, item))] += 1
    return texts
