#!/usr/bin/env python3
"""Turns the pickles of PathVQA's own release (pvqa/qas/<split>/<split>_qa.pkl) into pathvqa_<split>.json beside
pvqa/images, which Osler reads (form json of the card pathvqa).

A pickle may run anything when it is opened, so Osler never opens one. This script refuses all but plain lists, dicts,
texts and numbers. Needs Python 3 and nothing else.

    tools/convert/pathvqa_pickles.py ~/data/pvqa
    osler data check pathvqa --form json --data ~/data/pvqa
"""

import argparse
import json
import pathlib
import pickle
import sys


class PlainUnpickler(pickle.Unpickler):
    """Knows no classes: an attack has nothing to call."""

    def find_class(self, module, name):
        raise pickle.UnpicklingError(f"asks for {module}.{name}, which is not plain data")


def read_rows(path):
    with open(path, "rb") as file:
        # latin1: pickles of Python 2 hold bytes, which are ASCII here.
        rows = PlainUnpickler(file, encoding="latin1").load()
    if not isinstance(rows, list):
        raise ValueError("is not a list of questions")
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or not {"image", "question", "answer"} <= row.keys():
            raise ValueError(f"has no image, question and answer in its record {number}")
    return [{key: str(row[key]) for key in ("image", "question", "answer")} for row in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path, help="the unpacked pvqa folder (with qas and images)")
    folder = parser.parse_args().folder
    pickles = sorted(folder.glob("qas/*/*_qa.pkl"))
    if not pickles:
        sys.exit(f"{folder}: no qas/<split>/<split>_qa.pkl is here; give the folder that pvqa.zip unpacks to")
    for path in pickles:
        split = path.name[: -len("_qa.pkl")]
        target = folder / f"pathvqa_{split}.json"
        try:
            rows = read_rows(path)
        except Exception as problem:  # A broken pickle may raise nearly anything.
            sys.exit(f"{path}: {problem}")
        target.write_text(json.dumps(rows, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        print(f"{target}: {len(rows)} questions")


if __name__ == "__main__":
    main()
