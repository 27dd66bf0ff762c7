// The card of a region, and two regions side by side.

function drawCards(element, view, on) {
  const chosen = chosenRegions(view);
  const heading = html("h2", { id: "cards-heading" }, view.say("card"));
  if (!chosen.length) return element.replaceChildren(heading, ...noCard(view));
  const body = chosen.length === 1 ? oneCard(view, chosen[0]) : twoCards(view, chosen);
  return element.replaceChildren(heading, ...body, buttons(view, chosen, on));
}

// Before a region is chosen: what to do, and the average over all supported firms.
function noCard(view) {
  const average = overall(view);
  const more = average
    ? [html("h3", { class: "plain" }, view.say("overall")), html("p", { class: "answer" }, average)]
    : [];
  return [html("p", { class: "quiet" }, view.say("card_empty")), ...more];
}

// The answer in short, below the search, where the card is not beside it.
function drawMine(element, view, on) {
  const chosen = chosenRegions(view);
  const [name, said] = mine(view, chosen);
  const more = chosen.length ? [button(view.say("card_open"), on.card)] : [];
  show(element, said !== "");
  element.replaceChildren(html("b", {}, name), html("span", {}, said), ...more);
}

function mine(view, chosen) {
  if (!chosen.length) return [view.say("overall"), overall(view)];
  if (chosen.length === 2) return [chosen.map((at) => nameOf(view, at)).join(" – "), compared(view, ...chosen)];
  return [placeOf(view, chosen[0]), sentence(view, chosen[0])];
}

function oneCard(view, at) {
  return [
    html("h3", { class: "first" }, placeOf(view, at)),
    html("p", { class: "answer" }, sentence(view, at)),
    html("p", {}, [verdict(view, at), firms(view, at)].filter(Boolean).join(" ")),
    ...chart(view, [at]),
    factsTable(view, [at]),
    trend(view, at),
  ];
}

function twoCards(view, chosen) {
  const names = chosen.map((at, order) => html("h3", { class: order ? "second" : "first" }, placeOf(view, at)));
  return [
    html("div", { class: "pair" }, ...names),
    html("p", { class: "answer" }, compared(view, ...chosen)),
    html("p", { class: "quiet small" }, view.say("exceeds_note")),
    ...chart(view, chosen),
    factsTable(view, chosen),
    html("div", { class: "pair" }, ...chosen.map((at, order) => namedTrend(view, at, order))),
  ];
}

function namedTrend(view, at, order) {
  const name = html("p", { class: order ? "whose second" : "whose" }, nameOf(view, at));
  return html("div", {}, name, trend(view, at));
}

// The intervals with a note on how to read them; nothing where none may be shown.
function chart(view, chosen) {
  if (!chosen.some((at) => isShown(view, at))) return [];
  const { picture, note } = strip(view, chosen);
  return [picture, html("p", { class: "quiet small" }, note)];
}

// ---- facts ---------------------------------------------------------------------------------------------------------

// A table of facts: a row each, a column for each region.
function factsTable(view, chosen) {
  const columns = chosen.map((at) => facts(view, at, chosen.length === 1 ? "standing_value" : "standing_short"));
  const known = columns[0].map((_, row) => row).filter((row) => columns.some((column) => column[row][1] !== ""));
  const cells = (row) => columns.map((column) => html("td", {}, column[row][1]));
  const rows = known.map((row) => html("tr", {}, html("th", { scope: "row" }, columns[0][row][0]), ...cells(row)));
  return html(
    "table",
    { class: "facts" },
    ...(chosen.length > 1 ? [factsHead(view, chosen)] : []),
    html("tbody", {}, ...rows),
  );
}

function factsHead(view, chosen) {
  const names = chosen.map((at, order) =>
    html("th", { scope: "col", class: order ? "second" : "first" }, nameOf(view, at)),
  );
  return html("thead", {}, html("tr", {}, html("td", {}), ...names));
}

// What is known of a region, as pairs of a name and a text; "" is not known.
function facts(view, at, standingKey) {
  const { say, estimate, confidence } = view;
  const { effect, interval: range } = effectAt(view, at);
  const count = (value) => (value === null ? "" : written(value));
  return [
    [say("effect"), effect || stateWords(view, at)],
    [say("interval", { confidence }), range],
    [say("probability"), surely(view, at)],
    [say("own_weight"), ownWeight(view, at)],
    [say("standing"), isKnown(estimate, at) ? say(standingKey, standing(estimate, at)) : ""],
    [say("supported"), count(estimate.n_supported[at])],
    [say("comparison"), count(estimate.n_comparison[at])],
    [say("risk"), riskSaid(view, at)],
    [say("designation"), listed(view, at).join("; ") || say("list_none")],
    [say("population"), peopleSaid(view, at)],
  ];
}

// How much of an effect is the region's own evidence; only where the table says so.
function ownWeight({ say, estimate }, at) {
  const weight = estimate.own_weight?.[at] ?? null;
  return weight === null ? "" : say("own_weight_value", { percent: Math.round(100 * weight) });
}

function riskSaid(view, at) {
  const { years } = view.data;
  const [first, last] = [years[0], years[years.length - 1]];
  const index = (year) => written(indexAt(view, at, year) ?? NaN, 2);
  const [then, now] = [first, last].map((year) => riskAt(view, at, year));
  return view.say("risk_value", { now, index: index(last), year: last, then, before: index(first), first });
}

function peopleSaid(view, at) {
  const { years } = view.data;
  const last = years[years.length - 1];
  const { now, change } = peopleAt(view, at, last);
  return view.say("population_value", { now: written(now), year: last, change: signed(change, 1), first: years[0] });
}

function buttons(view, chosen, on) {
  const { say, state } = view;
  const second = say(state.comparing ? "compare_stop" : "compare");
  const made =
    chosen.length === 2
      ? chosen.map((at) => button(say("remove", { name: nameOf(view, at) }), () => on.remove(at)))
      : [button(second, () => on.compare(!state.comparing), { "aria-pressed": state.comparing, id: "compare" })];
  const hint = state.comparing ? [html("p", { class: "hint" }, say("compare_now"))] : [];
  return html("div", { class: "buttons" }, ...made, button(say("clear"), on.clear, { id: "clear" }), ...hint);
}

function button(text, act, attributes = {}) {
  const made = html("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", act);
  return made;
}
