"""Maps of regions from tidy tables: what is shown, where it is drawn, and how. `draw` makes a map with no options at all."""

from impact.show.maps.kinds import KINDS
from impact.show.maps.make import Map, draw

__all__ = ["KINDS", "Map", "draw"]
