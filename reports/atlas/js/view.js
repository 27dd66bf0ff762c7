// A view: the data under one choice. Everything that is drawn or said is a function of a view.

function viewOf(data, state) {
  const outcome = data.outcomes[state.outcome];
  return {
    data,
    state,
    outcome,
    estimate: data.estimates[state.estimate],
    layer: layerOf(data, state),
    language: state.language,
    say: speaker(data.words, state.language),
    confidence: data.study.confidence,
    unit: outcome.percent ? " %" : outcome.unit && ` ${outcome.unit}`,
  };
}

// The classes of the map, the place of each region among them, and where the effect is unsure.
function layerOf(data, state) {
  const variable = variableOf(data, state.measure);
  if (variable) return { classes: variable.classes, at: variable.at[variable.years.indexOf(state.year)], unsure: null };
  const estimate = data.estimates[state.estimate];
  const unsure = state.measure === "mean" ? estimate.unsure : null;
  return { classes: data.outcomes[state.outcome].classes[state.measure], at: estimate.at[state.measure], unsure };
}

// Whether the map shows effects, not something else about the regions.
function showsEffects(view) {
  return EFFECTS.includes(view.state.measure);
}

// ---- regions -------------------------------------------------------------------------------------------------------

function everyRegion({ data }) {
  return data.regions.code.map((_, at) => at);
}

function inProvince({ data, state }, at) {
  return state.province === "" || data.provinces[data.regions.province[at]].code === state.province;
}

// The regions that the filters leave, in the order of the register.
function shownRegions(view) {
  const keys = new Set(view.state.classes);
  return everyRegion(view).filter((at) => inProvince(view, at) && (keys.size === 0 || keys.has(classAt(view, at).key)));
}

function chosenRegions({ state }) {
  return [state.one, state.two].filter((at) => at >= 0);
}

function classAt({ layer }, at) {
  return layer.classes[layer.at[at]];
}

// How many regions each class has, among those of the chosen province.
function countsOf(view) {
  const counts = view.layer.classes.map(() => 0);
  for (const at of everyRegion(view)) counts[view.layer.at[at]] += inProvince(view, at);
  return counts;
}

// ---- names ---------------------------------------------------------------------------------------------------------

function nameOf({ data, language }, at) {
  return data.regions[language][at];
}

function provinceOf({ data }, at) {
  return data.provinces[data.regions.province[at]];
}

// The name with that of the province, in the order of the language; Sejong is both.
function placeOf(view, at) {
  const name = nameOf(view, at);
  const province = provinceOf(view, at)[view.language];
  if (name === province) return name;
  return view.language === "ko" ? `${province} ${name}` : `${name}, ${province}`;
}

// ---- numbers of a region -------------------------------------------------------------------------------------------

function isShown({ estimate }, at) {
  return estimate.state[at] === SHOWN;
}

// Population in a year, and its change since the first one in per cent.
function peopleAt({ data, state }, at, year = state.year) {
  const all = data.population[at];
  const now = all[data.years.indexOf(year)];
  return { now, change: 100 * (now / all[0] - 1), all };
}

// The extinction index in a year.
function indexAt({ data, state }, at, year = state.year) {
  return data.risk[at][data.years.indexOf(year)];
}

function shownOrNaN(value, percent) {
  return value === null ? NaN : shownValue(value, percent);
}

// The effect of a region and its interval as they are shown; "" where there is none.
function effectAt(view, at) {
  const { estimate } = view;
  if (!isShown(view, at)) return { effect: "", interval: "", spoken: "" };
  return effectOf(view, { estimate: estimate.estimate[at], lower: estimate.lower[at], upper: estimate.upper[at] });
}

function effectOf({ say, outcome, unit }, numbers) {
  const [value, lower, upper] = [numbers.estimate, numbers.lower, numbers.upper].map((one) =>
    shownOrNaN(one, outcome.percent),
  );
  const places = digits(value, lower, upper);
  const [from, to] = [lower, upper].map((one) => written(one, places));
  const known = lower <= upper;
  return {
    effect: signed(value, places) + unit,
    interval: known ? `${from} … ${to}${unit}` : "",
    value,
    lower,
    upper,
    places,
    spoken: known ? say("range", { lower: from + unit, upper: to + unit }) : "",
  };
}

// The effect and its interval for those who hear them.
function heard(view, at) {
  const { effect, spoken } = effectAt(view, at);
  return { effect, interval: spoken };
}
