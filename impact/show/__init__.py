"""Figures and words: they read tables and compute no statistics."""
