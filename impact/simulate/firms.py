"""The firms before the programme: where they are, what they make, their traits and their luck. Nothing here knows of support."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.special import ndtr, ndtri

from impact.simulate.facts import fact, number
from impact.simulate.numbers import business_numbers
from impact.simulate.places import places
from impact.simulate.streams import blocks, stream
from impact.simulate.world import World

TRAITS = ("log_size_before", "rnd_before", "growth_before")
FLAGS = ("disabled_employing", "women_led", "social_enterprise", "pandemic_goods")
NEVER = 9999  # a year after all others


@dataclass(frozen=True)
class Firms:
    """One entry for each firm; `luck` and `fate` have one for each firm and year.

    traits: (firms × 3) log size, log R&D in percent of sales, yearly log growth of sales, before the programme or at founding.
    flags: (firms × 4). individual: the firm's own effect as a multiple of the mean effect. growth: yearly growth that no trait
    shows. adopts: the year in which it adopts with its own money, if it is not supported before. luck: standard normal noise of
    sales. fate: uniform, decides on exit.
    """

    number: np.ndarray
    place: np.ndarray
    latitude: np.ndarray
    longitude: np.ndarray
    industry: np.ndarray
    founded: np.ndarray
    traits: np.ndarray
    flags: np.ndarray
    mentored: np.ndarray
    individual: np.ndarray
    growth: np.ndarray
    adopts: np.ndarray
    luck: np.ndarray
    fate: np.ndarray

    def __len__(self) -> int:
        return len(self.place)

    def __getitem__(self, rows: slice | np.ndarray) -> Firms:
        """Return some of the firms."""
        return Firms(*(getattr(self, part.name)[rows] for part in fields(self)))


def firms(world: World) -> Firms:
    """Draw all firms, block by block."""
    drawn = [_block(world, block, rows) for block, rows in blocks(world.firms)]
    return Firms(*(np.concatenate([getattr(one, part.name) for one in drawn]) for part in fields(Firms)))


def centred(traits: np.ndarray) -> np.ndarray:
    """Return traits around the middle of all firms, which is a fact and no estimate."""
    return np.asarray(traits - _scales()[0])


def standardised(traits: np.ndarray) -> np.ndarray:
    """Return traits around the middle of all firms, in standard deviations."""
    return np.asarray(centred(traits) / _scales()[1])


def industries() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return code, broad group and relative loss of 2020 of each industry."""
    table = fact("industries")
    groups, losses = (np.array([row[part] for row in table.values()]) for part in ("group", "loss"))
    return np.array(list(table)), groups, losses


def _block(world: World, block: int, rows: slice) -> Firms:
    n, years = rows.stop - rows.start, len(world.years)
    place, latitude, longitude = _location(stream(world.seed, "location", block), n)
    traits, mentored = _traits(stream(world.seed, "traits", block), n), _mentored(world, block, n)
    start = int(stream(world.seed, "numbers").integers(1_000_000))
    return Firms(
        number=business_numbers(np.arange(rows.start, rows.stop), start),
        place=place,
        latitude=latitude,
        longitude=longitude,
        industry=_industry(stream(world.seed, "industry", block), n),
        founded=_founded(stream(world.seed, "founding", block), n, world),
        traits=traits,
        flags=stream(world.seed, "flags", block).random((n, len(FLAGS))) < [number("traits", name) for name in FLAGS],
        mentored=mentored,
        individual=_individual(stream(world.seed, "effects", block), world, traits, mentored, place),
        growth=_growth(stream(world.seed, "growth", block), n, world),
        adopts=_adopts(stream(world.seed, "adoption", block), n, world),
        luck=stream(world.seed, "luck", block).standard_normal((n, years)),
        fate=stream(world.seed, "exit", block).random((n, years)),
    )


