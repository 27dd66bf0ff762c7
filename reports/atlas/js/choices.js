// The choices above the map: outcome, comparison, measure, year, province, view.

function makeChoices(data, on) {
  const chosen = (id, change) => byId(id).addEventListener("change", (event) => on.change(change(event.target.value)));
  chosen("outcome", (value) => ({ outcome: Number(value), classes: [] }));
  chosen("estimate", (value) => ({ estimate: Number(value), classes: [] }));
  chosen("measure", (value) => ({ measure: value, classes: [] }));
  chosen("province", (value) => ({ province: value }));
  byId("year").addEventListener("input", (event) => on.change({ year: Number(event.target.value) }, true));
  for (const button of byId("views").children) button.addEventListener("click", () => on.change({ view: button.dataset.view }));
}

function drawChoices(data, state, words) {
  const { say } = words;
  const l = state.language;
  options(byId("outcome"), data.outcomes.map((one, at) => [String(at), one.name]), String(state.outcome));
  const estimates = data.estimates.map((one, at) => [String(at), estimateName(one, say, l), one.outcome]).filter((one) => one[2] === state.outcome);
  options(byId("estimate"), estimates.map(([at, label]) => [at, label]), String(state.estimate));
  const measures = (keys) => keys.map((key) => [key, measureName(data, { ...state, measure: key }, say)]);
  options(byId("measure"), [[say("of_effect"), measures(EFFECTS)], [say("of_region"), measures(data.variables.map((one) => one.key))]], state.measure);
  const provinces = data.provinces.map((one) => [one.code, one[l]]);
  options(byId("province"), [["", say("every_province")], ...provinces], state.province);
  drawYear(data, state);
  for (const button of byId("views").children) put(button, "aria-pressed", button.dataset.view === state.view);
  show(byId("views"), data.map !== null);
}

function drawYear(data, state) {
  const variable = variableOf(data, state.measure);
  show(byId("year-box"), variable !== undefined);
  if (!variable) return;
  const slider = byId("year");
  put(slider, "min", variable.years[0]);
  put(slider, "max", variable.years[variable.years.length - 1]);
  slider.value = String(state.year);
  write(byId("year-out"), String(state.year));
}
