// The state of the page in its address, so that a view can be sent. What is as it was at first is not written; what is unknown
// is not read.

const EFFECTS = ["probability", "mean", "interval"];

function firstState(data) {
  return {
    language: data.language,
    outcome: 0,
    estimate: 0,
    measure: "probability",
    year: data.years[data.years.length - 1],
    view: data.map ? "map" : "tiles",
    province: "",
    classes: [],
    one: -1,
    two: -1,
    comparing: false,
    sort: "region",
    down: false,
  };
}

// A state in which everything fits together: the estimate is of the outcome, and the year is one of the measure's.
function fitting(data, state) {
  const mine = data.estimates.map((one, at) => at).filter((at) => data.estimates[at].outcome === state.outcome);
  const wanted = data.estimates[state.estimate];
  const same = mine.find((at) => data.estimates[at].key === wanted.key);
  const alike = mine.find((at) => data.estimates[at].beside === wanted.beside);
  const estimate = mine.includes(state.estimate) ? state.estimate : (same ?? alike ?? mine[0]);
  const years = variableOf(data, state.measure)?.years ?? data.years;
  const year = years.includes(state.year) ? state.year : years[years.length - 1];
  const alone = state.one < 0 || state.two === state.one;
  return { ...state, estimate, year, two: alone ? -1 : state.two, comparing: state.comparing && state.one >= 0 };
}

function variableOf(data, measure) {
  return data.variables.find((one) => one.key === measure);
}

// Each part of the state: its key in the address, how it is written, and how it is read; undefined is unknown.
function parts(data) {
  const same = (value) => value;
  const region = [(at) => (at < 0 ? "" : data.regions.code[at]), placeIn(data.regions.code)];
  const outcomes = data.outcomes.map((outcome) => outcome.name);
  const measures = [...EFFECTS, ...data.variables.map((variable) => variable.key)];
  return {
    language: ["l", same, oneOf(["en", "ko"])],
    outcome: ["o", (at) => outcomes[at], placeIn(outcomes)],
    estimate: ["e", (at) => data.estimates[at].key, null], // read last, as it belongs to an outcome
    measure: ["m", same, oneOf(measures)],
    year: ["y", String, (text) => data.years.find((year) => String(year) === text)],
    view: ["v", same, oneOf(data.map ? ["map", "tiles"] : ["tiles"])],
    province: ["p", same, oneOf(data.provinces.map((province) => province.code))],
    classes: ["c", (keys) => keys.join(","), classKeys],
    one: ["a", ...region],
    two: ["b", ...region],
    sort: ["s", same, oneOf(COLUMNS)],
    down: ["d", (down) => (down ? "1" : ""), (text) => text === "1"],
  };
}

function placeIn(names) {
  return (name) => (names.includes(name) ? names.indexOf(name) : undefined);
}

function oneOf(names) {
  return (name) => (names.includes(name) ? name : undefined);
}

function classKeys(text) {
  return text
    .split(",")
    .filter((key) => /^\w+$/.test(key))
    .slice(0, 20);
}

function toAddress(data, state) {
  const first = firstState(data);
  const said = new URLSearchParams();
  for (const [name, [key, write]] of Object.entries(parts(data))) {
    const text = write(state[name]);
    if (text !== write(first[name])) said.set(key, text);
  }
  return said.toString();
}

function fromAddress(data, hash) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const state = firstState(data);
  for (const [name, [key, , read]] of Object.entries(parts(data))) {
    const value = read && said.has(key) ? read(said.get(key)) : undefined;
    if (value !== undefined) state[name] = value;
  }
  const wanted = data.estimates.findIndex((one) => one.outcome === state.outcome && one.key === said.get("e"));
  const first = data.estimates.findIndex((one) => one.outcome === state.outcome);
  return fitting(data, { ...state, estimate: wanted < 0 ? first : wanted });
}
