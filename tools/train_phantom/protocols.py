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


class Piece(NamedTuple):
    """A part of what a model is to write; `decides` where it says what the answer is."""

    text: str
    decides: bool


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
    """What the model is taught to give. Of an option it gives the words, not the letter: the grader takes both, and to
    find the letter of some words in a list takes networks of this size many times longer to learn than all the rest.
    Yes/no questions under `paper` have the same two options in the same order, so that their letters are easy."""
    if protocol["name"] == "paper" and item["kind"] == "yes_no":
        return letter(options_of(item).index(item["answer"]))
    return item["answer"]


def target(protocol, item):
    """Under `paper` what is seen comes first, then the answer in its box; under `direct` the answer alone."""
    answer = wanted_answer(protocol, item)
    if protocol["name"] != "paper":
        return [Piece(answer, True)]
    lead = item["explanation"].strip() + " The answer is \\boxed{"
    return [Piece(lead, False), Piece(answer, True), Piece("}.", False)]


def read_answer(protocol, response):
    """The answer in a response, or None: strict, as both protocols' first rules are."""
    if protocol["name"] == "paper":
        boxes = re.findall(r"\\boxed\{([^{}]*)\}", response)
        return boxes[-1].strip() if boxes else None
    return response.strip()
