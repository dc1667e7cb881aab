"""Byte-level BPE as llama.cpp's "gpt2" model with the "gpt-2" pre-tokenizer. That one keeps letters apart from
punctuation, so that the B of "B. left lung" and the B of "\\boxed{B}" are one and the same token."""

import json
import re
from collections import Counter

from protocols import END_OF_TEXT, TURN_END, TURN_START

CONTROLS = (END_OF_TEXT, TURN_START, TURN_END)

# GPT-2's expression with \p{L} and \p{N} written out for ASCII; other characters are refused by `words`.
WORD = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+")


def words(text):
    if not text.isascii():
        raise ValueError("only ASCII text can be tokenized the way llama.cpp does it here: %r" % text)
    return WORD.findall(text)


def byte_spelling():
    """How GPT-2's vocabulary spells bytes: itself if printable, else a character from U+0100 on."""
    printable = set(range(33, 127)) | set(range(161, 173)) | set(range(174, 256))
    spelling, extra = [], 0
    for byte in range(256):
        spelling.append(chr(byte) if byte in printable else chr(256 + extra))
        extra += byte not in printable
    return spelling


SPELLING = byte_spelling()


def spell(word):
    return tuple(SPELLING[byte] for byte in word.encode("utf-8"))


def merged(symbols, pair):
    """`symbols` with every occurrence of `pair` made one, from left to right."""
    out, i = [], 0
    while i < len(symbols):
        if i + 1 < len(symbols) and (symbols[i], symbols[i + 1]) == pair:
            out.append(symbols[i] + symbols[i + 1])
            i += 2
        else:
            out.append(symbols[i])
            i += 1
    return tuple(out)


def learn_merges(texts, count):
    """The usual training: the commonest pair becomes one symbol, `count` times. Ties go by the alphabet."""
    frequency = Counter()
    for text, times in texts.items():
        for word in words(text):
            frequency[word] += times
    spelled = {word: spell(word) for word in sorted(frequency)}
    merges = []
    while len(merges) < count:
        pairs = Counter()
        for word, symbols in spelled.items():
            for pair in zip(symbols, symbols[1:]):
                pairs[pair] += frequency[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        spelled = {word: merged(symbols, best) for word, symbols in spelled.items()}
    return merges


class Tokenizer:
    def __init__(self, merges):
        self.merges = [tuple(pair) for pair in merges]
        self.rank = {pair: i for i, pair in enumerate(self.merges)}
        self.tokens = list(SPELLING) + [left + right for left, right in self.merges]
        if len(set(self.tokens)) != len(self.tokens):
            raise ValueError("the merges make a token twice")
        self.controls = len(self.tokens)
        self.tokens += CONTROLS
        self.ids = {token: i for i, token in enumerate(self.tokens)}
        self.end = self.ids[TURN_END]
        self.padding = self.ids[END_OF_TEXT]
        self.byte_of = {character: byte for byte, character in enumerate(SPELLING)}
        self.split = re.compile("(" + "|".join(re.escape(control) for control in CONTROLS) + ")")
        self.known = {}

    @classmethod
    def train(cls, texts, size):
        """`texts` counts texts; `size` is the number of tokens, bytes and control tokens included."""
        return cls(learn_merges(texts, size - len(SPELLING) - len(CONTROLS)))

    @classmethod
    def load(cls, path):
        return cls(json.loads(path.read_text(encoding="utf-8"))["merges"])

    def save(self, path):
        path.write_text(json.dumps({"merges": self.merges}, ensure_ascii=True) + "\n", encoding="utf-8")

    def __len__(self):
        return len(self.tokens)

    def encode_word(self, word):
        symbols = spell(word)
        while len(symbols) > 1:
            rank, pair = min((self.rank.get(pair, len(self.rank)), pair) for pair in zip(symbols, symbols[1:]))
            if rank == len(self.rank):
                break
            symbols = merged(symbols, pair)
        return [self.ids[symbol] for symbol in symbols]

    def encode(self, text):
        """Token ids; control tokens are recognised, as in what the chat template writes."""
        out = []
        for part in self.split.split(text):
            if part in CONTROLS:
                out.append(self.ids[part])
                continue
            for word in words(part):
                if word not in self.known:
                    self.known[word] = self.encode_word(word)
                out += self.known[word]
        return out

    def decode(self, ids):
        """Text without control tokens."""
        characters = "".join(self.tokens[i] for i in ids if i < self.controls)
        return bytes(self.byte_of[character] for character in characters).decode("utf-8", errors="replace")
