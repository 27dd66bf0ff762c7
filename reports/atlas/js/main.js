// The page: one state, one function that draws it, and what the reader does to it.

const data = unpacked(JSON.parse(byId("data").textContent));
let state = fromAddress(data, location.hash);

const on = {
  select(at, second = false) {
    const added = (second || state.comparing) && state.one >= 0 && at !== state.one;
    if (added) return change({ two: at, comparing: false }, selectedSaid);
    if (at === state.one && state.two < 0 && !second) return on.clear();
    return change({ one: at, two: -1, comparing: false }, selectedSaid);
  },
  found(at) {
    if (!shownRegions(data, state, layerOf(data, state)).includes(at)) state = { ...state, province: "", classes: [] };
    if (state.one === at && state.two < 0) return bringCards();
    on.select(at);
    return bringCards();
  },
  clear() {
    if (state.one >= 0 || state.comparing) change({ one: -1, two: -1, comparing: false }, (words) => words.say("cleared"));
  },
  remove(at) {
    change({ one: at === state.one ? state.two : state.one, two: -1 }, selectedSaid);
    byId("compare").focus();
  },
  compare(comparing) {
    change({ comparing }, (words) => (comparing ? words.say("compare_now") : ""));
    byId("compare").focus();
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

// ---- changing and drawing ------------------------------------------------------------------------------------------

// Change a part of the state, draw it, say it, and write it into the address; `gently` makes no step to go back to.
function change(part, said = () => "", gently = false) {
  state = fitting(data, { ...state, ...part });
  const address = `#${toAddress(data, state)}`;
  if (gently || address === (location.hash || "#")) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  const words = draw();
  on.say(said(words));
}

function draw() {
  const layer = layerOf(data, state);
  const words = voice(data, state);
  dress(words);
  drawChoices(data, state, words);
  drawHeading(layer, words);
  drawKeyPatterns(keyDefs, layer);
  drawMap(map, state, layer, words);
  drawLegend(byId("legend"), data, state, layer, on);
  drawCards(byId("cards"), data, state, words, on);
  if (table) drawTable(table, state, layer, words);
  drawTip(-1);
  return words;
}

function drawHeading(layer, words) {
  const { say } = words;
  const heading = headingOf(data, state);
  write(byId("heading"), heading);
  write(byId("summary"), ofEffect(summaryOf(data, state, layer)));
  put(map.root, "aria-label", say("map_label", { heading }));
  const all = data.regions.code.filter((_, at) => inProvince(data, state, at)).length;
  const shown = shownRegions(data, state, layer).length;
  const counts = classesInWords(state, layer, countsOf(data, state, layer));
  write(byId("map-alt"), ofEffect(`${say("alt", { n: written(all), heading, classes: counts })} ${say("map_help")}`));
  write(byId("count"), say("regions_count", { n: shown, all: data.regions.code.length }));
  show(byId("all"), shown < data.regions.code.length);
  const variable = variableOf(data, state.measure);
  write(byId("measure-note"), variable ? say(`${state.measure}_note`, { year: data.years[0] }) : measureNote(say));
  const { estimate } = words;
  const about = { beside: estimateName(estimate, say, state.language), note: say(`${estimate.beside}_note`, { around: estimate.around }) };
  write(byId("estimate-note"), variable ? "" : say("estimate_note", about));
}

function measureNote(say) {
  if (state.measure === "interval") return say("interval_note", { confidence: data.study.confidence });
  const note = say(`map.${state.measure}_note`);
  return state.measure === "probability" ? `${note} ${say("probability_note")}` : note;
}

function marked(text) {
  return data.mark ? `${data.mark}: ${text}` : text;
}

// What is said of effects carries the mark; what is said of the regions themselves is of real ones.
function ofEffect(text) {
  return EFFECTS.includes(state.measure) ? marked(text) : text;
}

// ---- words ---------------------------------------------------------------------------------------------------------

// Everything that is written in the language of the page and does not change with the choice.
function dress(words) {
  const { say } = words;
  const named = state.one >= 0 ? `${words.place(state.one)} – ` : "";
  const title = marked(`${named}${data.study.title} – ${say("atlas")}`);
  if (document.title !== title) document.title = title;
  if (dress.language === state.language) return;
  dress.language = state.language;
  put(document.documentElement, "lang", state.language);
  for (const element of document.querySelectorAll("[data-word]")) write(element, say(element.dataset.word));
  for (const element of document.querySelectorAll("[data-label]")) put(element, "aria-label", say(element.dataset.label));
  put(byId("find"), "placeholder", say("find_hint"));
  write(byId("language"), say("other_language"));
  put(byId("language"), "lang", other());
  finder.words = voice(data, state);
  dressNotes(say);
}

function dressNotes(say) {
  const { minimum, limits, language } = data.study;
  list(byId("notes"), [say("note_probability"), say("exceeds_note"), say("note_suppressed", { minimum }), say("note_few")]);
  list(byId("limits"), limits);
  put(byId("limits"), "lang", language);
  show(byId("limits-box"), limits.length > 0);
  const credit = data.map ? say("source_boundaries", { words: data.map.attribution[state.language] }) : "";
  list(byId("sources"), [say("source_register"), credit].filter(Boolean));
  write(byId("credit"), credit);
  show(byId("credit"), credit !== "");
  if (data.mark) write(byId("simulated"), marked(say("simulated.firms")));
  show(byId("simulated"), data.mark !== "");
  const missing = data.map ? data.regions.code.map((_, at) => at).filter((at) => !data.map.paths[at]) : [];
  const names = missing.map((at) => data.regions[state.language][at]).join(", ");
  write(byId("views-note"), data.map ? say("missing_shapes", { names }) : say("no_boundaries"));
  show(byId("views-note"), !data.map || missing.length > 0);
}

function other() {
  return state.language === "ko" ? "en" : "ko";
}

function selectedSaid(words) {
  if (state.one < 0) return words.say("cleared");
  if (state.two >= 0) return compared(data, words, state.one, state.two);
  return words.say("selected", { name: words.place(state.one), said: words.sentence(state.one) });
}

function shownSaid(words) {
  const layer = layerOf(data, state);
  const count = words.say("regions_count", { n: shownRegions(data, state, layer).length, all: data.regions.code.length });
  return `${headingOf(data, state)} ${summaryOf(data, state, layer)} ${count}.`;
}

// ---- beside the pointer --------------------------------------------------------------------------------------------

function drawTip(at, event) {
  const tip = byId("tip");
  show(tip, at >= 0);
  if (at < 0) return;
  write(tip, voice(data, state).label(at, layerOf(data, state)));
  const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const above = event.clientY + 20 + tip.offsetHeight > innerHeight ? -tip.offsetHeight - 12 : 18;
  tip.style.left = `${Math.max(left, 8)}px`;
  tip.style.top = `${event.clientY + above}px`;
}

// Where the page is one column, show the card that was asked for.
function bringCards() {
  byId("cards").scrollIntoView({ block: "nearest" });
}

// ---- beginning -----------------------------------------------------------------------------------------------------

function begin() {
  write(byId("title"), data.study.title);
  write(byId("question"), data.study.question);
  for (const id of ["title", "question"]) put(byId(id), "lang", data.study.language);
  put(map.layers.borders, "id", "borders");
  const defs = svg("svg", { width: 0, height: 0, class: "hidden", "aria-hidden": "true", focusable: "false" }, keyDefs);
  byId("paper").append(html("p", { id: "map-alt", class: "unseen" }), defs);
  makeChoices(data, on);
  byId("language").addEventListener("click", () => change({ language: other() }, (words) => words.say("atlas")));
  byId("skip-map").addEventListener("click", () => focusUnit(map, map.at));
  byId("skip-table").addEventListener("click", () => table?.rows[table.at]?.button.focus());
  byId("all").addEventListener("click", () => change({ province: "", classes: [] }, shownSaid));
  byId("download").addEventListener("click", hand);
  document.addEventListener("keydown", (event) => event.key === "Escape" && on.clear());
  addEventListener("popstate", again);
  addEventListener("hashchange", again);
  draw();
  setTimeout(late, 0);
}

// What is not seen at once comes after the first picture.
function late() {
  table = makeTable(byId("rows"), data, on);
  drawTable(table, state, layerOf(data, state), voice(data, state));
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
  const words = voice(data, state);
  const rows = table.order.map((at) => csvRow(data, state, words, at));
  const name = `${data.study.name}-${words.outcome.name}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
  download(`${name}.csv`, csvOf(csvHeader(data, state), rows));
  on.say(words.say("downloaded", { n: rows.length }));
}

begin();
