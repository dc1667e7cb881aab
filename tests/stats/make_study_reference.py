#!/usr/bin/python3
"""Makes study_reference.json, the values that study_reference_test.cpp holds osler_stats against.

They come from numpy, scipy and statsmodels (Debian: python3-scipy, python3-statsmodels), which share no code with Osler:
    /usr/bin/python3 tests/stats/make_study_reference.py > tests/stats/study_reference.json

scipy's bootstrap resamples clusters as pairs (sum, size); with 200,000 resamples its ends are good to about half a per
cent of their distance. Everything else is exact to rounding, but the temperature, which two minimisers find.
"""
import itertools
import json

import numpy as np
import scipy
import statsmodels
import statsmodels.api
from scipy import optimize, stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

random = np.random.default_rng(20251201)


def clustered(clusters, most, p_spread):
    scores, names = [], []
    for cluster in range(clusters):
        p = np.clip(random.normal(0.6, p_spread), 0.02, 0.98)
        for _ in range(random.integers(1, most + 1)):
            scores.append(float(random.random() < p))
            names.append(cluster)
    return scores, names


def bootstrap():
    for clusters, most, spread in [(12, 6, 0.3), (40, 5, 0.2), (150, 12, 0.25), (400, 4, 0.1), (90, 3, 0.4)]:
        scores, names = clustered(clusters, most, spread)
        sums = np.bincount(names, weights=scores)
        sizes = np.bincount(names).astype(float)
        found = stats.bootstrap((sums, sizes), lambda s, n, axis=-1: s.sum(axis) / n.sum(axis), paired=True,
                                vectorized=True, n_resamples=200_000, batch=2_000, method="BCa",
                                random_state=np.random.default_rng(1))
        yield {"scores": scores, "clusters": names, "mean": float(np.mean(scores)),
               "standard_error": float(found.standard_error), "low": float(found.confidence_interval.low),
               "high": float(found.confidence_interval.high)}


def sign_flip():
    for clusters in [1, 2, 5, 9, 14]:
        names = [int(c) for c in np.repeat(np.arange(clusters), 3)]
        differences = [float(d) for d in random.integers(-1, 2, len(names))]
        sums = np.bincount(names, weights=differences, minlength=clusters)
        observed = abs(sums.sum())
        patterns = [abs(np.dot(signs, sums)) >= observed - 1e-9
                    for signs in itertools.product([-1, 1], repeat=clusters)]
        yield {"differences": differences, "clusters": names, "p": float(np.mean(patterns))}


def benjamini_hochberg():
    for size in [1, 2, 5, 20]:
        p = [float(x) for x in random.random(size) ** 2]
        yield {"p": p, "adjusted": [float(x) for x in multipletests(p, method="fdr_bh")[1]]}


def heterogeneity():
    for values, errors in [([0.25, 0.6, 0.55, 0.7, 0.65, 0.75, 0.62], [0.01, 0.005, 0.011, 0.008, 0.04, 0.02, 0.03]),
                           ([0.5, 0.52, 0.49], [0.02, 0.03, 0.025]), ([0.3, 0.5], [0.05, 0.04])]:
        y, s = np.array(values), np.array(errors)
        degrees = len(y) - 1

        def q(tau2):
            w = 1 / (s ** 2 + tau2)
            mean = (w * y).sum() / w.sum()
            return (w * (y - mean) ** 2).sum()

        def end(target):
            return 0.0 if q(0.0) <= target else float(np.sqrt(optimize.brentq(lambda t: q(t) - target, 0, 1e6, xtol=1e-15)))

        tau2 = combine_effects(y, s ** 2, method_re="iterated", atol=1e-14).tau2
        spread = end(degrees)
        # Its iteration gives up at 0 for two values; the root that brentq finds is checked by q() itself there.
        assert len(y) == 2 or abs(spread ** 2 - max(0.0, tau2)) < 1e-7, (spread ** 2, tau2)
        yield {"values": values, "errors": errors, "spread": spread, "low": end(stats.chi2.ppf(0.975, degrees)),
               "high": end(stats.chi2.ppf(0.025, degrees)), "q": float(q(0.0)), "p": float(stats.chi2.sf(q(0.0), degrees)),
               "p_at_5_points": float(min(1, 2 * min(stats.chi2.cdf(q(0.0025), degrees), stats.chi2.sf(q(0.0025), degrees))))}


