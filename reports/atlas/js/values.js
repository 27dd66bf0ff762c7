// What is known of a region under the present choice, as numbers and as words.

const NUMBERS = ["estimate", "std_error", "lower", "upper", "above", "own_weight"];
const COUNTS = ["n_supported", "n_comparison"];
const THOUSANDTHS = ["above", "own_weight"];
const STATE_WORDS = { 1: "state.not_enough_evidence", 2: "state.suppressed", 3: "state.not_identified", 4: "map.no_data" };

// The data with a list entry for each region: columns come without the regions that have no number.
function unpacked(data) {
  const estimates = data.estimates.map((one) => {
    const state = positions(one.state);
    const scaled = (name) => (THOUSANDTHS.includes(name) ? one[name].map(fromThousandths) : one[name]);
    const numbers = NUMBERS.filter((name) => one[name]).map((name) => [name, spread(state, scaled(name), (at) => at === 0)]);
    const counts = COUNTS.map((name) => [name, spread(state, one[name], (at) => at < 2)]);
    const layers = Object.entries(one.at).map(([name, text]) => [name, positions(text)]);
    return { ...one, state, unsure: positions(one.unsure), at: Object.fromEntries(layers), ...Object.fromEntries([...numbers, ...counts]) };
  });
  const classes = (place) => [...data.classes[place], ...data.without_value];
  const variables = data.variables.map((one) => ({ ...one, classes: classes(one.classes), at: one.at.map(positions) }));
  const outcomes = data.outcomes.map((one) => ({ ...one, classes: Object.fromEntries(Object.entries(one.classes).map(([name, place]) => [name, classes(place)])) }));
  const risk = data.risk.map((mine) => mine.map(fromThousandths));
  return { ...data, estimates, variables, outcomes, risk, regions: { ...data.regions, neighbours: bothWays(data.regions.neighbours) } };
}

function fromThousandths(value) {
  return value === null ? null : value / 1000;
}

// Pairs of neighbours come in one direction.
function bothWays(later) {
  return later.map((mine, at) => [...later.flatMap((other, from) => (other.includes(at) ? [from] : [])), ...mine]);
}

function positions(text) {
  return Array.from(text, (sign) => parseInt(sign, 36));
}

function spread(state, values, has) {
  let next = 0;
  return state.map((one) => (has(one) ? values[next++] : null));
}

// ---- what is shown -------------------------------------------------------------------------------------------------

function layerOf(data, state) {
  const variable = variableOf(data, state.measure);
  if (variable) return { classes: variable.classes, at: variable.at[variable.years.indexOf(state.year)], unsure: null };
  const estimate = data.estimates[state.estimate];
  const unsure = state.measure === "mean" ? estimate.unsure : null;
  return { classes: data.outcomes[state.outcome].classes[state.measure], at: estimate.at[state.measure], unsure };
}

function inProvince(data, state, at) {
  return state.province === "" || data.provinces[data.regions.province[at]].code === state.province;
}

// The regions that the filters leave, in the order of the register.
function shownRegions(data, state, layer) {
  const keys = new Set(state.classes);
  const fits = (at) => inProvince(data, state, at) && (keys.size === 0 || keys.has(layer.classes[layer.at[at]].key));
  return data.regions.code.map((_, at) => at).filter(fits);
}

// ---- words ---------------------------------------------------------------------------------------------------------

