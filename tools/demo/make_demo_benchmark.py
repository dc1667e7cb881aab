#!/usr/bin/env python3
"""Draws the demo's benchmark: 16 made-up slices, 6 questions each, with gold answers that follow from the drawing.

Usage: make_demo_benchmark.py OUTPUT_FOLDER     (needs Debian's python3-pil; deterministic)

Each picture is a bright oval (the head) on black with two darker ventricles and up to two round lesions of known side,
size and brightness. The questions ask what is there (understanding) and what follows from it (reasoning). No patient,
no real image and no other data set is involved.
"""
import json
import pathlib
import random
import sys

from PIL import Image, ImageDraw

SIZE = 112
CENTRE = SIZE // 2
IMAGES = 16


def lesion(generator, side):
    x = CENTRE + (18 if side == "right" else -18) + generator.randint(-4, 4)
    y = CENTRE + generator.randint(-16, 16)
    return {"side": side, "x": x, "y": y, "radius": generator.choice([4, 6, 9]),
            "bright": generator.random() < 0.5}


def draw(lesions, seed):
    generator = random.Random(seed)
    image = Image.new("L", (SIZE, SIZE), 0)
    pen = ImageDraw.Draw(image)
    pen.ellipse((14, 8, SIZE - 14, SIZE - 8), fill=200)
    pen.ellipse((18, 12, SIZE - 18, SIZE - 12), fill=110)
    for offset in (-9, 9):
        pen.ellipse((CENTRE + offset - 4, 42, CENTRE + offset + 4, 68), fill=60)
    for spot in lesions:
        box = (spot["x"] - spot["radius"], spot["y"] - spot["radius"],
               spot["x"] + spot["radius"], spot["y"] + spot["radius"])
        pen.ellipse(box, fill=170 if spot["bright"] else 30)
    pixels = image.load()
    for y in range(SIZE):
        for x in range(SIZE):
            if pixels[x, y]:
                pixels[x, y] = max(0, min(255, pixels[x, y] + generator.randint(-6, 6)))
    return image


def mcq(question, options, answer, capability, generator):
    order = list(options)
    generator.shuffle(order)
    return {"question": question, "options": order, "answer": answer, "capability": capability}


def yes_no(question, truth, capability):
    return {"question": question, "answer": "yes" if truth else "no", "capability": capability}


def questions(lesions, generator):
    sides = sorted({spot["side"] for spot in lesions})
    where = {(): "neither side", ("left",): "the left side", ("right",): "the right side",
             ("left", "right"): "both sides"}[tuple(sides)]
    areas = {side: sum(spot["radius"] ** 2 for spot in lesions if spot["side"] == side) for side in ("left", "right")}
    if areas["left"] == areas["right"]:
        heavier = "neither: both are equal"
    else:
        heavier = "the left half" if areas["left"] > areas["right"] else "the right half"
    shift = {"the left half": "to the right", "the right half": "to the left"}.get(heavier, "not at all")
    return [
        yes_no("Is there a focal lesion in this slice?", bool(lesions), "understanding"),
        mcq("On which side of the picture is a lesion seen?",
            ["the left side", "the right side", "both sides", "neither side"], where, "understanding", generator),
        mcq("How many lesions are seen?", ["none", "one", "two", "three"],
            ["none", "one", "two"][len(lesions)], "understanding", generator),
        yes_no("Is any lesion brighter than the tissue around it?", any(s["bright"] for s in lesions),
               "understanding"),
        mcq("Which half of the picture holds the larger total lesion area?",
            ["the left half", "the right half", "neither: both are equal"], heavier, "reasoning", generator),
        mcq("If every lesion pushed the midline away in proportion to its area, where would the midline move?",
            ["to the left", "to the right", "not at all"], shift, "reasoning", generator),
    ]


def main():
    out = pathlib.Path(sys.argv[1])
    (out / "images").mkdir(parents=True, exist_ok=True)
    generator = random.Random(20250726)
    lines = []
    for index in range(IMAGES):
        sides = [[], ["left"], ["right"], ["left", "right"]][index % 4]
        lesions = [lesion(generator, side) for side in sides]
        name = f"slice-{index:02d}.png"
        draw(lesions, index).save(out / "images" / name, optimize=True)
        for number, item in enumerate(questions(lesions, generator)):
            lines.append(json.dumps({"id": f"{index:02d}-{number}", "image": name, **item}))
    (out / "items.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
