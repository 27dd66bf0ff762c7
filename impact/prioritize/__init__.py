"""Who is supported next: the priorities of a study, from its effects by region to tables, maps and a page."""

NAMES = ("priorities", "frontier", "promise", "winners", "priorities_facts")
FILE = "priorities.html"
