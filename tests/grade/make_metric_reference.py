#!/usr/bin/python3
"""Makes metric_reference.json, the values that metrics_reference_test.cpp holds osler_grade's metrics against.

    /usr/bin/python3 tests/grade/make_metric_reference.py > tests/grade/metric_reference.json

BLEU comes from nltk (Debian: python3-nltk). SQuAD's exact match and F1, LLaVA-Med's recall and rouge_score's ROUGE are
not packaged there; they are written here from their definitions, in the plainest way (counters and a quadratic table),
and share nothing with Osler. Two rules are Osler's own and stand here too: a Chinese or Japanese character is a token
of its own, and articles stay where a text has nothing else.
"""
import json
import random
import re
import string
import sys
import warnings
from collections import Counter

import nltk
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

EAST_ASIAN = "\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
MOST_TOKENS = 4096

# (prediction, reference)
ANSWERS = [
    ("left lung", "Left lung"), ("the left lung", "left lung"), ("The left lung.", "left lung"),
    ("lung", "left lung"), ("right lung", "left lung"), ("left lower lobe of the lung", "left lung"),
    ("left lung, left lung", "left lung"), ("Lung, Spinal Cord", "Spinal Cord, Lung"),
    ("lung spinal cord", "Lung, Spinal Cord"), ("chest x-ray", "X-ray"), ("xray", "x-ray"), ("X ray", "x-ray"),
    ("T2-weighted MRI", "t2 weighted"), ("MRI - T2 weighted", "T2-weighted"),
    ("posterior anterior", "Posterior-Anterior"),
    ("PA", "Posterior-Anterior"), ("3.4 cm", "3.4 cm"), ("3.4cm", "3.4 cm"), ("34 cm", "3.4 cm"), ("3 4 cm", "3.4 cm"),
    ("1,000 mg", "1000 mg"), ("2.5cm x 1.7cm x 1.6cm", "2.5 cm x 1.7 cm x 1.6 cm"), ("CT.", "CT"), ("CT", "MRI"),
    ("computed tomography (CT)", "CT"), ("It is a CT scan of the abdomen", "CT"),
    ("Head of the pancreas", "pancreatic head"),
    ("the head of the pancreas", "head of pancreas"), ("pneumothorax on the right side", "right-sided pneumothorax"),
    ("right pneumothorax", "Right-sided pneumothorax."), ("No pleural effusion", "pleural effusion"),
    ("bilateral pleural effusions", "pleural effusion"), ("cardiomegaly with pulmonary edema", "cardiomegaly"),
    ("cardiomegaly", "cardiomegaly with pulmonary edema and pleural effusion"), ("E. coli", "E.coli"),
    ("e coli", "E. coli"),
    ("Staphylococcus aureus", "staph aureus"), ("HER2+", "HER2 positive"), ("95%", "95 %"), ("grade 2", "grade II"),
    ("A", "A"), ("a", "the"), ("the", "an"), ("blood group A", "A"), ("An", "blood group AB"),
    ("vitamin A", "Vitamin A"),
    ("don't know", "do not know"), ("patient's left", "patients left"), ("Crohn's disease", "Crohn disease"),
    ("Supine (see air-fluid level)", "supine"), ("pulmonary/lymphatic", "pulmonary lymphatic"),
    ("above the clavicles bilaterally", "Above the clavicles bilaterally"), ("yes", "Yes"), ("no", "normal"),
    ("The mass is located in the right upper lobe of the lung.", "right upper lobe"),
    ("The mass is in the right upper lobe. It measures 3 cm.", "right upper lobe mass of 3 cm"),
    ("right upper lobe mass of 3 cm", "The mass is in the right upper lobe. It measures 3 cm."),
    ("the cat the cat the cat", "the cat"), ("ct ct ct ct", "ct"), ("ct", "ct ct ct ct"),
    ("mri ct mri ct", "ct mri ct mri"),
    ("a b a b a b", "b a b a"), ("one two three four five", "one two three four five"),
    ("five four three two one", "one two three four five"), ("one two four three five", "one two three four five"),
    ("it is less than half width of thorax", "It is less than half the width of the thorax"),
    ("basal ganglia cerebellum cerebral cortex", "basal ganglia, cerebellum, cerebral cortex"),
    ("soft tissue mass in region of terminal ileum with mesenteric lymphadenopathy",
     "soft tissue mass in the region of the terminal ileum with mesenteric lymphadenopathy"),
    ("soft tissue mass", "soft tissue mass in the region of the terminal ileum with mesenteric lymphadenopathy"),
    ("C3-C4 disc herniation", "disc herniation at C3/C4"), ("enlarged heart & lungs", "enlarged heart and lungs"),
    ("tumour_of_the_lung", "tumour of the lung"), ("[left] {lung}", "left lung"), ("\"left\" 'lung'", "left lung"),
    # edges
    ("", ""), ("", "lung"), ("lung", ""), ("...", "lung"), ("lung", "?!"), ("...", "..."), (" \t\n ", "lung"),
    ("lung\tleft\n\nlobe", "lung left lobe"), ("lung  left", "lung left"), ("-", "-"), ("x", "x"), ("x y", "x"),
    ("x y z", "x y z"),
    (". . .", "."), ("a.b.c", "a b c"), ("...lung...", "lung"), ("lung" * 300, "lung"), ("lung " * 300, "lung lung"),
    # beyond ASCII
    ("MÉNIÈRE", "ménière"), ("œdème pulmonaire", "œdème Pulmonaire"), ("Β-lactam", "β-lactam"),
    ("±2 °C", "2 °C"), ("café au lait", "cafe au lait"),
    ("肺", "肺"), ("左肺", "肺"), ("左侧肺部", "肺部左侧"), ("是的", "是"), ("核磁共振", "核磁共振"), ("横断面", "冠状面"),
    ("这是CT图像", "CT"), ("CT图像显示左肺", "CT 图像"), ("肝脏 肾脏", "肝脏,肾脏"), ("T1加权", "T1"), ("胸部X光", "X光"), ("エックス線", "X線"),
    ("not 正常", "正常"),
]


