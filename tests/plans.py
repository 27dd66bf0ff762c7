"""Made-up effects of regions, and every plan that there can be, one after another."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

from impact import Estimate, Gaussian


def effects(values, kind="posterior", cov=None, labels=None):
    """Return an estimate over region; regions are named a, b, c, … or r000, r001, …"""
    n = len(values)
    labels = (
        (list("abcdefghijklmnopqrstuvwxyz")[:n] if n <= 26 else [f"r{i:03}" for i in range(n)])
        if labels is None
        else labels
    )
    series = pd.Series(np.asarray(values, float), pd.Index(labels, name="region"))
    e = Estimate.from_covariance(series, 0.01 * np.eye(n) if cov is None else np.asarray(cov, float))
    return replace(e, noise=Gaussian(e.noise.cov(), kind))


def marks(values, labels=None):
    """Return True or False by region."""
    return pd.Series([bool(value) for value in values], effects(np.zeros(len(values)), labels=labels).value.index)


def best_by_hand(gain, cost, budget, caps, floors=(), floor_of="budget", firms=None, provinces=None, limits=None):
    """Try every plan (regions × levels); return the largest gain among those that keep the rules, or None."""
    levels = gain.shape[1]
    per_region = [[counts for counts in product(range(cap + 1), repeat=levels) if sum(counts) <= cap] for cap in caps]
    found = None
    for plan in product(*per_region):
        x = np.array(plan, float)
        spent = (x * cost).sum()
        keeps = spent <= budget + 1e-9 and (firms is None or x.sum() <= firms)
        for mask, share in floors:
            inside = (x * cost)[mask].sum() if floor_of != "firms" else x[mask].sum()
            whole = {"budget": budget, "spent": spent, "firms": x.sum()}[floor_of]
            keeps = keeps and inside >= share * whole - 1e-9
        for province in [] if limits is None else sorted(set(provinces)):
            there = x[np.asarray(provinces) == province].sum()
            keeps = keeps and limits[0] <= there <= limits[1]
        if keeps and (found is None or (x * gain).sum() > found):
            found = float((x * gain).sum())
    return found
