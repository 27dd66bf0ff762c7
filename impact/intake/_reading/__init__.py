"""The steps of `read_table` (`impact.intake.door`), in their order; nothing else imports them but what writes what was seen.

bytes ─► `encodings`, `delimited`, `zipped`, `sheets`, `columnar` ─► text cells (`grid`)
rows  ─► `header`, `lines`                                        ─► names, and titles, notes and blank rows set aside
cells ─► `distinct`, `marks`, `shapes`, `cells`                   ─► numbers, codes and marks for zero, missing, suppressed
base  ─► `labels`, `places`, `totals`, `parting`, `sums`          ─► base rows; what adds them up is set aside and compared
"""
