// The table: the same regions and the same selection as the map, sorted and filtered; one stop of the Tab key for its rows.

const COLUMNS = ["region", "shown", "effect", "interval", "probability", "supported", "comparison", "index", "population"];
const WORDS = ["region", "shown"]; // columns of words; numbers stand to the right

function makeTable(element, data, on) {
  const heads = COLUMNS.map((column) => {
    const button = html("button", { type: "button", "data-sort": column });
    button.addEventListener("click", () => on.sort(column));
    return html("th", { scope: "col", class: WORDS.includes(column) ? null : "number" }, button);
  });
  const rows = data.regions.code.map((_, at) => tableRow(at, on));
  const body = html("tbody");
  const nothing = html("p", { id: "nothing", hidden: "" });
  const caption = html("caption", { class: "unseen" });
  element.replaceChildren(html("table", { "aria-describedby": "table-help" }, caption, html("thead", {}, html("tr", {}, ...heads)), body), nothing);
  const table = { data, heads, rows, body, nothing, caption, order: [], at: -1 };
  body.addEventListener("keydown", (event) => pressedInTable(table, event));
  body.addEventListener("focusin", (event) => standAtRow(table, unitOf(event.target)));
  return table;
}

function tableRow(at, on) {
  const [name, province] = [html("span"), html("small")];
  const button = html("button", { type: "button", "data-at": at, tabindex: -1, "aria-pressed": "false" }, name, province);
  const square = swatch();
  const cells = COLUMNS.map((column) => html(column === "region" ? "th" : "td", { class: WORDS.includes(column) ? null : "number", scope: column === "region" ? "row" : null }));
  cells[0].append(button);
  const label = html("span");
  cells[1].append(square, label);
  const row = html("tr", {}, ...cells);
  row.addEventListener("click", (event) => on.select(at, event.shiftKey));
  return { row, button, name, province, square: square.firstChild, label, cells };
}

function drawTable(table, state, layer, words) {
  const { data } = table;
  table.heads.forEach((head, at) => drawHead(head, COLUMNS[at], state, words, data));
  write(table.caption, headingOf(data, state));
  const shown = shownRegions(data, state, layer);
  const order = sorted(data, state, layer, words, shown);
  for (const at of order) drawRow(table.rows[at], at, state, layer, words);
  if (order.join() !== table.order.join()) table.body.replaceChildren(...order.map((at) => table.rows[at].row));
  table.order = order;
  show(table.nothing, order.length === 0);
  write(table.nothing, words.say("no_match"));
  standAtRow(table, order.includes(table.at) ? table.at : (order.find((at) => at === state.one) ?? order[0] ?? -1));
}

function drawHead(head, column, state, words, data) {
  const named = { interval: "interval", index: "index_year", population: "population_year" }[column] ?? column;
  write(head.firstChild, words.say(named, { confidence: words.confidence, year: state.year }));
  put(head, "aria-sort", state.sort === column ? (state.down ? "descending" : "ascending") : "none");
}

function drawRow(row, at, state, layer, words) {
  const { effect, interval: range } = words.effect(at);
  const { estimate } = words;
  const shown = words.isShown(at);
  const chosen = at === state.one || at === state.two;
  const count = (value) => (value === null ? "" : written(value));
  write(row.name, words.name(at));
  write(row.province, words.provinceShort(at));
  put(row.button, "aria-pressed", chosen);
  put(row.row, "class", chosen ? "chosen" : null);
  put(row.square, "fill", fillOf("k", layer, layer.at[at], layer.unsure?.[at] === 1));
  write(row.label, layer.classes[layer.at[at]][state.language]);
  const texts = [shown ? effect : words.stateWords(at), range, shown && estimate.above[at] !== null ? words.chance(estimate.above[at]) : "",
    count(estimate.n_supported[at]), count(estimate.n_comparison[at]), written(words.index(at), 2), written(words.people(at).now)];
  texts.forEach((text, place) => write(row.cells[place + 2], text));
}

// ---- order ---------------------------------------------------------------------------------------------------------

// The order of the register, or that of a column; rows without a value stand last either way.
function sorted(data, state, layer, words, shown) {
  if (state.sort === "region" && !state.down) return shown;
  const key = sortKey(state.sort, data, layer, words);
  const compare = typeof key(shown[0] ?? 0) === "string" ? new Intl.Collator(state.language).compare : (a, b) => a - b;
  const turn = state.down ? -1 : 1;
  const isBlank = (value) => value === null || Number.isNaN(value);
  const keyed = shown.map((at) => [at, key(at)]);
  const byKey = (a, b) => isBlank(a[1]) - isBlank(b[1]) || (isBlank(a[1]) ? 0 : turn * compare(a[1], b[1])) || a[0] - b[0];
  return keyed.sort(byKey).map(([at]) => at);
}

function sortKey(column, data, layer, words) {
  const { estimate } = words;
  const keys = {
    region: (at) => at, shown: (at) => layer.at[at], effect: (at) => estimate.estimate[at],
    interval: (at) => estimate.lower[at], probability: (at) => estimate.above[at], supported: (at) => estimate.n_supported[at],
    comparison: (at) => estimate.n_comparison[at], index: (at) => words.index(at), population: (at) => words.people(at).now,
  };
  return keys[column];
}

// ---- keyboard ------------------------------------------------------------------------------------------------------

function standAtRow(table, at) {
  if (table.at >= 0) put(table.rows[table.at].button, "tabindex", "-1");
  table.at = at;
  if (at >= 0) put(table.rows[at].button, "tabindex", "0");
}

function pressedInTable(table, event) {
  const here = table.order.indexOf(table.at);
  const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: table.order.length - 1, PageDown: here + 10, PageUp: here - 10 }[event.key];
  if (to === undefined || here < 0) return;
  event.preventDefault();
  table.rows[table.order[Math.min(Math.max(to, 0), table.order.length - 1)]].button.focus();
}
