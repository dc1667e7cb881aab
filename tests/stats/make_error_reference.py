#!/usr/bin/python3
"""Makes error_reference.json, the values that error_draws_test.cpp holds osler_stats/error_draws against:
    /usr/bin/python3 tests/stats/make_error_reference.py > tests/stats/error_reference.json

Shares of a benchmark's classes that a labeller gets right, from a stratified sample that people checked: the estimates
in exact fractions, their percentiles from a million draws of numpy's beta and binomial distributions.
"""
import json
from fractions import Fraction

import numpy as np

DRAWS = 1_000_000
CASES = {
    # (labelled positive, items, checked, positive of those)
    "two even strata": [(1, 400, 60, 48), (0, 600, 60, 6)],
    "six strata, few positive": [(0, 300, 33, 0), (0, 300, 33, 0), (0, 300, 33, 2), (1, 60, 33, 5), (1, 60, 33, 12),
                                 (1, 61, 35, 24)],
    "one stratum was checked whole": [(1, 40, 40, 31), (0, 900, 50, 4)],
    "small strata": [(1, 12, 5, 3), (1, 9, 5, 4), (0, 15, 5, 1), (0, 30, 5, 0)],
    "no negative item was labelled positive": [(1, 200, 40, 40), (0, 800, 40, 10)],
}


def shares(strata, positives):
    """Sensitivity and specificity, where so many items of each stratum are positive."""
    tp = sum(p for (label, *_), p in zip(strata, positives) if label)
    fn = sum(p for (label, *_), p in zip(strata, positives) if not label)
    fp = sum(items - p for (label, items, *_), p in zip(strata, positives) if label)
    tn = sum(items - p for (label, items, *_), p in zip(strata, positives) if not label)
    return tp / (tp + fn), tn / (tn + fp)


def case(name, strata):
    rng = np.random.default_rng(2024)
    exact = shares(strata, [Fraction(items * k, n) for _, items, n, k in strata])
    drawn = []
    for _, items, n, k in strata:
        share = rng.beta(k + 1 / 3, n - k + 1 / 3, DRAWS)
        drawn.append(k + rng.binomial(items - n, share))
    sensitivity, specificity = shares(strata, drawn)
    found = {"sensitivity": sensitivity, "specificity": specificity, "balanced": (sensitivity + specificity) / 2}
    return {
        "name": name,
        "strata": strata,
        "values": [float(x) for x in exact],
        "intervals": {key: [round(float(q), 5) for q in np.quantile(x, [0.025, 0.975])] for key, x in found.items()},
        "deviations": {key: round(float(x.std()), 5) for key, x in found.items()},
        "correlation": round(float(np.corrcoef(sensitivity, specificity)[0, 1]), 4),
    }


lines = ",\n".join(json.dumps(case(name, strata)) for name, strata in CASES.items())
print(f'{{"made_by": "numpy {np.__version__}", "confidence": 0.95, "cases": [\n{lines}\n]}}')
