#!/usr/bin/python3
"""Makes reference.json, the values that reference_test.cpp holds osler_stats against.

They come from scipy and statsmodels (Debian: python3-scipy, python3-statsmodels), which share no code with Osler:
    /usr/bin/python3 tests/stats/make_reference.py > tests/stats/reference.json

How statsmodels relates to clustered.h: for cov_type="cluster" it multiplies the sandwich by
G/(G-1) * (n-1)/(n-k). A mean is a regression on a constant, k = 1, so the second factor is 1 and its default
use_correction=True is our formula; use_correction=False lacks G/(G-1) and is stored as well. With use_t=True its
interval has G - 1 degrees of freedom, as ours.

scipy 1.10's quantile of Student's t is good to nine digits only (for two degrees of freedom, where there is a closed
form, it is wrong from the eleventh); its distribution function is exact to rounding. So the quantile is polished on that, and
statsmodels' intervals are made again with it, after a check that they agree to eight digits.
"""
import json
import sys

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

CONFIDENCES = [0.5, 0.8, 0.9, 0.95, 0.99, 0.999]


def wilson():
    for n in [1, 2, 3, 7, 10, 54, 100, 251, 451, 2000, 33430, 100000]:
        for successes in sorted({0, 1, n // 3, n // 2, n - 1, n}):
            for confidence in CONFIDENCES:
                low, high = proportion_confint(successes, n, alpha=1 - confidence, method="wilson")
                yield {"successes": successes, "n": n, "confidence": confidence, "low": float(low), "high": float(high)}


def normal():
    for confidence in CONFIDENCES:
        yield {"confidence": confidence, "z": float(stats.norm.isf((1 - confidence) / 2))}


def student_quantile(confidence, df):
    """Newton's method on scipy's distribution function, from scipy's quantile."""
    tail = (1 - confidence) / 2
    t = stats.t.isf(tail, df)
    for _ in range(4):
        t += (stats.t.sf(t, df) - tail) / stats.t.pdf(t, df)
    return float(t)


def student():
    for df in [1, 2, 3, 5, 10, 29, 95, 202, 1999, 132999]:
        for confidence in CONFIDENCES:
            yield {"df": df, "confidence": confidence, "t": student_quantile(confidence, df)}


def mcnemar():
    """Mid-p from scipy's binomial: statsmodels has the exact test without it."""
    for first, second in [(0, 0), (1, 0), (0, 1), (2, 2), (5, 1), (1, 9), (10, 25), (40, 40), (80, 120), (300, 512)]:
        n, k = first + second, min(first, second)
        p = 1.0 if 2 * k == n else float(2 * stats.binom.cdf(k - 1, n, 0.5) + stats.binom.pmf(k, n, 0.5))
        yield {"only_first": first, "only_second": second, "p": min(1.0, p)}


def paired():
    """A regression of the differences on a constant, with clusters; p from scipy's Student distribution."""
    rng = np.random.default_rng(20251124)
    for clusters, largest, skill in [(2, 3, 0.1), (8, 5, 0.0), (30, 8, 0.15), (120, 4, 0.05)]:
        cluster_of = np.repeat(np.arange(clusters), rng.integers(1, largest + 1, clusters))
        easy = rng.normal(0, 0.3, clusters)[cluster_of]
        first = (rng.random(len(cluster_of)) < 0.5 + skill + easy).astype(float)
        second = (rng.random(len(cluster_of)) < 0.5 + easy).astype(float)
        fit = sm.OLS(first - second, np.ones(len(cluster_of))).fit(
            cov_type="cluster", cov_kwds={"groups": cluster_of}, use_t=True
        )
        t = abs(float(fit.params[0])) / float(fit.bse[0]) if fit.bse[0] > 0 else None
        yield {
            "first": first.tolist(),
            "second": second.tolist(),
            "cluster_of": cluster_of.tolist(),
            "difference": float(fit.params[0]),
            "standard_error": float(fit.bse[0]),
            "p": 1.0 if t is None else float(2 * stats.t.sf(t, clusters - 1)),
        }


def samples():
    """Scores and cluster numbers, from balanced to very uneven, 0/1 and fractional."""
    rng = np.random.default_rng(20250716)
    for clusters, largest in [(2, 1), (2, 5), (3, 4), (10, 1), (12, 6), (40, 8), (60, 3)]:
        sizes = rng.integers(1, largest + 1, clusters)
        cluster_of = np.repeat(np.arange(clusters) * 7 + 3, sizes)
        level = np.repeat(rng.beta(2, 2, clusters), sizes)
        rng.shuffle(order := np.arange(cluster_of.size))
        binary = (rng.random(cluster_of.size) < level).astype(float)
        yield binary[order], cluster_of[order]
        fractional = np.round(np.clip(level + rng.normal(0, 0.1, cluster_of.size), 0, 1), 6)
        yield fractional[order], cluster_of[order]
    one_large = np.concatenate([np.zeros(100, dtype=int), np.arange(1, 11)])
    yield (np.arange(110) % 3 == 0).astype(float), one_large


def clustered():
    for scores, cluster_of in samples():
        model = sm.OLS(scores, np.ones_like(scores))
        plain = model.fit(cov_type="cluster", use_t=True, cov_kwds={"groups": cluster_of, "use_correction": False})
        for confidence in [0.9, 0.95, 0.99]:
            fit = model.fit(cov_type="cluster", use_t=True, cov_kwds={"groups": cluster_of})
            mean, error = float(fit.params[0]), float(fit.bse[0])
            reach = student_quantile(confidence, np.unique(cluster_of).size - 1) * error
            assert np.allclose(fit.conf_int(alpha=1 - confidence)[0], [mean - reach, mean + reach], rtol=1e-8, atol=1e-8)
            yield {
                "scores": scores.tolist(), "clusters": cluster_of.tolist(), "confidence": confidence,
                "mean": mean, "standard_error": error, "standard_error_uncorrected": float(plain.bse[0]),
                "low": mean - reach, "high": mean + reach,
            }


def main():
    made_by = f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}"
    tables = {"wilson": list(wilson()), "normal": list(normal()), "student": list(student()),
              "clustered": list(clustered()), "mcnemar": list(mcnemar()), "paired": list(paired())}
    sys.stdout.write('{"made_by": ' + json.dumps(made_by))
    for name, rows in tables.items():
        sys.stdout.write(f',\n"{name}": [\n' + ",\n".join(json.dumps(row) for row in rows) + "\n]")
    sys.stdout.write("}\n")


if __name__ == "__main__":
    main()
