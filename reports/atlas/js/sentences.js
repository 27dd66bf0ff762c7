// What is said of a region and of the map. Sentences on effects begin with the mark where firms are simulated.

const STATE_WORDS = {
  1: "state.not_enough_evidence",
  2: "state.suppressed",
  3: "state.not_identified",
  4: "map.no_data",
};
const REASONS = { 1: "too_few", 2: "answer.suppressed", 3: "answer.not_identified", 4: "no_rows" };

function marked({ data }, text) {
  return data.mark ? `${data.mark}: ${text}` : text;
}

// The effect as one sentence with its interval, or why there is none.
function sentence(view, at) {
  return marked(view, isShown(view, at) ? sentenceOf(view, effectAt(view, at)) : reason(view, at));
}

function sentenceOf({ say, outcome, confidence }, { value, lower, upper, places }) {
  const kind = outcome.percent ? "answer.percent" : "answer.unit";
  return say(lower <= upper ? kind : `${kind}_alone`, {
    name: outcome.name,
    size: written(Math.abs(value), places),
    direction: say(value >= 0 ? "direction.up" : "direction.down"),
    confidence,
    lower: written(lower, places),
    upper: written(upper, places),
    unit: outcome.unit ? `; ${outcome.unit}` : "",
  });
}

function reason({ say, data, estimate, outcome }, at) {
  const supported = written(estimate.n_supported[at] ?? 0);
  return say(REASONS[estimate.state[at]], { supported, name: outcome.name, minimum: data.study.minimum });
}

// What the interval says, and no more.
function verdict(view, at) {
  return isShown(view, at) ? verdictOf(view, effectAt(view, at)) : "";
}

function verdictOf({ say, outcome }, { value, lower, upper }) {
  if (!(lower <= upper)) return say("verdict.alone");
  if (lower <= 0 && upper >= 0) return say("verdict.open");
  if (!outcome.better) return say("verdict.clear");
  return say(value > 0 === (outcome.better === "higher") ? "verdict.better" : "verdict.worse");
}

// The average effect over all supported firms; "" where it may not be shown.
function overall(view) {
  if (!view.outcome.overall) return "";
  const numbers = effectOf(view, view.outcome.overall);
  return `${marked(view, sentenceOf(view, numbers))} ${verdictOf(view, numbers)}`;
}

function firms(view, at) {
  if (!isShown(view, at)) return "";
  const { say, estimate } = view;
  const counts = { supported: written(estimate.n_supported[at]), comparison: written(estimate.n_comparison[at]) };
  return say("answer.firms", { who: say(`who.${estimate.who}`), ...counts });
}

function stateWords({ say, estimate }, at) {
  return say(STATE_WORDS[estimate.state[at]]);
}

// A probability in per cent; it is never 0 or 100.
function chance({ say }, p) {
  if (p < 0.01) return say("under", { p: "1 %" });
  return p > 0.99 ? say("over", { p: "99 %" }) : `${Math.round(100 * p)} %`;
}

// How surely the effect of a region is above zero; "" where that is not known.
function surely(view, at) {
  const p = view.estimate.above[at];
  return p === null ? "" : chance(view, p);
}

// How probably the effect of one region exceeds that of another.
function compared(view, a, b) {
  const p = exceeding(view.estimate, a, b);
  const without = [a, b].find((at) => !isKnown(view.estimate, at));
  const [first, second] = [a, b].map((at) => placeOf(view, at));
  const said =
    without === undefined
      ? view.say("exceeds", { a: first, b: second, p: chance(view, p) })
      : view.say("exceeds_none", { name: placeOf(view, without) });
  return marked(view, said);
}

// ---- the region itself ---------------------------------------------------------------------------------------------

function riskAt({ data, language }, at, year) {
  const risk = variableOf(data, "risk");
  return risk.classes[risk.at[risk.years.indexOf(year)][at]][language];
}

// The lists on which a region was or is, with their days.
function listed({ data, language, say }, at) {
  return data.designations.of[at].map((entry) => {
    const { from, until, notice, [language]: list } = data.designations.entries[entry];
    const said = until ? say("designation_until", { list, from, until }) : say("designation_from", { list, from });
    return `${said} (${say("notice", { notice })})`;
  });
}

// ---- the map -------------------------------------------------------------------------------------------------------

// What a screen reader says of a region on the map, and what stands beside the pointer.
function labelOf(view, at) {
  const shown = classAt(view, at)[view.language];
  const name = placeOf(view, at);
  if (showsEffects(view) && isShown(view, at))
    return view.say("label_effect", { name, shown, confidence: view.confidence, ...heard(view, at) });
  const more = showsEffects(view) ? "" : valueAt(view, at);
  return more ? `${name}: ${shown} (${more}).` : `${name}: ${shown}.`;
}

// The number behind the class of a region under a variable; "" where the class is all.
function valueAt(view, at) {
  if (view.state.measure === "risk") return written(indexAt(view, at) ?? NaN, 2);
  return view.state.measure === "change" ? `${signed(peopleAt(view, at).change, 1)} %` : "";
}

function measureName({ data, say }, measure) {
  return say(`measure_${measure}`, { year: data.years[0] });
}

// With whom an estimate compares, and which estimator it is where there are several.
function estimateName({ say, language }, estimate) {
  const beside = say(estimate.beside);
  return estimate.estimator ? `${beside} · ${estimate.estimator[language]}` : beside;
}

function headingOf(view) {
  const { say, state, outcome } = view;
  const measure = measureName(view, state.measure);
  return showsEffects(view)
    ? say("heading", { outcome: outcome.name, measure })
    : say("heading_year", { measure, year: state.year });
}

// What the map says as a whole, in a sentence.
function summaryOf(view) {
  if (!showsEffects(view)) return classesInWords(view);
  const place = view.estimate.at.interval;
  const mine = everyRegion(view).filter((at) => inProvince(view, at));
  const [below, open, above] = [0, 1, 2].map((wanted) => mine.filter((at) => place[at] === wanted).length);
  return marked(
    view,
    view.say("summary", {
      known: below + open + above,
      all: mine.length,
      above,
      below,
      open,
      confidence: view.confidence,
    }),
  );
}

function classesInWords(view) {
  const counts = countsOf(view);
  const said = view.layer.classes.map((one, at) => (counts[at] ? `${one[view.language]}: ${written(counts[at])}` : ""));
  return `${said.filter(Boolean).join("; ")}.`;
}

// The map in words, for those who do not see it.
function alternative(view) {
  const n = written(everyRegion(view).filter((at) => inProvince(view, at)).length);
  const said = view.say("alt", { n, heading: headingOf(view), classes: classesInWords(view) });
  return `${showsEffects(view) ? marked(view, said) : said} ${view.say("map_help")}`;
}

function countSaid(view) {
  return view.say("regions_count", { n: shownRegions(view).length, all: view.data.regions.code.length });
}

// What the measure is, and with whom it compares.
function notesOf(view) {
  const { say, data, state, estimate } = view;
  if (!showsEffects(view)) return { measure: say(`${state.measure}_note`, { year: data.years[0] }), estimate: "" };
  const beside = estimateName(view, estimate);
  const note = say(`${estimate.beside}_note`, { around: estimate.around });
  return { measure: measureNote(view), estimate: say("estimate_note", { beside, note }) };
}

function measureNote({ say, state, confidence }) {
  if (state.measure === "interval") return say("interval_note", { confidence });
  const note = say(`map.${state.measure}_note`);
  return state.measure === "probability" ? `${note} ${say("probability_note")}` : note;
}
