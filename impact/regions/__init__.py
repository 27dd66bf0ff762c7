"""Regions: the register of units with their figures and designations, and the extinction index."""
