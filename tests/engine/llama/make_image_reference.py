#!/usr/bin/python3
"""Makes image_reference.json, what image_size_test.cpp and resize_test.cpp compare with:
    /usr/bin/python3 tests/engine/llama/make_image_reference.py > tests/engine/llama/image_reference.json

Needs Pillow (Debian: python3-pil), which resizes pictures of noise here; their hashes are kept. The sizes come from
Python's own numbers, which is what they are about: the formula is that of smart_resize in Hugging Face's transformers.
"""
import hashlib
import json
import math
import random

import PIL
from PIL import Image


def noise(width, height, seed):
    """SplitMix64, eight bytes a step from the lowest: loud enough that the cubic leaves the range of a byte."""
    mask = 2**64 - 1
    state = seed
    out = bytearray()
    while len(out) < 3 * width * height:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        out += (z ^ (z >> 31)).to_bytes(8, "little")
    return bytes(out[: 3 * width * height])


def resized(width, height, to_width, to_height, seed):
    image = Image.frombytes("RGB", (width, height), noise(width, height, seed))
    pixels = image.resize((to_width, to_height), Image.Resampling.BICUBIC).tobytes()
    return {"from": [width, height], "to": [to_width, to_height], "seed": seed,
            "sha256": hashlib.sha256(pixels).hexdigest()}


def size(width, height, factor, least, most):
    high, wide = round(height / factor) * factor, round(width / factor) * factor
    if high * wide > most:
        beta = math.sqrt((height * width) / most)
        high = max(factor, math.floor(height / beta / factor) * factor)
        wide = max(factor, math.floor(width / beta / factor) * factor)
    elif high * wide < least:
        beta = math.sqrt(least / (height * width))
        high = math.ceil(height * beta / factor) * factor
        wide = math.ceil(width * beta / factor) * factor
    return [width, height, factor, least, most, wide, high]


def sizes():
    draw = random.Random(11)
    ranges = [(28, 3136, 12845056), (28, 3136, 28 * 28 * 1280), (28, 3136, 28 * 28 * 4096), (32, 65536, 16777216)]
    for factor, least, most in ranges:
        fixed = [1, 2, 9, 10, 13, 14, 15, 27, 28, 41, 42, 43, 56, 70, 98, 126, 350, 448, 574, 630, 1022]
        yield from (size(side, side, factor, least, most) for side in fixed)
        halves = [(factor * k + factor // 2, factor * n + factor // 2) for k in range(8) for n in range(8)]
        yield from (size(w, h, factor, least, most) for w, h in halves)
        for _ in range(150):
            # From thumbnails to scans of slides, none more than 200 times as long as wide.
            wide = int(10 ** draw.uniform(0, 4.6))
            high = min(max(1, int(wide * 10 ** draw.uniform(-2.3, 2.3))), 60000)
            if max(wide, high) <= 200 * min(wide, high):
                yield size(wide, high, factor, least, most)


resizes = [
    (350, 350, 336, 336), (574, 574, 560, 560), (448, 448, 448, 448), (640, 480, 644, 476), (1023, 769, 476, 364),
    (500, 700, 700, 500), (97, 31, 980, 308), (1, 1, 56, 56), (1, 97, 28, 476), (97, 1, 476, 28), (13, 7, 1, 1),
    (1000, 3, 28, 28), (2, 2, 3, 3), (301, 200, 301, 28), (301, 200, 28, 200), (1021, 1019, 28, 28), (5, 4, 640, 2),
]
print(json.dumps({"pillow": PIL.__version__,
                  "resized": [resized(*sides, seed) for seed, sides in enumerate(resizes, 1)],
                  "sizes": list(sizes())}, separators=(",", ":")).replace("],[", "],\n[").replace("},{", "},\n{"))
