"""From effects by region to priorities: shrunken effects, grades, rank sets, winners, and where a budget should go.

Everything here takes an `Estimate` over regions, from any estimator, or a vector and its covariance.
"""
