// The choices above the map: outcome, comparison, measure, year, province, view.

function makeChoices(on) {
  const chosen = (id, change) => byId(id).addEventListener("change", (event) => on.change(change(event.target.value)));
  chosen("outcome", (value) => ({ outcome: Number(value), classes: [] }));
  chosen("estimate", (value) => ({ estimate: Number(value), classes: [] }));
  chosen("measure", (value) => ({ measure: value, classes: [] }));
  chosen("province", (value) => ({ province: value }));
  byId("year").addEventListener("input", (event) => on.change({ year: Number(event.target.value) }, true));
  for (const one of byId("views").children) one.addEventListener("click", () => on.change({ view: one.dataset.view }));
}

function drawChoices(view) {
  const { data, state, say, language } = view;
  options(
    byId("outcome"),
    data.outcomes.map((one, at) => [String(at), one.name]),
    String(state.outcome),
  );
  const estimates = data.estimates.map((one, at) => [String(at), estimateName(view, one)]);
  options(
    byId("estimate"),
    estimates.filter((_, at) => data.estimates[at].outcome === state.outcome),
    String(state.estimate),
  );
  const measures = (keys) => keys.map((key) => [key, measureName(view, key)]);
  options(
    byId("measure"),
    [
      [say("of_effect"), measures(EFFECTS)],
      [say("of_region"), measures(data.variables.map((one) => one.key))],
    ],
    state.measure,
  );
  const provinces = data.provinces.map((one) => [one.code, one[language]]);
  options(byId("province"), [["", say("every_province")], ...provinces], state.province);
  drawYear(view);
  for (const one of byId("views").children) put(one, "aria-pressed", one.dataset.view === state.view);
  show(byId("views"), data.map !== null);
}

function drawYear({ data, state }) {
  const variable = variableOf(data, state.measure);
  show(byId("year-box"), variable !== undefined);
  if (!variable) return;
  const slider = byId("year");
  put(slider, "min", variable.years[0]);
  put(slider, "max", variable.years[variable.years.length - 1]);
  slider.value = String(state.year);
  write(byId("year-out"), String(state.year));
}
