#!/usr/bin/env python3
"""Makes python_literals.json: what Python itself makes of literals, for python_literal_test.cpp.

    python3 -W ignore tests/storage/make_python_literals.py > tests/storage/python_literals.json
"""

import ast
import json

# Printed by repr, as the columns of benchmarks are.
VALUES = [
    [],
    [""],
    ["a", "it's", "b'c", 'd"e'],
    ["both ' and \"", "'", '"', "\\", "\\'", "\\\\"],
    ["line\nend", "carriage\rreturn", "tab\tstop", "\x00\x01\x07\x08\x0b\x0c\x1b\x7f"],
    ["caf\u00e9", "\u00a0", "\u00ad", "\u200b", "\u4e2d\u6587", "\ufeff", "\U0001f9e0", "\U0010ffff", "e\u0301"],
    ["5%", "A. 5 mg/dL", "$\\frac{1}{2}$", "{'not': 'a dict'}", "[1, 2]", "# no comment"],
    [0, 1, -1, 255, 2**63 - 1, -(2**63), 2**64 - 1],
    [0.0, -0.0, 1.5, -2.25, 1e16, 1e-07, 1.7976931348623157e308, 5e-324, 0.1, 1e22],
    [True, False, None],
    ("a", "b"),
    ("one",),
    (),
    [("x", 1), ["y", [2, (3,)]], {"z": {"w": None}}],
    {"A": "first", "B": 'sec"ond', "C": [1, 2.5]},
    {},
    "a text alone",
    42,
    None,
]

# Read by ast.literal_eval; repr does not write them so.
TEXTS = [
    "['a', 'b',]",
    "[ 'a' ,\n\t'b'\r\n, 'c' ]",
    "('a')",
    "(1)",
    "((1),)",
    "['a' 'b', \"c\"'d']",
    "[u'a', U'b', r'\\n', R'\\'', r\"a\\\"b\"]",
    r"['\xe9\u00e9\U0001F9E0', '\0', '\12', '\101x', '\1234', '\400']",
    r"['\q', '\ ', '\%', '\(x\)', '\8']",
    "['a\\\nb', 'c\\\r\nd']",
    "['''three ' '' \" quotes''', \"\"\"a\nb\r\nc\"\"\", '''''', r'''a\\'b''']",
    "[1_000, 0xff, 0XFF, 0o17, 0b101, 00, +5, - 5, 1., .5, 1e5, 1E+5, 1_0.2_5e-1_0, 08.5]",
    "{'a': 1, 'a': 2,}",
    " ['a'] \n",
    "[\n]",
    "-0",
    # What is none.
    "",
    "   ",
    "[",
    "['a'",
    "['a",
    "['a\n']",
    "'a",
    "'''a''",
    "['a', 'b'] x",
    "['a']]",
    "[,]",
    "(,)",
    "['a',, 'b']",
    "['a' 5]",
    "[nan]",
    "[inf]",
    "[true]",
    "[null]",
    "A. yes",
    "['a', b]",
    "{'a'}x",
    "{'a' 1}",
    "{'a': }",
    "[os.system('x')]",
    "__import__('os')",
    "[1 for i in 'a']",
    "'a' + 'b'",
    "'a'\n'b'",
    "[0777]",
    "[0x]",
    "[1__0]",
    "[1_]",
    "[-'a']",
    "[-]",
    "[.]",
    "[1.5.2]",
    "[1e]",
    "[0b2]",
    r"['\x4']",
    r"['\u12g4']",
    r"['\U00110000']",
    "['\\",
    "f'{1}'",
    "ur'a'",
]


def made_by_eval(text):
    try:
        return {"text": text, "value": ast.literal_eval(text)}
    except (SyntaxError, ValueError):
        return {"text": text, "error": True}


cases = [{"text": repr(value), "value": value} for value in VALUES] + [made_by_eval(text) for text in TEXTS]
print(json.dumps(cases, indent=0, ensure_ascii=True))
