// From the short form in which the data come to a list entry for each region.

const NUMBERS = ["estimate", "std_error", "lower", "upper", "above", "own_weight"];
const COUNTS = ["n_supported", "n_comparison"];
const THOUSANDTHS = ["above", "own_weight"];
const ABOVE = 9; // places before the point that a number may leave out; the signs of places begin there
const SHOWN = 0; // the state of a region with an effect; the next one has counts alone

function unpacked(data) {
  const classes = (place) => [...data.classes[place], ...data.without_value];
  return {
    ...data,
    estimates: data.estimates.map(unpackedEstimate),
    outcomes: data.outcomes.map((one) => ({ ...one, classes: each(one.classes, classes) })),
    variables: data.variables.map((one) => ({ ...one, classes: classes(one.classes), at: one.at.map(positions) })),
    risk: data.risk.map((mine) => mine.map(fromThousandths)),
    regions: { ...data.regions, neighbours: bothWays(data.regions.neighbours) },
  };
}

// Columns come without the regions that have no number, and numbers as how many of their last place.
function unpackedEstimate(one) {
  const state = positions(one.state);
  const places = positions(one.places).map((place) => place - ABOVE);
  const scaled = (name) =>
    one[name].map(THOUSANDTHS.includes(name) ? fromThousandths : (whole, at) => fromWhole(whole, places[at]));
  const numbers = NUMBERS.filter((name) => one[name]).map((name) => [
    name,
    spread(state, scaled(name), (at) => at === SHOWN),
  ]);
  const counts = COUNTS.map((name) => [name, spread(state, one[name], (at) => at <= SHOWN + 1)]);
  return {
    ...one,
    state,
    unsure: positions(one.unsure),
    at: each(one.at, positions),
    ...Object.fromEntries([...numbers, ...counts]),
  };
}

function each(named, change) {
  return Object.fromEntries(Object.entries(named).map(([name, value]) => [name, change(value)]));
}

function positions(text) {
  return Array.from(text, (sign) => parseInt(sign, 36));
}

function spread(state, values, has) {
  let next = 0;
  return state.map((one) => (has(one) ? values[next++] : null));
}

function fromWhole(whole, place) {
  if (whole === null) return null;
  return place < 0 ? whole * 10 ** -place : whole / 10 ** place;
}

function fromThousandths(value) {
  return value === null ? null : value / 1000;
}

// Pairs of neighbours come in one direction.
function bothWays(later) {
  return later.map((mine, at) => [...later.flatMap((other, from) => (other.includes(at) ? [from] : [])), ...mine]);
}