def _location(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw a municipality by its weight, and a point around its representative point, to four decimals (about ten metres)."""
    at = places()
    place = np.searchsorted(np.cumsum(at.weight)[:-1], rng.random(n), side="right")
    degrees = rng.standard_normal((n, 2)).clip(-2, 2) * at.spread_km[place, None] / number("degree_km")
    latitude = at.latitude[place] + degrees[:, 0]
    longitude = at.longitude[place] + degrees[:, 1] / np.cos(np.radians(latitude))
    return place.astype(np.int16), latitude.round(4), longitude.round(4)


def _industry(rng: np.random.Generator, n: int) -> np.ndarray:
    share = np.cumsum([row["share"] for row in fact("industries").values()])
    return np.searchsorted(share[:-1] / share[-1], rng.random(n), side="right").astype(np.int8)


def _founded(rng: np.random.Generator, n: int, world: World) -> np.ndarray:
    """Draw ages before the panel from an exponential with the mean age, and founders of later years alike in each year."""
    when, age = rng.random(n), rng.exponential(number("age_mean"), n)
    later = world.years[1:]
    year = later[np.minimum((when / max(world.entry, 1e-9)).astype(np.int64), len(later) - 1)]
    return np.where(when < world.entry * len(later), year, world.first_year - 1 - age.astype(np.int64)).astype(np.int16)


def _traits(rng: np.random.Generator, n: int) -> np.ndarray:
    """Draw traits: log size normal and cut off at its limits, log R&D and growth normal."""
    middle, spread = _scales()
    low, high = _chances(fact("workers_limits"))
    size = ndtri(low + (high - low) * rng.random(n))
    return np.asarray(middle + spread * np.column_stack([size, rng.standard_normal((n, len(TRAITS) - 1))]))


def _share_below(workers: float) -> float:
    """Return the share of firms with fewer workers."""
    low, below, high = _chances([fact("workers_limits")[0], workers, fact("workers_limits")[1]])
    return float((below - low) / (high - low))


def _chances(workers: list[float]) -> np.ndarray:
    """Return how often a normal log size that is not cut off lies below."""
    middle, spread = _scales()
    return np.asarray(ndtr((np.log(workers) - middle[0]) / spread[0]))


def _scales() -> tuple[np.ndarray, np.ndarray]:
    rnd, growth = fact("rnd_before"), fact("growth_before")
    middle = np.array([np.log(number("workers_median")), rnd["mean"], growth["mean"]])
    return middle, np.array([number("workers_spread"), rnd["spread"], growth["spread"]])


def _mentored(world: World, block: int, n: int) -> np.ndarray:
    return stream(world.seed, "mentoring", block).random(n) < number("mentored_share")


def _individual(
    rng: np.random.Generator, world: World, traits: np.ndarray, mentored: np.ndarray, place: np.ndarray
) -> np.ndarray:
    """Return each firm's effect as a multiple of the mean effect.

    h_i = 1 + heterogeneity × (a (small_i − mean) + b (mentored_i − mean) + c v_municipality + d ξ_i), v and ξ standard normal.
    """
    parts, limit = fact("individual"), number("small_workers")
    small = traits[:, 0] < np.log(limit)
    municipal = stream(world.seed, "municipal effects").standard_normal(len(places().code))
    return 1 + world.heterogeneity * (
        parts["small"] * (small - _share_below(limit))
        + parts["mentored"] * (mentored - number("mentored_share"))
        + parts["municipality"] * municipal[place]
        + parts["firm"] * rng.standard_normal(len(place))
    )


def _growth(rng: np.random.Generator, n: int, world: World) -> np.ndarray:
    """Draw growth that persists and that no trait shows; there is none unless it is a violation."""
    spread = number("unobserved_growth", "spread") if world.violation == "growth" else 0.0
    return spread * rng.standard_normal(n)


def _adopts(rng: np.random.Generator, n: int, world: World) -> np.ndarray:
    """Draw the year of own adoption: a constant hazard from the first year on, the same for all, so that it bends no trend."""
    if world.adopters == 0:
        return np.full(n, NEVER, np.int16)
    waits = np.log(1 - rng.random(n)) / np.log(1 - world.adopters)
    return np.minimum(world.first_year + waits, NEVER).astype(np.int16)
