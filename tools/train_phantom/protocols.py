"""Prompts exactly as Osler renders them, read from protocols/*.yaml so that there is one wording, and the answers
that a model is taught to give to them."""

import re
from pathlib import Path
from typing import NamedTuple

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
PROTOCOLS = ("paper", "direct")

TURN_START = "<|im_start|>"
TURN_END = "<|im_end|>"
END_OF_TEXT = "<|endoftext|>"

# ChatML, without a system turn. What stands before the image is PREFIX, what follows the text is SUFFIX.
PREFIX = TURN_START + "user\n"
SUFFIX = TURN_END + "\n" + TURN_START + "assistant\n"
CHAT_TEMPLATE = (
    "{%- for message in messages -%}\n"
    "  {{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' -}}\n"
    "{%- endfor -%}\n"
    "{%- if add_generation_prompt -%}\n"
    "  {{- '<|im_start|>assistant\\n' -}}\n"
    "{%- endif -%}\n"
)


class Target(NamedTuple):
    """An answer in three parts: what leads to it, the answer itself, what closes it."""

    lead: str
    answer: str
    close: str


def load_protocols():
    protocols = {}
    for name in PROTOCOLS:
        path = REPOSITORY / "protocols" / (name + ".yaml")
        protocols[name] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return protocols


def fill(pattern, fields):
    """Replaces {name} by its field, once, from left to right; braces that name no field stay (src/osler/prompt)."""
    return re.sub(r"\{(\w+)\}", lambda match: fields.get(match.group(1), match.group(0)), pattern)


def options_of(item):
    if item["kind"] == "yes_no":
        return ["yes", "no"]
    return item.get("options") or []


def letter(index):
    return chr(ord("A") + index)


def prompt_text(protocol, item):
    """The text of the user's turn, without the image."""
    lines = "\n".join(
        fill(protocol["option_line"], {"letter": letter(i), "text": text}) for i, text in enumerate(options_of(item))
    )
    return fill(protocol["templates"][item["kind"]], {"question": item["question"], "options": lines})


def wanted_answer(protocol, item):
    """What the grader wants to see: a letter, also for yes/no questions under `paper`, which lists them as options."""
    if item["kind"] == "mcq" or (protocol["name"] == "paper" and item["kind"] == "yes_no"):
        return letter(options_of(item).index(item["answer"]))
    return item["answer"]


def target(protocol, item):
    answer = wanted_answer(protocol, item)
    if protocol["name"] == "paper":
        return Target(item["explanation"].strip() + " The answer is \\boxed{", answer, "}.")
    return Target("", answer, "")


def read_answer(protocol, response):
    """The answer in a response, or None: strict, as both protocols' first rules are."""
    if protocol["name"] == "paper":
        boxes = re.findall(r"\\boxed\{([^{}]*)\}", response)
        return boxes[-1].strip() if boxes else None
    return response.strip()