def tokens_with_characters(text):
    return re.sub(f"([{EAST_ASIAN}])", r" \1 ", text)


def squad_tokens(text):
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    tokens = tokens_with_characters(text).split()[:MOST_TOKENS]
    without = [token for token in tokens if not re.fullmatch("a|an|the", token)]
    return without or tokens


def bleu_tokens(text):
    return tokens_with_characters(text.lower().replace(".", " .")).split()[:MOST_TOKENS]


def rouge_tokens(text):
    return tokens_with_characters(re.sub(f"[^a-z0-9{EAST_ASIAN}]+", " ", text.lower())).split()[:MOST_TOKENS]


def scores(shared, prediction, reference):
    precision = shared / prediction if prediction else 0.0
    recall = shared / reference if reference else 0.0
    return [precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0]


def shared(first, second):
    return sum((Counter(first) & Counter(second)).values())


def llava_med_recall(prediction, reference):
    tp = sum(token in reference for token in prediction)
    fn = sum(token not in prediction for token in reference)
    return tp / (tp + fn) if tp + fn else 0.0


def ngrams(tokens, n):
    return list(zip(*(tokens[i:] for i in range(n))))


def rouge_n(prediction, reference, n):
    prediction, reference = ngrams(prediction, n), ngrams(reference, n)
    return scores(shared(prediction, reference), len(prediction), len(reference))


def longest_common_subsequence(first, second):
    above = [0] * (len(second) + 1)
    for token in first:
        row = [0]
        for j, other in enumerate(second):
            row.append(above[j] + 1 if token == other else max(above[j + 1], row[j]))
        above = row
    return above[-1]


def bleu(prediction, reference, order, smoothing=None):
    if not prediction or not reference:
        return 0.0
    value = float(sentence_bleu([reference], prediction, weights=(1 / order,) * order, smoothing_function=smoothing))
    # Without smoothing nltk puts the smallest double in the place of a precision of 0.
    return 0.0 if value < 1e-70 else value


def made_up_pairs():
    """Token sequences with repeats, shuffles and cuts, from few words and from many, short and long."""
    chance = random.Random(20251124)
 
    words = "left right lung lobe the a of mass upper lower nodule ct mri t2 3.4 cm x-ray effusion, no. and with".split()
    for number in range(150):
        vocabulary = words[: chance.choice([2, 4, 8, len(words)])]
        reference = [chance.choice(vocabulary) for _ in range(chance.choice([1, 2, 3, 5, 8, 13, 40, 70, 130]))]
        prediction = list(reference)
        for _ in range(chance.choice([0, 1, 2, 5, 20])):
            place = chance.randrange(len(prediction) + 1)
            prediction[place : place + chance.randrange(3)] = [chance.choice(vocabulary)] * chance.randrange(3)
        if number % 5 == 0:
            chance.shuffle(prediction)
        yield " ".join(prediction), " ".join(reference)
    # Longer than what is looked at.
    yield " ".join(chance.choices("abcd", k=4300)), " ".join(chance.choices("abcd", k=4200))
    yield "x " * 4096 + "lung", "lung"


def row(prediction, reference):
    squad = squad_tokens(prediction), squad_tokens(reference)
    rouge = rouge_tokens(prediction), rouge_tokens(reference)
    for_bleu = bleu_tokens(prediction), bleu_tokens(reference)
    return {
        "prediction": prediction,
        "reference": reference,
        "squad_match": bool(squad[1]) and squad[0] == squad[1],
        "token": scores(shared(*squad), len(squad[0]), len(squad[1])),
        "llava_med_recall": llava_med_recall(*squad),
        "bleu": [bleu(*for_bleu, order) for order in range(1, 5)],
        "bleu_method1": [bleu(*for_bleu, order, SmoothingFunction().method1) for order in range(1, 5)],
        "rouge_1": rouge_n(*rouge, 1),
        "rouge_2": rouge_n(*rouge, 2),
        "rouge_l": scores(longest_common_subsequence(*rouge), len(rouge[0]), len(rouge[1])),
    }


def main():
    warnings.simplefilter("ignore")
    rows = [row(*pair) for pair in [*ANSWERS, *made_up_pairs()]]
    sys.stdout.write('{"made_by": ' + json.dumps(f"nltk {nltk.__version__}") + ',\n"pairs": [\n')
    sys.stdout.write(",\n".join(json.dumps(pair, ensure_ascii=False) for pair in rows) + "\n]}\n")


if __name__ == "__main__":
    main()
