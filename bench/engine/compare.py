#!/usr/bin/env python3
"""Osler beside llama.cpp's own ways, in one go on one machine: the table of docs/performance.md.

    build/release/bin/make_engine_bench model --shape middling /tmp/bench/middling
    build/release/bin/make_engine_bench questions --images 4 /tmp/bench/set
    bench/engine/compare.py --model /tmp/bench/middling/bench-middling.gguf \\
        --mmproj /tmp/bench/middling/mmproj-bench-middling-f16.gguf --set /tmp/bench/set \\
        --server PATH/llama-server --task short --json /tmp/bench/short.json

Sides: (a) naive, one question at a time as llama-mtmd-cli works; (b) llama-server with its prompt cache, one slot, and
with as many slots as a picture has questions, plain and primed; (c) osler run; (d) osler run --batch; one-by-one, osler
run --no-sharing; and the floor, bare libllama that encodes each picture once and prefills each prefix once, with the
questions one after another or together. Loading is left out everywhere. With --repeat the sides take turns and the
least seconds of each count. `scripts/build.sh release -DOSLER_LLAMA_SERVER=ON llama-server` builds llama-server
from the sources of Osler's llama.cpp.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TOKENS = {"short": 4, "reasoning": 200}
SIDES = {
    "naive": "(a) one by one, as llama-mtmd-cli",
    "server": "(b) llama-server, 1 slot",
    "server-11": "(b) llama-server, 11 slots",
    "server-11-primed": "(b) llama-server, 11 slots, primed",
    "osler": "(c) osler run",
    "osler-batch": "(d) osler run --batch",
    "osler-one-by-one": "osler run --no-sharing",
    "floor": "floor, one after another",
    "floor-batch": "floor, together",
}


def output_of(command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} failed ({done.returncode}):\n{done.stderr[-3000:].decode(errors='replace')}")
    return done.stdout


def bare(args, mode):
    return json.loads(output_of([args.bin / "bare", "--model", args.model, "--mmproj", args.mmproj, "--set", args.set,
                                 "--tokens", TOKENS[args.task], "--threads", args.threads, "--mode", mode]))


def server(args, *options):
    return json.loads(output_of([sys.executable, HERE / "drive_server.py", "--server", args.server,
                                 "--model", args.model, "--mmproj", args.mmproj, "--set", args.set,
                                 "--tokens", TOKENS[args.task], "--threads", args.threads, *options]))


def osler(args, *options):
    with tempfile.TemporaryDirectory() as out:
        start = time.monotonic()
        output_of([args.bin / "osler", "run", "--no-cache", "--model", args.model, "--mmproj", args.mmproj,
                   "--benchmark", args.set / "bench.yaml", "--data", args.set,
                   "--protocol", args.set / f"{args.task}.yaml", "--threads", args.threads, "--out", out, *options])
        wall = time.monotonic() - start
        manifest = next(pathlib.Path(out).rglob("manifest.json"))
        with open(manifest.parent / "responses.jsonl", encoding="utf-8") as file:
            responses = [json.loads(line) for line in file]
        failed = [response["error"] for response in responses if response["finish"] == "error"]
        if failed:
            raise SystemExit(f"{len(failed)} questions failed, such as: {failed[0]}")
        return {"seconds": json.loads(manifest.read_text())["seconds"], "with_loading": wall,
                "questions": len(responses),
                "tokens": sum(response["completion_tokens"] for response in responses),
                "prompt_tokens": responses[-1]["prompt_tokens"],
                "answers": {response["id"]: response["text"] for response in responses}}


def measure(args, side):
    if side in ("naive", "floor", "floor-batch"):
        return bare(args, side)
    if side == "server":
        return server(args)
    if side.startswith("server-11"):
        return server(args, "--parallel", 11, *(["--prime"] if side.endswith("primed") else []))
    return osler(args, *{"osler": [], "osler-batch": ["--batch"], "osler-one-by-one": ["--no-sharing"]}[side])


def table(args, best):
    """Each side's seconds, and how many times those of another side they are."""
    def seconds(side):
        return best[side]["seconds"] if side in best else None

    servers = [best[side]["seconds"] for side in best if side.startswith("server")]
    rivals = servers + ([seconds("naive")] if "naive" in best else [])
    lines = ["| side | seconds | per question | faster than (a) | faster than the best of (a), (b) | times the floor |",
             "|---|---|---|---|---|---|"]
    for side, result in best.items():
        own = result["seconds"]
        floor = seconds("floor-batch" if side in ("osler-batch", "floor-batch") else "floor")
        cells = [SIDES[side], f"{own:.1f}", f"{own / result['questions']:.3f}"]
        cells.append(f"{seconds('naive') / own:.2f} x" if "naive" in best else "")
        cells.append(f"{min(rivals) / own:.2f} x" if rivals else "")
        cells.append(f"{own / floor:.2f} x" if floor else "")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("model", "mmproj", "set"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--server", type=pathlib.Path, help="llama-server; without it (b) is left out")
    parser.add_argument("--bin", type=pathlib.Path, default=HERE.parent.parent / "build" / "release" / "bin")
    parser.add_argument("--task", choices=TOKENS, default="short")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--sides", default=",".join(SIDES), help="some of: " + ", ".join(SIDES))
    parser.add_argument("--json", type=pathlib.Path, help="where to write every measurement")
    args = parser.parse_args()

    sides = [side for side in args.sides.split(",") if args.server or not side.startswith("server")]
    unknown = [side for side in sides if side not in SIDES]
    if unknown:
        parser.error("no side is called " + ", ".join(unknown))
    runs = []
    for turn in range(args.repeat):
        for side in sides:
            result = {"side": side, "turn": turn, **measure(args, side)}
            print(json.dumps({key: result[key] for key in result if key != "answers"}), file=sys.stderr, flush=True)
            runs.append(result)
    if len({(run["questions"], run["tokens"]) for run in runs}) != 1:
        raise SystemExit("the sides did not answer the same questions with as many tokens: no comparison")
    best = {side: min((run for run in runs if run["side"] == side), key=lambda run: run["seconds"]) for side in sides}
    if args.json:
        args.json.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    print(f"{args.model.name}, {args.task} ({TOKENS[args.task]} tokens), {best[sides[0]]['questions']} questions, "
          f"{args.threads} threads, load average {os.getloadavg()[0]:.1f}\n")
    print(table(args, best))
    if "osler" in best and "osler-one-by-one" in best:
        same = best["osler"]["answers"] == best["osler-one-by-one"]["answers"]
        print(f"\nosler run gives {'the same' if same else 'OTHER'} answers as with --no-sharing")
    return 0


if __name__ == "__main__":
    sys.exit(main())
