// The card of a region, and two regions side by side.

function drawCards(element, data, state, words, on) {
  const { say } = words;
  const chosen = [state.one, state.two].filter((at) => at >= 0);
  const heading = html("h2", { id: "cards-heading" }, say("card"));
  if (!chosen.length) return element.replaceChildren(heading, ...noCard(words));
  const body = chosen.length === 1 ? oneCard(data, words, chosen[0]) : twoCards(data, words, chosen);
  return element.replaceChildren(heading, ...body, buttons(state, words, chosen, on));
}

// Before a region is chosen: what to do, and the average over all supported firms.
function noCard(words) {
  const overall = words.overall();
  const more = overall ? [html("h3", { class: "plain" }, words.say("overall")), html("p", { class: "answer" }, overall)] : [];
  return [html("p", { class: "quiet" }, words.say("card_empty")), ...more];
}

function oneCard(data, words, at) {
  const said = [words.sentence(at), words.verdict(at)].filter(Boolean);
  const chart = words.isShown(at) ? strip(data, words, [at]) : null;
  return [
    html("h3", { class: "first" }, words.place(at)),
    html("p", { class: "answer" }, said[0]),
    html("p", {}, [...said.slice(1), words.firms(at)].filter(Boolean).join(" ")),
    ...(chart ? [chart.picture, html("p", { class: "quiet small" }, chart.note)] : []),
    factsTable(data, words, [at]),
    trend(data, words, at),
  ];
}

function twoCards(data, words, chosen) {
  const [a, b] = chosen;
  const shown = chosen.filter(words.isShown);
  const chart = shown.length ? strip(data, words, chosen) : null;
  const names = chosen.map((at, order) => html("h3", { class: order ? "second" : "first" }, words.place(at)));
  return [
    html("div", { class: "pair" }, ...names),
    html("p", { class: "answer" }, compared(data, words, a, b)),
    html("p", { class: "quiet small" }, words.say("exceeds_note")),
    ...(chart ? [chart.picture, html("p", { class: "quiet small" }, chart.note)] : []),
    factsTable(data, words, chosen),
    html("div", { class: "pair" }, ...chosen.map((at) => trend(data, words, at))),
  ];
}

function compared(data, words, a, b) {
  const p = exceeding(words.estimate, a, b);
  const without = [a, b].find((at) => !isKnown(words.estimate, at));
  const said = Number.isNaN(p) ? words.say("exceeds_none", { name: words.place(without ?? a) }) : words.say("exceeds", { a: words.place(a), b: words.place(b), p: words.chance(p) });
  return data.mark ? `${data.mark}: ${said}` : said;
}

// ---- facts ---------------------------------------------------------------------------------------------------------

// A table of facts: a row each, a column for each region.
function factsTable(data, words, chosen) {
  const columns = chosen.map((at) => facts(data, words, at, chosen.length === 1 ? "standing_value" : "standing_short"));
  const rows = columns[0].map(([label], row) => html("tr", {}, html("th", { scope: "row" }, label), ...columns.map((facts_) => html("td", {}, facts_[row][1]))));
  const wanted = rows.filter((_, row) => columns.some((facts_) => facts_[row][1] !== ""));
  const head = html("tr", {}, html("td", {}), ...chosen.map((at, order) => html("th", { scope: "col", class: order ? "second" : "first" }, words.name(at))));
  return html("table", { class: "facts" }, ...(chosen.length > 1 ? [html("thead", {}, head)] : []), html("tbody", {}, ...wanted));
}

function facts(data, words, at, standing_) {
  const { say, estimate } = words;
  const { effect, interval: range } = words.effect(at);
  const shown = words.isShown(at);
  const count = (value) => (value === null ? "" : written(value));
  return [
    [say("effect"), shown ? effect : words.stateWords(at)],
    [say("interval", { confidence: words.confidence }), range],
    [say("probability"), shown && estimate.above[at] !== null ? words.chance(estimate.above[at]) : ""],
    [say("own_weight"), ownWeight(words, at)],
    [say("standing"), isKnown(estimate, at) ? say(standing_, standing(estimate, at)) : ""],
    [say("supported"), count(estimate.n_supported[at])],
    [say("comparison"), count(estimate.n_comparison[at])],
    [say("risk"), riskSaid(data, words, at)],
    [say("designation"), words.listed(at).join("; ") || say("list_none")],
    [say("population"), peopleSaid(data, words, at)],
  ];
}

// How much of an effect is the region's own evidence; only where the table says so.
function ownWeight(words, at) {
  const weight = words.estimate.own_weight?.[at] ?? null;
  return weight === null ? "" : words.say("own_weight_value", { percent: Math.round(100 * weight) });
}

function riskSaid(data, words, at) {
  const first = data.years[0];
  const last = data.years[data.years.length - 1];
  const index = (year) => written(words.index(at, year), 2);
  return words.say("risk_value", { now: words.riskClass(at, last), index: index(last), year: last, then: words.riskClass(at, first), before: index(first), first });
}

function peopleSaid(data, words, at) {
  const last = data.years[data.years.length - 1];
  const { now, change } = words.people(at, last);
  return words.say("population_value", { now: written(now), year: last, change: signed(change, 1), first: data.years[0] });
}

function buttons(state, words, chosen, on) {
  const button = (text, act, attributes = {}) => {
    const made = html("button", { type: "button", ...attributes }, text);
    made.addEventListener("click", act);
    return made;
  };
  const { say } = words;
  const made = chosen.length === 2
    ? chosen.map((at) => button(say("remove", { name: words.name(at) }), () => on.remove(at)))
    : [button(say(state.comparing ? "compare_stop" : "compare"), () => on.compare(!state.comparing), { "aria-pressed": state.comparing, id: "compare" })];
  const hint = state.comparing ? [html("p", { class: "hint" }, say("compare_now"))] : [];
  return html("div", { class: "buttons" }, ...made, button(say("clear"), on.clear, { id: "clear" }), ...hint);
}
