"""Where the phrases were; they stand in `impact.phrases`, because figures say them too."""

from impact.phrases import known, phrase

__all__ = ["known", "phrase"]
