"""What the READMEs tell a newcomer to type in Python runs as it stands there."""

import re
from pathlib import Path

import pytest
from studies import regional_firms

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_examples_run(name, tmp_path, monkeypatch):
    table, _ = regional_firms()
    table = table.rename(columns={"since": "first_supported", "town": "municipality"})
    table.to_csv(tmp_path / "firms.csv", index=False)
    monkeypatch.chdir(tmp_path)
    shortest, next_ = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    typed = {}
    exec(shortest, typed)
    assert typed["e"].by("cohort", average=True).value.notna().all()
    by_region = shortest.replace('unit="firm",', 'unit="firm", region="municipality",').replace(
        '["log(workers)"]', "[]"
    )
    exec(by_region, typed)
    typed["areas"] = ["t01", "t02", "t03", "t04", "t05", "t06"]
    exec(next_.replace("10_000", "1_000"), typed)  # for twelve towns
    assert typed["shrunken"].noise.kind == "posterior"
    assert typed["plan"].table["chosen"].max() == 5
    assert typed["plan"].budget == 1_000
