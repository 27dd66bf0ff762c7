// The page: one state, one function that draws it, and what the reader does to it.

const data = unpacked(JSON.parse(byId("data").textContent));
let state = fromAddress(data, location.hash);

const on = {
  select(at, second = false) {
    if (at === state.one && state.two < 0 && !second) on.clear();
    else change(selecting(at, second), selectedSaid);
  },
  found(at) {
    const hidden = !shownRegions(viewOf(data, state)).includes(at);
    change({ ...selecting(at, false), ...(hidden ? { province: "", classes: [] } : {}) }, selectedSaid);
  },
  clear() {
    if (state.one >= 0 || state.comparing)
      change({ one: -1, two: -1, comparing: false }, (view) => view.say("cleared"));
  },
  remove(at) {
    change({ one: at === state.one ? state.two : state.one, two: -1 }, selectedSaid);
    byId("compare").focus();
  },
  compare(comparing) {
    change({ comparing }, (view) => (comparing ? view.say("compare_now") : ""));
    byId("compare").focus();
  },
  // Where the page is one column, go to the card.
  card() {
    byId("cards").scrollIntoView();
    byId("cards").focus({ preventScroll: true });
  },
  change: (part, gently) => change(part, shownSaid, gently),
  classes(classes, key) {
    change({ classes }, shownSaid);
    byId("legend").querySelector(`[data-class="${key}"]`)?.focus();
  },
  sort(column) {
    change({ sort: column, down: state.sort === column ? !state.down : !WORDS.includes(column) }, () => "", true);
  },
  point: (at, event) => drawTip(at, event),
  say: (text) => write(byId("said"), text),
};

const map = makeMap(byId("paper"), data, on);
const keyDefs = svg("defs");
let table = null; // made when the map has been painted
const finder = makeSearch(byId("find"), byId("found"), data, on);

// A region becomes the one that is selected, or the second one of two.
function selecting(at, second) {
  const added = (second || state.comparing) && state.one >= 0 && at !== state.one;
  return added ? { two: at, comparing: false } : { one: at, two: -1, comparing: false };
}

// ---- changing and drawing ------------------------------------------------------------------------------------------

