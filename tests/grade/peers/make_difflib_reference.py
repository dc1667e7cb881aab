#!/usr/bin/python3
"""Makes difflib_reference.json, the ratios of Python's difflib that sequence_matcher_test.cpp holds ours against.

    /usr/bin/python3 tests/grade/peers/make_difflib_reference.py > tests/grade/peers/difflib_reference.json

Every row is one response with several options, as MedEvalKit compares them: ratio(option, response).
"""
import difflib
import json
import random
import sys

OPTIONS = [
    ["a. pneumonia", "b. pulmonary embolism", "c. pleural effusion", "d. pneumothorax", "e. normal lung"],
    ["a. figure c", "b. figure d", "c. figure b", "d. figure a", "e. figure e"],
    ["ct", "mri", "mammogram", "electrocardiogram (ecg)", ""],
    ["a. administer 0.5 mg of adrenaline intramuscularly and observe for at least six hours before discharge",
     "b. β-blocker and α-agonist at 37 °c", "c. menière’s disease", "d. 左侧肺部", "e. 🫀 heart"],
]

SENTENCES = [
    "the image shows a filling defect ", "the costophrenic angle on the left is blunted, which suggests an effusion. ",
    "there is no evidence of pneumothorax. ", "hence the correct choice would be pulmonary embolism. ",
    "the β-lactam was stopped at 38.5 °c. ", "左侧肺部有阴影。", "naïve t-cells, menière, œdème. ", "🫁🫁 ",
]

RESPONSES = ["", "\\text{b}", "the answer is ct", "ct", "c", " **b**. here is why: the filling defect is seen in the artery",
             "computed tomography", "none", "肺部", "mri" * 70, "a" * 199, "a" * 200, "a" * 201, "ab" * 100 + "c. pleural"]


def long_responses(chance):
    yield SENTENCES[0] * 8
    for count in (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 12, 20, 60, 200, 500):
        yield "".join(chance.choice(SENTENCES) for _ in range(count))


def random_pairs(chance):
    """From few characters, which makes many equal matches, to many; lengths about the 200 of autojunk."""
    for number in range(250):
        characters = "abcdefghij klmno肺β🫀"[: chance.choice([1, 2, 3, 5, 10, 18])]
        length = chance.choice([0, 1, 2, 5, 20, 60, 198, 199, 200, 201, 230, 299, 300, 301, 450])
        response = "".join(chance.choices(characters, k=length))
        options = ["".join(chance.choices(characters, k=chance.choice([1, 3, 8, 25, 80]))) for _ in range(3)]
        if length > 10:
            cut = chance.randrange(length - 5)
            options.append(response[cut : cut + chance.randrange(1, 40)])
            options.append(response[cut:] + response[:cut])
        yield options, response
    # Most characters are rare enough to stay in the index of a long response.
    many = [chr(code) for code in range(0x4E00, 0x4E00 + 400)]
    for _ in range(10):
        response = "".join(chance.choices(many, k=chance.choice([200, 500, 2000])))
        cut = chance.randrange(150)
        yield [response[cut : cut + 40], response[cut + 20 : cut + 30] + response[cut : cut + 15], many[0]], response


def rows():
    chance = random.Random(20251124)
    for response in [*RESPONSES, *long_responses(chance)]:
        yield [option for options in OPTIONS for option in options], response
    yield from random_pairs(chance)


def main():
    entries = []
    for options, response in rows():
        ratios = [difflib.SequenceMatcher(None, option, response).ratio() for option in options]
        entries.append(json.dumps({"response": response, "options": options, "ratios": ratios}, ensure_ascii=False))
    sys.stdout.write('{"made_by": ' + json.dumps(f"difflib of Python {sys.version.split()[0]}") + ',\n"rows": [\n')
    sys.stdout.write(",\n".join(entries) + "\n]}\n")


if __name__ == "__main__":
    main()
