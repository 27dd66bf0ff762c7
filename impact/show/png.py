"""A png with a palette, which has a quarter of the size: figures and maps have few colours."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from scipy.spatial import cKDTree

from impact import marks

COLOURS = 256  # the most that a palette can have


def save(figure: Figure, to: Path, dpi: int, simulated: bool, colours: int = COLOURS) -> None:
    """Save a figure; that its firms are simulated stands in the file's title, too."""
    whole = io.BytesIO()
    figure.savefig(whole, format="png", dpi=dpi, pil_kwargs={"compress_level": 1})
    about = PngInfo()
    if simulated:
        about.add_itxt("Title", marks.SIMULATED)
    few = _few(Image.open(whole).convert("RGB"), colours)
    few.save(to, format="png", optimize=True, dpi=(dpi, dpi), pnginfo=about)


def _few(picture: Image.Image, most: int) -> Image.Image:
    """Bring a picture to its most frequent colours, among which are those of all classes; others go to the nearest of them."""
    number = np.asarray(picture).astype(np.int64) @ (1 << 16, 1 << 8, 1)
    different, at, count = np.unique(number, return_inverse=True, return_counts=True)
    colours = np.column_stack([different >> 16, different >> 8 & 255, different & 255])
    palette = colours[np.argsort(-count, kind="stable")[:most]]
    _, nearest = cKDTree(palette).query(colours)
    few = Image.fromarray(nearest[at].reshape(picture.height, picture.width).astype(np.uint8))
    few.putpalette(palette.astype(np.uint8).tobytes())
    return few
