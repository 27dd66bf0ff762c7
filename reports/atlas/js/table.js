// The table: the same regions and the same selection as the map, sorted and filtered; one stop of the Tab key for its rows.

const COLUMNS = [
  "region",
  "shown",
  "effect",
  "interval",
  "probability",
  "supported",
  "comparison",
  "index",
  "population",
];
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
  element.replaceChildren(
    html("table", { "aria-describedby": "table-help" }, caption, html("thead", {}, html("tr", {}, ...heads)), body),
    nothing,
  );
  const table = { data, heads, rows, body, nothing, caption, order: [], at: -1 };
  body.addEventListener("keydown", (event) => pressedInTable(table, event));
  body.addEventListener("focusin", (event) => standAtRow(table, unitOf(event.target)));
  return table;
}

function tableRow(at, on) {
  const [name, province] = [html("span"), html("small")];
  const button = html(
    "button",
    { type: "button", "data-at": at, tabindex: -1, "aria-pressed": "false" },
    name,
    province,
  );
  const square = swatch();
  const cells = COLUMNS.map((column) =>
    html(column === "region" ? "th" : "td", {
      class: WORDS.includes(column) ? null : "number",
      scope: column === "region" ? "row" : null,
    }),
  );
  cells[0].append(button);
  const label = html("span");
  cells[1].append(square, label);
  const row = html("tr", {}, ...cells);
  row.addEventListener("click", (event) => on.select(at, event.shiftKey));
  return { row, button, name, province, square: square.firstChild, label, cells };
}

function drawTable(table, view) {
  const { heads, rows, body, caption, nothing } = table;
  heads.forEach((head, at) => drawHead(head, COLUMNS[at], view));
  write(caption, headingOf(view));
  const order = sorted(view);
  for (const at of order) drawRow(rows[at], at, view);
  if (order.join() !== table.order.join()) body.replaceChildren(...order.map((at) => rows[at].row));
  table.order = order;
  show(nothing, order.length === 0);
  write(nothing, view.say("no_match"));
  standAtRow(
    table,
    order.includes(table.at) ? table.at : (order.find((at) => at === view.state.one) ?? order[0] ?? -1),
  );
}

function drawHead(head, column, { state, say, confidence }) {
  const named = { index: "index_year", population: "population_year" }[column] ?? column;
  write(head.firstChild, say(named, { confidence, year: state.year }));
  put(head, "aria-sort", state.sort === column ? (state.down ? "descending" : "ascending") : "none");
}

function drawRow(row, at, view) {
  const { layer, language } = view;
  const chosen = chosenRegions(view).includes(at);
  write(row.name, nameOf(view, at));
  write(row.province, provinceOf(view, at)[`short_${language}`]);
  put(row.button, "aria-pressed", chosen);
  put(row.row, "class", chosen ? "chosen" : null);
  put(row.square, "fill", fillOf("k", layer, layer.at[at], layer.unsure?.[at] === 1));
  write(row.label, classAt(view, at)[language]);
  cellTexts(view, at).forEach((text, place) => write(row.cells[place + WORDS.length], text));
}

// What stands in the columns of numbers.
function cellTexts(view, at) {
  const { estimate } = view;
  const { effect, interval: range } = effectAt(view, at);
  const count = (value) => (value === null ? "" : written(value));
  return [
    effect || stateWords(view, at),
    range,
    surely(view, at),
    count(estimate.n_supported[at]),
    count(estimate.n_comparison[at]),
    written(indexAt(view, at) ?? NaN, 2),
    written(peopleAt(view, at).now),
  ];
}

// ---- order ---------------------------------------------------------------------------------------------------------

// The order of the register, or that of a column; rows without a value stand last either way.
function sorted(view) {
  const { sort, down } = view.state;
  const turn = down ? -1 : 1;
  const isBlank = (value) => value === null || Number.isNaN(value);
  const byKey = (a, b) => isBlank(a[1]) - isBlank(b[1]) || (isBlank(a[1]) ? 0 : turn * (a[1] - b[1])) || a[0] - b[0];
  return shownRegions(view)
    .map((at) => [at, sortKey(view, sort, at)])
    .sort(byKey)
    .map(([at]) => at);
}

// The number by which a column is sorted; names stand in the order of the register.
function sortKey(view, column, at) {
  const { estimate, layer } = view;
  if (column === "region") return at;
  if (column === "shown") return layer.at[at];
  if (column === "index") return indexAt(view, at);
  if (column === "population") return peopleAt(view, at).now;
  const named = {
    effect: "estimate",
    interval: "lower",
    probability: "above",
    supported: "n_supported",
    comparison: "n_comparison",
  };
  return estimate[named[column]][at];
}

// ---- keyboard ------------------------------------------------------------------------------------------------------

function standAtRow(table, at) {
  if (table.at >= 0) put(table.rows[table.at].button, "tabindex", "-1");
  table.at = at;
  if (at >= 0) put(table.rows[at].button, "tabindex", "0");
}

function pressedInTable(table, event) {
  const here = table.order.indexOf(table.at);
  const to = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    Home: 0,
    End: table.order.length - 1,
    PageDown: here + 10,
    PageUp: here - 10,
  }[event.key];
  if (to === undefined || here < 0) return;
  event.preventDefault();
  table.rows[table.order[Math.min(Math.max(to, 0), table.order.length - 1)]].button.focus();
}