function voice(data, state) {
  const say = speaker(data.words, state.language);
  const l = state.language;
  const outcome = data.outcomes[state.outcome];
  const estimate = data.estimates[state.estimate];
  const confidence = data.study.confidence;
  const year = state.year;
  const name = (at) => data.regions[l][at];
  const province = (at) => data.provinces[data.regions.province[at]][l];
  const provinceShort = (at) => data.provinces[data.regions.province[at]][`short_${l}`];
  const place = (at) => (name(at) === province(at) ? name(at) : l === "ko" ? `${province(at)} ${name(at)}` : `${name(at)}, ${province(at)}`);
  const unit = outcome.percent ? " %" : outcome.unit && ` ${outcome.unit}`;
  const isShown = (at) => estimate.state[at] === 0;

  // The effect and its interval as they are shown; "" where there is none.
  function effect(at) {
    return isShown(at) ? effectOf({ estimate: estimate.estimate[at], lower: estimate.lower[at], upper: estimate.upper[at] }) : { effect: "", interval: "", spoken: "" };
  }

  function effectOf(numbers) {
    const [value, lower, upper] = [numbers.estimate, numbers.lower, numbers.upper].map((one) => shownOrNaN(one, outcome.percent));
    const places = digits(value, lower, upper);
    const [from, to] = [lower, upper].map((one) => written(one, places));
    const known = lower <= upper;
    return {
      effect: signed(value, places) + unit, interval: known ? `${from} … ${to}${unit}` : "", value, lower, upper, places,
      spoken: known ? say("range", { lower: from + unit, upper: to + unit }) : "",
    };
  }

  // The effect and its interval for those who hear them.
  function heard(at) {
    const { effect: size, spoken } = effect(at);
    return { effect: size, interval: spoken };
  }

  // A probability in per cent; it is never 0 or 100.
  function chance(p) {
    if (p < 0.01) return say("under", { p: "1 %" });
    return p > 0.99 ? say("over", { p: "99 %" }) : `${Math.round(100 * p)} %`;
  }

  function stateWords(at) {
    return say(STATE_WORDS[estimate.state[at]]);
  }

  // The effect as one sentence with its interval, or why there is none; with the mark where firms are simulated.
  function sentence(at) {
    return withMark(isShown(at) ? sentenceOf(effect(at)) : without(at));
  }

  function withMark(text) {
    return data.mark ? `${data.mark}: ${text}` : text;
  }

  function sentenceOf({ value, lower, upper, places }) {
    const kind = outcome.percent ? "answer.percent" : "answer.unit";
    return say(lower <= upper ? kind : `${kind}_alone`, {
      name: outcome.name, size: written(Math.abs(value), places), direction: say(value >= 0 ? "direction.up" : "direction.down"),
      confidence, lower: written(lower, places), upper: written(upper, places), unit: outcome.unit ? `; ${outcome.unit}` : "",
    });
  }

  function without(at) {
    const why = { 1: "too_few", 2: "answer.suppressed", 3: "answer.not_identified", 4: "no_rows" }[estimate.state[at]];
    return say(why, { supported: written(estimate.n_supported[at] ?? 0), name: outcome.name, minimum: data.study.minimum });
  }

  // What the interval says, and no more.
  function verdict(at) {
    return isShown(at) ? verdictOf(effect(at)) : "";
  }

  function verdictOf({ value, lower, upper }) {
    if (!(lower <= upper)) return say("verdict.alone");
    if (lower <= 0 && upper >= 0) return say("verdict.open");
    if (!outcome.better) return say("verdict.clear");
    return say(value > 0 === (outcome.better === "higher") ? "verdict.better" : "verdict.worse");
  }

  // The average effect over all supported firms; "" where it may not be shown.
  function overall() {
    if (!outcome.overall) return "";
    const numbers = effectOf(outcome.overall);
    return `${withMark(sentenceOf(numbers))} ${verdictOf(numbers)}`;
  }

  function firms(at) {
    if (!isShown(at)) return "";
    const counts = { supported: written(estimate.n_supported[at]), comparison: written(estimate.n_comparison[at]) };
    return say("answer.firms", { who: say(`who.${estimate.who}`), ...counts });
  }

  function riskClass(at, when) {
    const risk = variableOf(data, "risk");
    return risk.classes[risk.at[risk.years.indexOf(when)][at]][l];
  }

  // Population in a year, and its change since the first one in per cent.
  function people(at, when = year) {
    const all = data.population[at];
    const now = all[data.years.indexOf(when)];
    return { now, change: 100 * (now / all[0] - 1), all };
  }

  function index(at, when = year) {
    return data.risk[at][data.years.indexOf(when)];
  }

  function listed(at) {
    return data.designations.of[at].map((entry) => {
      const { from, until, notice, [l]: list } = data.designations.entries[entry];
      const said = until ? say("designation_until", { list, from, until }) : say("designation_from", { list, from });
      return `${said} (${say("notice", { notice })})`;
    });
  }

  // The value behind the class on the map.
  function value(at) {
    if (EFFECTS.includes(state.measure)) return isShown(at) ? shownAs(at) : "";
    if (state.measure === "risk") return written(index(at), 2);
    return state.measure === "change" ? `${signed(people(at).change, 1)} %` : "";
  }

  function shownAs(at) {
    const { effect: size, interval } = effect(at);
    if (state.measure === "probability") return estimate.above[at] === null ? "" : chance(estimate.above[at]);
    return state.measure === "mean" ? size : interval;
  }

  // What a screen reader says of a region on the map, and what stands beside the pointer.
  function label(at, layer) {
    const shown = layer.classes[layer.at[at]][l];
    const measured = EFFECTS.includes(state.measure);
    if (measured && isShown(at)) return say("label_effect", { name: place(at), shown, confidence, ...heard(at) });
    const more = value(at);
    return more ? `${place(at)}: ${shown} (${more}).` : `${place(at)}: ${shown}.`;
  }

  return {
    say, name, place, province, chance, provinceShort, effect, isShown, stateWords, heard, sentence, verdict, overall, firms, riskClass, people, index, listed, value, label,
    confidence, outcome, estimate, language: l, unit, year,
  };
}

function shownOrNaN(value, percent) {
  return value === null ? NaN : shownValue(value, percent);
}

// ---- headings ------------------------------------------------------------------------------------------------------

function measureName(data, state, say) {
  return say(`measure_${state.measure}`, { year: data.years[0] });
}

function headingOf(data, state) {
  const say = speaker(data.words, state.language);
  const measure = measureName(data, state, say);
  if (variableOf(data, state.measure)) return say("heading_year", { measure, year: state.year });
  const { name } = data.outcomes[state.outcome];
  return say("heading", { outcome: name, measure });
}

// With whom an estimate compares, and which estimator it is where there are several.
function estimateName(estimate, say, language) {
  const beside = say(estimate.beside);
  return estimate.estimator ? `${beside} · ${estimate.estimator[language]}` : beside;
}

// How many regions each class has, among those of the chosen province.
function countsOf(data, state, layer) {
  const counts = layer.classes.map(() => 0);
  data.regions.code.forEach((_, at) => {
    if (inProvince(data, state, at)) counts[layer.at[at]] += 1;
  });
  return counts;
}

function summaryOf(data, state, layer) {
  const say = speaker(data.words, state.language);
  const counts = countsOf(data, state, layer);
  const all = counts.reduce((sum, n) => sum + n, 0);
  if (variableOf(data, state.measure)) return classesInWords(state, layer, counts);
  const place = data.estimates[state.estimate].at.interval;
  const mine = data.regions.code.map((_, at) => at).filter((at) => inProvince(data, state, at));
  const n = (wanted) => mine.filter((at) => place[at] === wanted).length;
  const [below, open, above] = [0, 1, 2].map(n);
  return say("summary", { known: below + open + above, all, above, below, open, confidence: data.study.confidence });
}

function classesInWords(state, layer, counts) {
  return `${layer.classes.map((one, at) => (counts[at] ? `${one[state.language]}: ${written(counts[at])}` : "")).filter(Boolean).join("; ")}.`;
}
