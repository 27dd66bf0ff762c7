"""The atlas: effects by region on one page that opens anywhere, with a map, tiles, a card a region and a table.

`make` reads the released tables of a study and writes `atlas.html` beside them. Everything is in that one file: nothing is loaded
from elsewhere, and what must not leave is not in it. Templates stand in `reports/atlas`; they are joined here, and nothing is
computed there but comparisons of two effects and words.
"""

from impact.atlas.page import Made, make

__all__ = ["Made", "make"]
