"""From what agencies hand out to a table that can be trusted.

    file ─► text cells ─► header and rows set aside ─► numbers and marks ─► labels, regions, totals ─► `Taken`

`read_table` reads csv, txt, tsv, xlsx, xlsm, parquet and dta. Nothing is guessed in silence: what was taken for a header, a
total, a mark or a number is said in `notes`, every row that is not in the table is in `aside` with the reason, and every cell
that is no plain value is in `cells`. The rest of the room works on columns: `to_long` (years in column names become rows),
`plausible` (is the declared unit of money right?), `fiscal_year`, and identifiers (`business_numbers`, `corporate_numbers`,
`industry_codes`). A list of who was supported becomes one row a firm (`roster`) and is joined to a panel with the rates of
joined and not joined (`join`); `lives` and `life_table` tell closed firms from those that are only missing.
"""

from impact.intake.door import read_table
from impact.intake.fiscal import calendar_year, fiscal_year
from impact.intake.identifiers import Checked, business_numbers, corporate_numbers, industry_codes
from impact.intake.joined import Joined, join
from impact.intake.life_tables import life_table
from impact.intake.lifetimes import Lives, lives
from impact.intake.money import Plausible, plausible
from impact.intake.rosters import Roster, roster
from impact.intake.taken import Taken
from impact.intake.wide import spread, to_long

__all__ = [
    "Checked",
    "Joined",
    "Lives",
    "Plausible",
    "Roster",
    "Taken",
    "business_numbers",
    "calendar_year",
    "corporate_numbers",
    "fiscal_year",
    "industry_codes",
    "join",
    "life_table",
    "lives",
    "plausible",
    "read_table",
    "roster",
    "spread",
    "to_long",
]
