"""The priorities of a study, from its file to a page beside its results."""

from __future__ import annotations

from pathlib import Path

from impact import disclosure, folder, progress
from impact.errors import InputError
from impact.prioritize.regional import regional
from impact.prioritize.tables import tables
from impact.run import RESULTS, Done, noting, prepare
from impact.threads import one_thread

STEPS = 4


@one_thread
def run(path: Path, out: Path = RESULTS) -> Done:
    """Add priorities to the results of an earlier run of the same study; they replace earlier ones when all is done."""
    from impact.show import priorities as figures

    with progress.steps(STEPS) as tell:
        tell("reading")
        prepared = prepare(path)
        study, notes = prepared.study, prepared.notes
        if study.panel.region is None:
            raise InputError(
                "Priorities are of regions; [panel] names none. Add region = …, the column of their codes."
            )
        place = out / study.study.name
        folder.must_be_of(place, path, prepared.tables.source)
        with noting(notes):
            tell(f"estimating {study.compared_by.name} by region")
            of = regional(prepared)
            tell("planning")
            found = tables(of, study)
        tell("writing")
        released = disclosure.released(found, disclosure.minimum_firms(study.disclosure.minimum_firms))
        rooms = {
            name: folder.Tables(named, [], prepared.tables.simulated)
            for name, named in (("internal", found), ("released", released))
        }
        complaint = folder.add(place, rooms, figures.draw_all, "priorities")
    return Done(place, notes, complaint)
