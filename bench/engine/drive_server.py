#!/usr/bin/env python3
"""Answers a benchmark of make_engine_bench through llama-server, in the pictures' order, as its users do.

    bench/engine/drive_server.py --server PATH/llama-server --model M.gguf --mmproj P.gguf --set FOLDER \\
        --tokens 4 --parallel 1

Starts the server, waits until it is ready (so loading is left out), sends one chat request per question and prints
seconds as one line of JSON. With --parallel N up to N requests are under way, those of the same picture together. With
--prime the first question of a picture is answered before the others are sent, so that they find its prefix cached.
"""

import argparse
import base64
import concurrent.futures
import csv
import http.client
import itertools
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time


def questions_by_picture(folder):
    with open(folder / "items.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [list(group) for _, group in itertools.groupby(rows, key=lambda row: row["image"])]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    def __init__(self, args):
        self.port = free_port()
        self.log = tempfile.TemporaryFile()
        command = [args.server, "--model", args.model, "--mmproj", args.mmproj, "--host", "127.0.0.1",
                   "--port", str(self.port), "--ctx-size", str(args.context), "--parallel", str(args.parallel),
                   "--kv-unified", "--threads", str(args.threads), "--cache-prompt", *args.server_option]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)

    def __enter__(self):
        while True:
            if self.process.poll() is not None:
                self.log.seek(0)
                raise SystemExit("llama-server ended: " + self.log.read()[-2000:].decode(errors="replace"))
            try:
                if self.ask("GET", "/health")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=3600)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read()


def ask(server, picture, question, tokens):
    body = {"max_tokens": tokens, "temperature": 0, "cache_prompt": True, "messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + picture}},
        {"type": "text", "text": question}]}]}
    status, answer = server.ask("POST", "/v1/chat/completions", json.dumps(body))
    answer = json.loads(answer)
    if status != 200:
        raise SystemExit(f"llama-server answers {status}: {answer}")
    if answer["usage"]["completion_tokens"] != tokens:
        raise SystemExit(f"an answer has {answer['usage']['completion_tokens']} tokens instead of {tokens}")
    return answer


def run(args):
    pictures = questions_by_picture(pathlib.Path(args.set))
    answers = []
    with Server(args) as server, concurrent.futures.ThreadPoolExecutor(args.parallel) as pool:
        start = time.monotonic()
        for rows in pictures:
            picture = base64.b64encode((pathlib.Path(args.set) / "images" / rows[0]["image"]).read_bytes()).decode()
            primed = 1 if args.prime else 0
            answers += [ask(server, picture, row["question"], args.tokens) for row in rows[:primed]]
            under_way = [pool.submit(ask, server, picture, row["question"], args.tokens) for row in rows[primed:]]
            answers += [future.result() for future in under_way]
        seconds = time.monotonic() - start
    cached = [answer["usage"].get("prompt_tokens_details", {}).get("cached_tokens", 0) for answer in answers]
    return {"mode": "server", "parallel": args.parallel, "primed": args.prime, "seconds": seconds,
            "questions": len(answers), "tokens": sum(answer["usage"]["completion_tokens"] for answer in answers),
            "prompt_tokens": answers[-1]["usage"]["prompt_tokens"], "cached_tokens": sum(cached)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("server", "model", "mmproj", "set"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--tokens", type=int, default=4)
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--prime", action="store_true")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--context", type=int, default=8192)
    parser.add_argument("--server-option", action="append", default=[], help="handed to llama-server as it is")
    print(json.dumps(run(parser.parse_args())))


if __name__ == "__main__":
    sys.exit(main())
