"""Boundaries: shapes of regions from a file that you name, in one system of codes, repaired, and sound as a coverage.

No boundary ships with the package. `read` takes a file of your own (a shapefile in a zip, GeoJSON, TopoJSON, GeoPackage or
GeoParquet), finds its coordinates and codes, repairs what does not fit, and returns one shape per unit. `fetch` downloads one
pinned file of Korea into your cache; `cached` says where it lies prepared. Whoever draws a map writes the words of
`Boundaries.attribution` on it.
"""

from impact.regions.boundaries._cache import Pinned, cached, pinned
from impact.regions.boundaries._download import fetch, steps
from impact.regions.boundaries._kinds import FULL, LIGHT, Attribution, Boundaries, Detail
from impact.regions.boundaries._prepared import checked, write
from impact.regions.boundaries._read import provinces, read

__all__ = [
    "FULL",
    "LIGHT",
    "Attribution",
    "Boundaries",
    "Detail",
    "Pinned",
    "cached",
    "checked",
    "fetch",
    "pinned",
    "provinces",
    "read",
    "steps",
    "write",
]
