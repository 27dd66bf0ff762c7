"""Made-up boundaries: a small square around the point of each unit of the register."""

import geopandas as gpd
import shapely

from impact.regions import register

HALF = 0.003  # degrees, so that no two squares of Korea meet


def korea(**columns):
    """Return a square per unit of the register, with its code."""
    units = register.units()
    x, y = units["longitude"], units["latitude"]
    squares = shapely.box(x - HALF, y - HALF, x + HALF, y + HALF)
    return gpd.GeoDataFrame({"code": units["code"], **columns}, geometry=squares, crs="EPSG:4326")


def grid(codes, crs="EPSG:4326", west=2.0, south=48.0, step=0.1):
    """Return squares beside one another, from west to east."""
    left = [west + step * at for at in range(len(codes))]
    squares = [shapely.box(x, south, x + step, south + step) for x in left]
    return gpd.GeoDataFrame({"code": list(codes)}, geometry=squares, crs="EPSG:4326").to_crs(crs)
