"""Simulated firms × years of the Korean smart-factory programme, with a known truth."""

from impact.simulate.marginals import marginals
from impact.simulate.panel import Simulated, simulate, without_support
from impact.simulate.world import World
from impact.simulate.write import STEPS, write

__all__ = ["STEPS", "Simulated", "World", "marginals", "simulate", "without_support", "write"]
