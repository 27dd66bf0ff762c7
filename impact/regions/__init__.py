"""Regions: the register of units, their codes and designations, the extinction index, neighbours, regional panels."""

from impact.regions.panels import Regional, to_panel

__all__ = ["Regional", "to_panel"]
