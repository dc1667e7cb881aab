#!/usr/bin/python3
"""Makes unicode_tables.h: what Python's str says about every character, as ranges.

    /usr/bin/python3 src/osler/grade/peers/make_unicode_tables.py > src/osler/grade/peers/unicode_tables.h

The values come from asking Python's own str methods, character by character; no file of the Unicode project is read.
"""
import sys
import unicodedata

CHARACTERS = [chr(code) for code in range(sys.maxunicode + 1)]


def ranges(holds):
    found = []
    for code, character in enumerate(CHARACTERS):
        if not holds(character):
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def lower_runs():
    """[first, last, step, what is added]; characters that become two (there is one, U+0130) are left out."""
    runs = []
    for code, character in enumerate(CHARACTERS):
        small = character.lower()
        if small == character or len(small) != 1:
            continue
        added = ord(small) - code
        if runs:
            first, last, step, same = runs[-1]
            gap = code - last
            if added == same and (gap == step or (first == last and gap in (1, 2))):
                runs[-1] = [first, code, gap, added]
                continue
        runs.append([code, code, 1, added])
    return runs


def is_cased(character):
    """Whether a sigma before this character is inside a word. Python has no method that says so, but lower() knows."""
    return ("A\u03a3" + character).lower()[1] == "\u03c3"


def is_ignored(character):
    """Whether a sigma looks past this character for the next letter."""
    return not is_cased(character) and ("A\u03a3" + character + "A").lower()[1] == "\u03c3"


def table(kind, name, rows, comment):
    print(f"/// {comment}")
    print(f"inline constexpr {kind} {name}[] = {{")
    line = "   "
    for row in rows:
        cells = [f"0x{value:X}" for value in row[:2]] + [str(value) for value in row[2:]]
        entry = " {" + ", ".join(cells) + "},"
        if len(line) + len(entry) > 120:
            print(line)
            line = "   "
        line += entry
    print(line + "\n};\n")


def main():
    print("#pragma once\n\n#include <cstdint>\n")
    print(f"/// Made by make_unicode_tables.py from Python {sys.version.split()[0]}, Unicode {unicodedata.unidata_version}.")
    print("namespace osler::grade::python {\n")
    print("/// Code points first..last.\nstruct CodeRange {\n  char32_t first;\n  char32_t last;\n};\n")
    print("/// first, first + step, ..., last: each becomes lower case by adding `added`.\nstruct LowerRun {")
    print("  char32_t first;\n  char32_t last;\n  std::uint8_t step;\n  std::int32_t added;\n};\n")
    print("// clang-format off")
    table("CodeRange", "kWord", ranges(lambda c: c.isalnum() or c == "_"), "What a regular expression's \\w matches.")
    table("CodeRange", "kSpace", ranges(str.isspace), "str.isspace().")
    table("CodeRange", "kDecimal", ranges(str.isdecimal), "What \\d matches; every range is tens of digits from 0 to 9.")
    table("LowerRun", "kLower", lower_runs(), "str.lower(), but for U+0130.")
    table("CodeRange", "kCased", ranges(is_cased), "Letters beside which a capital sigma is inside a word.")
    table("CodeRange", "kIgnored", ranges(is_ignored), "Characters past which a capital sigma looks for such a letter.")
    print("// clang-format on\n\n}  // namespace osler::grade::python")


if __name__ == "__main__":
    main()
