#!/usr/bin/env python3
"""What a harness in Python does with the same run, for comparison with pipeline_bench.

    build/release/bin/pipeline_bench --make FOLDER
    bench/grade_like_python.py FOLDER

Reads items.jsonl and responses.jsonl line by line with the json module, takes the last boxed letter by a regular
expression, compares it with the gold option, and writes one row per item: as parquet where pandas and pyarrow are
installed, else as JSON. It does less than Osler: no rules beyond a single letter, no spans, no refusals, no open
answers, no check of what it reads.
"""

import json
import pathlib
import re
import resource
import sys
import time

BOX = re.compile(r"\\boxed\{\s*\(?([A-Z])\b[^{}]*\}")
KEPT = ("finish", "prompt_hash", "image_cluster", "prompt_tokens", "completion_tokens", "prefill_ms", "decode_ms")


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def graded(item, response):
    letters = BOX.findall(response["text"])
    answer = letters[-1] if letters else ""
    gold = chr(ord("A") + item["gold_option"]) if "gold_option" in item else item["gold"]
    row = {
        "item_id": item["id"],
        "kind": item["kind"],
        "capability": item["capability"],
        "gold": gold,
        "answer": answer,
        "correct": int(answer == gold),
        "parsed": int(bool(letters)),
        "strata": item["strata"],
    }
    row.update((key, response[key]) for key in KEPT)
    return row


def write(rows, folder):
    try:
        import pandas
        import pyarrow  # noqa: F401
    except ImportError:
        with open(folder / "grades_like_python.json", "w", encoding="utf-8") as file:
            json.dump(rows, file)
        return "JSON"
    pandas.DataFrame(rows).to_parquet(folder / "grades_like_python.parquet")
    return "parquet"


def grade_run(folder):
    responses = {response["id"]: response for response in read_lines(folder / "responses.jsonl")}
    items = read_lines(folder / "items.jsonl")
    rows = [graded(item, responses[item["id"]]) for item in items if item["id"] in responses]
    return len(rows), write(rows, folder)


def main():
    folder = pathlib.Path(sys.argv[1])
    times = []
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3):
        wall, cpu = time.perf_counter(), time.process_time()
        count, form = grade_run(folder)
        times.append((time.perf_counter() - wall, time.process_time() - cpu))
    wall, cpu = min(times)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    print(f"Python {sys.version.split()[0]}: {count} responses to {form} in {wall:.2f} s (CPU {cpu:.2f} s), {peak:.0f} MB")


if __name__ == "__main__":
    main()
