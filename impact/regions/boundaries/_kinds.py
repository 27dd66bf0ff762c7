"""What boundaries are: a shape per unit, in which system, who must be named, and in how much detail."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd

from impact.regions.codes import System

DEGREES = "EPSG:4326"
METRES_OF_KOREA = "EPSG:5179"  # Korea 2000 / Unified CS, on which national maps of Korea are drawn
CHANGES = {
    "repaired": "도형 수정",
    "dissolved": "병합",
    "simplified": "단순화",
    "recoded": "코드 변환",
}


@dataclass(frozen=True)
class Detail:
    """How fine boundaries are.

    tolerance: metres; borders are simplified by about so much, shared ones once for both sides. 0 leaves every vertex.
    islets: km²; parts of a unit that are smaller are left out, but never its largest. 0 keeps all, such as Dokdo (0.15 km²).
    decimals: of degrees; 5 are about a metre, 4 about ten.
    """

    tolerance: float = 0.0
    islets: float = 0.0
    decimals: int = 5

    @property
    def is_lighter(self) -> bool:
        """Tell whether anything but the last decimals is left out."""
        return self.tolerance > 0 or self.islets > 0


FULL = Detail()
LIGHT = Detail(tolerance=400, decimals=4)


@dataclass(frozen=True)
class Attribution:
    """The words that must stand on every map, in Korean and in English, and what was done to the source.

    >>> print(Attribution("출처: 어느 기관", "Source: some office", ("repaired", "recoded")))
    출처: 어느 기관 변경: 도형 수정, 코드 변환.
    Source: some office Changed: geometry repaired, recoded.
    """

    ko: str
    en: str
    changes: tuple[str, ...] = ()

    def said(self, language: str) -> str:
        """Return the words in a language, "ko" or "en", with what was changed."""
        if not self.changes:
            return {"ko": self.ko, "en": self.en}[language]
        changed = {
            "ko": f"{self.ko} 변경: {', '.join(CHANGES[change] for change in self.changes)}.",
            "en": f"{self.en} Changed: geometry {', '.join(self.changes)}.",
        }
        return changed[language]

    def __str__(self) -> str:
        return f"{self.said('ko')}\n{self.said('en')}"


@dataclass(frozen=True, eq=False)
class Boundaries:
    """A shape per unit.

    frame: the columns `code`, text, in order and each once, and `geometry`, polygons in degrees (EPSG:4326) that fit together:
        valid, nowhere overlapping, with the same vertices on both sides of a shared border. Names are not carried.
    system: of which all codes are; None where a country has no such tables.
    attribution: what must stand on every map.
    notes: what was found and done, a sentence each.
    missing: the units of the system of which the file has no shape, or not all of it.
    """

    frame: gpd.GeoDataFrame
    system: System | None
    attribution: Attribution
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def metric(self) -> gpd.GeoDataFrame:
        """Return the frame in metres."""
        return self.frame.to_crs(metres(self.frame, self.system))


def metres(frame: gpd.GeoDataFrame, system: System | None) -> object:
    """Return coordinates in metres: Korea's own for the codes that ship, else the UTM zone in which most of the shapes lie."""
    if system is not None and system.folder is None:
        return METRES_OF_KOREA
    return frame.estimate_utm_crs()