def calibration():
    for n, ties in [(30, True), (500, False), (1000, True), (800, "half")]:
        p = random.random(n)
        p = np.where(p < 0.55, 0.25, p) if ties == "half" else np.round(p, 1) if ties else p
        y = (random.random(n) < p ** 1.5).astype(float)
        # A bin for every share b / 15 that is reached: an item belongs to the first whose last confidence is not below its own.
        edges = np.unique(np.sort(p)[[n * b // 15 - 1 for b in range(1, 16) if n * b // 15 > 0]])
        number = np.searchsorted(edges, p)
        bins = [np.flatnonzero(number == b) for b in np.unique(number)]
        ece = sum(len(b) / n * abs(y[b].mean() - p[b].mean()) for b in bins)
        squared = sum(len(b) / n * ((y[b].mean() - p[b].mean()) ** 2 - y[b].mean() * (1 - y[b].mean()) / (len(b) - 1))
                      for b in bins if len(b) > 1)
        inside = np.clip(p, 1e-6, 1 - 1e-6)
        # A softmax of as many options as there are, of which all but the chosen share the rest; an open question has two.
        chance = np.array([0.5, 0.25, 0.0, 0.2])[np.arange(n) % 4]
        others = np.where(chance == 0.0, 1, np.rint(1 / np.maximum(chance, 0.01)) - 1)

        def loss(log_t):
            chosen = inside ** np.exp(-log_t)
            rest = others * ((1 - inside) / others) ** np.exp(-log_t)
            return -(y * np.log(chosen) + (1 - y) * np.log(rest) - np.log(chosen + rest)).sum()

        best = optimize.minimize_scalar(loss, bounds=(np.log(0.05), np.log(20)), method="bounded", options={"xatol": 1e-10})
        # Area under the risk-coverage curve, each tie in the expectation over its orders.
        curve, errors, seen = [], 0.0, 0
        for value in sorted(set(p), reverse=True):
            group = 1 - y[p == value]
            for k in range(1, len(group) + 1):
                curve.append((errors + group.mean() * k) / (seen + k))
            errors += group.sum()
            seen += len(group)
        yield {"confidence": [float(x) for x in p], "correct": [float(x) for x in y],
               "chance": [float(x) for x in chance], "ece": float(ece),
               "debiased": float(np.sqrt(max(0.0, squared))), "brier": float(((p - y) ** 2).mean()),
               "reliability": float(sum(len(b) / n * (p[b].mean() - y[b].mean()) ** 2 for b in bins)),
               "resolution": float(sum(len(b) / n * (y[b].mean() - y.mean()) ** 2 for b in bins)),
               "uncertainty": float(y.mean() * (1 - y.mean())), "temperature": float(np.exp(best.x)),
               "area_under_risk": float(np.mean(curve))}


def contrast():
    def row(scores, first, names, se, df, difference):
        t = difference / se
        reach = stats.t.ppf(0.975, df) * se
        return {"scores": [float(x) for x in scores], "first": [int(x) for x in first], "clusters": [int(x) for x in names],
                "standard_error": float(se), "degrees_of_freedom": float(df), "low": float(difference - reach),
                "high": float(difference + reach), "p": float(2 * stats.t.sf(abs(t), df))}

    # No image in common, one item each: Welch's test.
    for n, m in [(12, 30), (5, 200)]:
        a, b = random.normal(0.6, 0.3, n), random.normal(0.5, 0.1, m)
        welch = stats.ttest_ind(a, b, equal_var=False)
        se = (a.mean() - b.mean()) / welch.statistic
        df = se ** 4 / ((a.var(ddof=1) / n) ** 2 / (n - 1) + (b.var(ddof=1) / m) ** 2 / (m - 1))
        made = row(np.r_[a, b], np.r_[np.ones(n), np.zeros(m)], np.arange(n + m), se, df, a.mean() - b.mean())
        made["p"] = float(welch.pvalue)
        yield made
    # All images in common, one item of each side: the test of pairs.
    a, b = random.random(25), random.random(25)
    made = row(np.r_[a, b], np.r_[np.ones(25), np.zeros(25)], np.r_[np.arange(25), np.arange(25)],
               np.std(a - b, ddof=1) / 5, 24, (a - b).mean())
    made["p"] = float(stats.ttest_rel(a, b).pvalue)
    yield made
    # All images in common, several items of each: the sandwich of a regression on the side.
    for clusters in [8, 60]:
        names = np.repeat(np.arange(clusters), random.integers(2, 7, clusters))
        first = np.r_[True, names[1:] != names[:-1]] | (random.random(len(names)) < 0.4)
        first &= ~np.r_[names[1:] != names[:-1], True]
        y = (random.random(len(names)) < np.clip(random.normal(0.5, 0.3, clusters), 0, 1)[names]).astype(float)
        fit = statsmodels.api.OLS(y, np.c_[np.ones(len(y)), first]).fit(
            cov_type="cluster", cov_kwds={"groups": names, "use_correction": True})
        n = len(y)
        se = fit.bse[1] / np.sqrt((n - 1) / (n - 2))  # that factor is not ours
        yield row(y, first, names, se, clusters - 1, fit.params[1])


def lower_bound():
    for mean, se, clusters, confidence in [(0.7, 0.03, 40, 0.95), (0.99, 0.005, 300, 0.95), (0.9, 0.02, 12, 0.99),
                                           (1.0, 0.0, 50, 0.95), (0.5, 0.0, 2, 0.9)]:
        trials = mean * (1 - mean) / se ** 2 if se > 0 else clusters
        # Wilson's interval asks for a level: the one whose normal quantile is the t quantile.
        t = stats.t.ppf(confidence, clusters - 1)
        low, _ = proportion_confint(mean * trials, trials, alpha=2 * stats.norm.sf(t), method="wilson")
        yield {"mean": mean, "standard_error": se, "clusters": clusters, "confidence": confidence, "low": float(low)}


tables = {"bootstrap": bootstrap, "sign_flip": sign_flip, "benjamini_hochberg": benjamini_hochberg,
          "heterogeneity": heterogeneity, "calibration": calibration, "contrast": contrast,
          "lower_bound": lower_bound}
made_by = f"scipy {scipy.__version__}, statsmodels {statsmodels.__version__}, numpy {np.__version__}"
print(json.dumps({"made_by": made_by, **{name: list(make()) for name, make in tables.items()}}))