// Change a part of the state, draw it, say it, and write it into the address; `gently` makes no step to go back to.
function change(part, said = () => "", gently = false) {
  state = fitting(data, { ...state, ...part });
  const address = `#${toAddress(data, state)}`;
  if (gently || address === (location.hash || "#")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  on.say(said(draw()));
}

function draw() {
  const view = viewOf(data, state);
  dress(view);
  drawChoices(view);
  drawHeading(view);
  drawKeyPatterns(keyDefs, view.layer);
  drawMap(map, view);
  drawLegend(byId("legend"), view, on);
  drawCards(byId("cards"), view, on);
  drawMine(byId("mine"), view, on);
  if (table) drawTable(table, view);
  drawTip(-1);
  return view;
}

function drawHeading(view) {
  const heading = headingOf(view);
  write(byId("heading"), heading);
  write(byId("summary"), summaryOf(view));
  put(map.root, "aria-label", view.say("map_label", { heading }));
  write(byId("map-alt"), alternative(view));
  write(byId("count"), countSaid(view));
  show(byId("all"), shownRegions(view).length < data.regions.code.length);
  const notes = notesOf(view);
  write(byId("measure-note"), notes.measure);
  write(byId("estimate-note"), notes.estimate);
}

// ---- words ---------------------------------------------------------------------------------------------------------

// Everything that is written in the language of the page and does not change with the choice.
function dress(view) {
  const { say } = view;
  const named = state.one >= 0 ? `${placeOf(view, state.one)} – ` : "";
  const title = marked(view, `${named}${data.study.title} – ${say("atlas")}`);
  if (document.title !== title) document.title = title;
  finder.view = view;
  if (dress.language === state.language) return;
  dress.language = state.language;
  put(document.documentElement, "lang", state.language);
  for (const element of document.querySelectorAll("[data-word]")) write(element, say(element.dataset.word));
  for (const element of document.querySelectorAll("[data-label]"))
    put(element, "aria-label", say(element.dataset.label));
  put(byId("find"), "placeholder", say("find_short"));
  write(byId("language"), say("other_language"));
  put(byId("language"), "lang", other());
  dressNotes(view);
}

function dressNotes(view) {
  const { say } = view;
  const { minimum, limits, language } = data.study;
  const borrowed = data.estimates.some((one) => one.own_weight);
  list(byId("notes"), [
    say(borrowed ? "note_borrowed" : "note_probability"),
    say("exceeds_note"),
    say("note_suppressed", { minimum }),
    say("note_few"),
  ]);
  list(byId("limits"), limits);
  put(byId("limits"), "lang", language);
  show(byId("limits-box"), limits.length > 0);
  if (data.mark) write(byId("simulated"), marked(view, say("simulated.firms")));
  show(byId("simulated"), data.mark !== "");
  dressBoundaries(view);
}

// Who must be named, and what has no shape.
function dressBoundaries(view) {
  const { say, language } = view;
  const credit = data.map ? data.map.attribution[language] : "";
  list(byId("sources"), [say("source_register"), credit].filter(Boolean));
  write(byId("credit"), credit);
  show(byId("credit"), credit !== "");
  const missing = data.map ? everyRegion(view).filter((at) => !data.map.paths[at]) : [];
  const names = missing.map((at) => nameOf(view, at)).join(", ");
  write(byId("views-note"), data.map ? say("missing_shapes", { names }) : say("no_boundaries"));
  show(byId("views-note"), !data.map || missing.length > 0);
}

function other() {
  return state.language === "ko" ? "en" : "ko";
}

function selectedSaid(view) {
  if (state.one < 0) return view.say("cleared");
  if (state.two >= 0) return compared(view, state.one, state.two);
  return view.say("selected", { name: placeOf(view, state.one), said: sentence(view, state.one) });
}

function shownSaid(view) {
  return `${headingOf(view)} ${summaryOf(view)} ${countSaid(view)}.`;
}

// ---- beside the pointer --------------------------------------------------------------------------------------------

function drawTip(at, event) {
  const tip = byId("tip");
  show(tip, at >= 0);
  if (at < 0) return;
  write(tip, labelOf(map.fill.view, at));
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const above = event.clientY + 20 + tip.offsetHeight > innerHeight ? -tip.offsetHeight - 12 : 18;
  tip.style.left = `${Math.max(left, 8)}px`;
  tip.style.top = `${event.clientY + above}px`;
}

// ---- beginning -----------------------------------------------------------------------------------------------------

function begin() {
  write(byId("title"), data.study.title);
  write(byId("question"), data.study.question);
  for (const id of ["title", "question"]) put(byId(id), "lang", data.study.language);
  const defs = svg("svg", { width: 0, height: 0, class: "hidden", "aria-hidden": "true", focusable: "false" }, keyDefs);
  byId("paper").append(html("p", { id: "map-alt", class: "unseen" }), defs);
  makeChoices(on);
  byId("language").addEventListener("click", () => change({ language: other() }, (view) => view.say("atlas")));
  byId("skip-map").addEventListener("click", () => focusUnit(map, map.at));
  byId("skip-table").addEventListener("click", () => table?.rows[table.at]?.button.focus());
  byId("all").addEventListener("click", () => change({ province: "", classes: [] }, shownSaid));
  byId("download").addEventListener("click", hand);
  document.addEventListener("keydown", (event) => event.key === "Escape" && on.clear());
  addEventListener("scroll", () => drawTip(-1), { passive: true });
  addEventListener("popstate", again);
  addEventListener("hashchange", again);
  draw();
  setTimeout(late, 0);
}

// What is not seen at once comes after the first picture.
function late() {
  table = makeTable(byId("rows"), data, on);
  drawTable(table, viewOf(data, state));
  new ResizeObserver(() => resizeMap(map)).observe(map.root);
}

// The reader went back or forward, or changed the address.
function again() {
  const wanted = fromAddress(data, location.hash);
  if (toAddress(data, wanted) === toAddress(data, state)) return;
  state = wanted;
  on.say(selectedSaid(draw()));
}

function hand() {
  if (!table) return;
  const view = viewOf(data, state);
  const rows = table.order.map((at) => csvRow(view, at));
  const name = `${data.study.name}-${view.outcome.name}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
  download(`${name}.csv`, csvOf(csvHeader(view), rows));
  on.say(view.say("downloaded", { n: rows.length }));
}

begin();
