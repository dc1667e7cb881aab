#!/usr/bin/python3
"""Makes agreement_reference.json, the values that agreement_test.cpp holds osler_stats/agreement against:
    /usr/bin/python3 tests/stats/make_agreement_reference.py > tests/stats/agreement_reference.json

Kappa and its standard error come from statsmodels, Wilson's intervals too. The corrected share is computed here from
the papers' formulas, over lists of verdicts rather than a table: the estimate in exact fractions, the interval in
decimals of 40 digits, so that nothing but the formulas can be shared with Osler.
"""
import json
import math
import random
from decimal import Decimal, getcontext
from fractions import Fraction

import numpy as np
import statsmodels
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

getcontext().prec = 40
CONFIDENCE = 0.95


def decimal(value):
    value = Fraction(value)
    return Decimal(value.numerator) / Decimal(value.denominator)


def ratio(part, whole):
    return Fraction(part, whole) if whole else None


def wilson(successes, n):
    if n == 0:
        return [0.0, 1.0]
    return [float(x) for x in proportion_confint(successes, n, alpha=1 - CONFIDENCE, method="wilson")]


def kappa(pairs):
    """None where it is not defined."""
    if len(set(pairs)) == 1 and pairs[0][0] == pairs[0][1]:
        return None
    table = np.zeros((2, 2))
    for judge, human in pairs:
        table[1 - judge, 1 - human] += 1
    found = cohens_kappa(table)
    z = float(stats.norm.isf((1 - CONFIDENCE) / 2))
    error = math.sqrt(max(0.0, found.var_kappa))
    return {"value": float(found.kappa), "standard_error": error,
            "low": max(-1.0, float(found.kappa) - z * error), "high": min(1.0, float(found.kappa) + z * error)}


def corrected(positives, n, pairs):
    judged_correct = [judge for judge, human in pairs if human]
    judged_incorrect = [1 - judge for judge, human in pairs if not human]
    if not judged_correct or not judged_incorrect:
        return None
    se, sp = ratio(sum(judged_correct), len(judged_correct)), ratio(sum(judged_incorrect), len(judged_incorrect))
    if se + sp <= 1:
        return None
    value = (ratio(positives, n) + sp - 1) / (se + sp - 1)
    value = min(Fraction(1), max(Fraction(0), value))

    z2 = Decimal(float(stats.norm.isf((1 - CONFIDENCE) / 2))) ** 2
    n_se, n_sp, n_ap = len(judged_correct) + 2, len(judged_incorrect) + 2, Decimal(n) + z2
    se2 = decimal(Fraction(sum(judged_correct) + 1, n_se))
    sp2 = decimal(Fraction(sum(judged_incorrect) + 1, n_sp))
    ap2 = (Decimal(positives) + z2 / 2) / n_ap
    youden = se2 + sp2 - 1
    if youden <= 0:
        return {"value": float(value), "low": 0.0, "high": 1.0}
    p = (ap2 + sp2 - 1) / youden
    centre = p + 2 * z2 * (p * se2 * (1 - se2) / n_se - (1 - p) * sp2 * (1 - sp2) / n_sp)
    variance = ap2 * (1 - ap2) / n_ap + p * p * se2 * (1 - se2) / n_se + (1 - p) * (1 - p) * sp2 * (1 - sp2) / n_sp
    half = (z2 * variance).sqrt() / youden
    cut = lambda x: min(1.0, max(0.0, float(x)))
    return {"value": float(value), "low": cut(centre - half), "high": cut(centre + half)}


def row(tp, fp, fn, tn, positives, n):
    pairs = [(1, 1)] * tp + [(1, 0)] * fp + [(0, 1)] * fn + [(0, 0)] * tn
    random.Random(tp + 7 * fp + 49 * fn + 343 * tn).shuffle(pairs)
    return {"tp": tp, "fp": fp, "fn": fn, "tn": tn, "positives": positives, "n": n,
            "sensitivity": wilson(tp, tp + fn), "specificity": wilson(tn, tn + fp),
            "agreement": wilson(tp + tn, len(pairs)), "kappa": kappa(pairs), "corrected": corrected(positives, n, pairs)}


def rows():
    yield row(20, 3, 2, 15, 120, 200)
    yield row(25, 0, 0, 25, 70, 100)      # never wrong
    yield row(10, 10, 10, 10, 60, 100)    # a coin
    yield row(3, 12, 15, 4, 60, 100)      # worse than a coin
    yield row(30, 0, 0, 0, 60, 100)       # one verdict only
    yield row(0, 5, 0, 0, 60, 100)        # they never agree
    yield row(1, 0, 0, 9, 0, 50)
    yield row(9, 1, 0, 1, 50, 50)
    yield row(40, 9, 1, 10, 30, 100)      # an estimate below 0
    yield row(20, 1, 20, 39, 80, 100)     # and above 1
    yield row(3, 1, 0, 1, 1, 3)
    yield row(1, 27, 0, 1, 10, 20)        # better than a coin only before the adjustment
    yield row(812, 61, 93, 401, 7211, 13702)
    draw = random.Random(20140101)
    for _ in range(40):
        size = draw.choice([3, 10, 40, 400])
        n = draw.choice([1, 20, 500, 20000])
        cells = [draw.randint(0, size) for _ in range(4)]
        if sum(cells):
            yield row(*cells, draw.randint(0, n), n)


lines = ",\n".join(json.dumps(one) for one in rows())
print(f'{{"made_by": "statsmodels {statsmodels.__version__}", "confidence": {CONFIDENCE}, "rows": [\n{lines}\n]}}')
