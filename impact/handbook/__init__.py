"""The handbook: what a user reads to learn what the package does, why, and what its sentences mean.

Pages are portable qmd in `reports/handbook`. `messages` holds what each error and warning means and how to mend it.
"""
