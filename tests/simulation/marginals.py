"""Set the simulated firms beside published figures, and write the handbook's page.

python -m simulation.marginals        # in tests/; writes reports/handbook/simulated-firms.md
"""

from __future__ import annotations

from pathlib import Path

from impact import simulate

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "reports" / "handbook" / "simulated-firms.md"


def page() -> str:
    """Return the page of the default world."""
    table = simulate.marginals(simulate.simulate(simulate.World()))
    rows = [
        f"| {row.what} | {row.published} | {'' if row.simulated != row.simulated else f'{row.simulated:.1f}'} | {row.source} |"
        for row in table.itertuples()
    ]
    head = ["| what | published | simulated | source |", "|---|---|---:|---|"]
    return (HERE / "marginals.md").read_text(encoding="utf-8").format(table="\n".join([*head, *rows]))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
