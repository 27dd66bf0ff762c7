// The map: one path for each region, as shapes or as tiles; one stop of the Tab key, and the arrow keys within.

const TILE = 100; // units of a tile's side
const GAP = 3;
const LEAST_TILE = { ko: 22, en: 34 }; // pixels of a tile into which a name fits
const REACH = 22; // pixels from a region's point within which a touch means it

// Make the map once, on its paper; `on` has select(at, second) and point(at, event).
function makeMap(paper, data, on) {
  const units = data.regions.code.map((_, at) => svg("path", { class: "unit", id: `u${at}`, role: "option", "data-at": at, tabindex: -1 }));
  const layers = {
    defs: svg("defs"), units: svg("g", { role: "none" }, ...units), borders: svg("path", { class: "borders" }), frames: svg("g", { class: "frames" }),
    rings: svg("g", { id: "rings" }), zoomed: svg("g", { class: "zoomed", "aria-hidden": "true" }),
    names: svg("g", { class: "names", "aria-hidden": "true" }), mark: svg("g", { class: "paper-mark", "aria-hidden": "true" }),
  };
  const root = svg("svg", { id: "map", role: "listbox", "aria-multiselectable": "true", "aria-describedby": "map-alt", preserveAspectRatio: "xMidYMid meet" }, ...Object.values(layers));
  const map = { data, root, units, layers, at: 0, grounds: {}, larger: new Map(), box: [0, 0, 1, 1], drawn: "", shown: new Set() };
  paper.append(root);
  listen(map, paper, on);
  return map;
}

// ---- grounds: where regions lie, as shapes and as tiles ------------------------------------------------------------

function groundOf(map, view) {
  map.grounds[view] ??= view === "map" ? shapesGround(map.data) : tilesGround(map.data);
  return map.grounds[view];
}

function shapesGround(data) {
  const { paths, points, radii, size, borders, labels, frames } = data.map;
  return { paths, points, radii, box: [0, 0, ...size], borders, labels, frames, side: 0 };
}

function tilesGround(data) {
  const points = data.tiles.map(([row, column]) => [(column + 0.5) * TILE, (row + 0.5) * TILE]);
  const half = TILE / 2 - GAP;
  const square = ([x, y]) => `M${x - half} ${y - half}h${2 * half}v${2 * half}h${-2 * half}z`;
  const [width, height] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])) + 0.75 * TILE);
  return {
    paths: points.map(square), points, radii: points.map(() => half), box: [-0.25 * TILE, -0.25 * TILE, width + 0.25 * TILE, height + 0.25 * TILE],
    borders: tileBorders(data), labels: tileLabels(data, points), frames: [], side: TILE,
  };
}

// The lines between tiles of two provinces, and between a province and the sea.
function tileBorders(data) {
  const of = new Map(data.tiles.map(([row, column], at) => [`${row},${column}`, data.regions.province[at]]));
  const lines = data.tiles.map(([row, column], at) => {
    const differs = (r, c) => of.get(`${r},${c}`) !== data.regions.province[at];
    const [x, y] = [column * TILE, row * TILE];
    return [
      differs(row - 1, column) ? `M${x} ${y}h${TILE}` : "", differs(row, column - 1) ? `M${x} ${y}v${TILE}` : "",
      of.get(`${row + 1},${column}`) === undefined ? `M${x} ${y + TILE}h${TILE}` : "",
      of.get(`${row},${column + 1}`) === undefined ? `M${x + TILE} ${y}v${TILE}` : "",
    ].join("");
  });
  return lines.join("");
}

// The middle of each province's tiles.
function tileLabels(data, points) {
  return data.provinces.map((_, province) => {
    const mine = points.filter((_point, at) => data.regions.province[at] === province);
    const mean = (axis) => mine.reduce((sum, point) => sum + point[axis], 0) / mine.length;
    return mine.length ? [mean(0), mean(1), TILE] : null;
  });
}

// The part of the ground to look at: all of it, or the regions of one province with a margin.
function boxOf(ground, data, province) {
  const mine = ground.points.filter((point, at) => point && data.provinces[data.regions.province[at]].code === province);
  if (!mine.length) return ground.box;
  const reach = ground.side ? TILE * 0.8 : Math.max(...ground.radii.filter((_, at) => ground.points[at] && data.provinces[data.regions.province[at]].code === province)) * 1.9;
  const low = [0, 1].map((axis) => Math.min(...mine.map((point) => point[axis])) - reach);
  const high = [0, 1].map((axis) => Math.max(...mine.map((point) => point[axis])) + reach);
  const least = ground.side ? 6 * TILE : 700;
  const size = [0, 1].map((axis) => Math.max(high[axis] - low[axis], least));
  return [...[0, 1].map((axis) => (low[axis] + high[axis] - size[axis]) / 2), ...size];
}

// ---- drawing -------------------------------------------------------------------------------------------------------

// Draw the whole state; only what has changed is touched.
function drawMap(map, state, layer, words) {
  const ground = groundOf(map, state.view);
  placeShapes(map, ground, state);
  map.shown = new Set(shownRegions(map.data, state, layer).filter((at) => ground.paths[at]));
  const chosen = [state.one, state.two].filter((at) => at >= 0);
  map.units.forEach((unit, at) => {
    const kind = map.shown.has(at) ? "unit" : "unit dim";
    for (const [prefix, path] of [["m", unit], ["z", map.larger.get(at)]].filter((pair) => pair[1])) {
      put(path, "fill", fillOf(prefix, layer, layer.at[at], layer.unsure?.[at] === 1));
      put(path, "class", kind);
    }
    put(unit, "aria-hidden", map.shown.has(at) ? null : "true");
    put(unit, "aria-selected", chosen.includes(at) ? "true" : "false");
    put(unit, "aria-label", words.label(at, layer));
  });
  standAt(map, map.shown.has(map.at) ? map.at : (chosen.find((at) => map.shown.has(at)) ?? [...map.shown][0] ?? 0));
  map.fill = { layer, state, ground, words, chosen };
  scaleMap(map);
}

function placeShapes(map, ground, state) {
  const key = `${state.view} ${state.province}`;
  if (map.drawn === key) return;
  map.drawn = key;
  map.units.forEach((unit, at) => put(unit, "d", ground.paths[at] ?? ""));
  put(map.layers.borders, "d", ground.borders);
  map.box = state.province ? boxOf(ground, map.data, state.province) : ground.box;
  put(map.root, "viewBox", map.box.map(Math.round).join(" "));
  map.larger.clear();
  const larger = ground.frames.find((frame) => frame.of);
  map.layers.zoomed.replaceChildren(...(larger && !state.province ? zoomedIn(map, larger, ground) : []));
}

// The capital area once more, larger, in its frame; its hatches are its own, so that they are not larger, too.
function zoomedIn(map, { to, of, units }, ground) {
  const scale = to[2] / of[2];
  const area = { x: of[0], y: of[1], width: of[2], height: of[3] };
  for (const at of units) map.larger.set(at, svg("path", { d: ground.paths[at], "data-at": at }));
  const inside = svg("g", { "clip-path": "url(#zoom-clip)", transform: `translate(${to[0]} ${to[1]}) scale(${scale}) translate(${-of[0]} ${-of[1]})` },
    svg("rect", { class: "sea", ...area }), ...map.larger.values(), svg("use", { href: "#borders" }), svg("use", { href: "#rings" }));
  return [svg("clipPath", { id: "zoom-clip" }, svg("rect", area)), inside];
}

// The window has changed: measure again. Measuring makes the browser lay out the page, so it is not done otherwise.
function resizeMap(map) {
  const { width, height } = map.root.getBoundingClientRect();
  if (map.size && map.size.width === width && map.size.height === height) return;
  map.size = { width, height };
  scaleMap(map);
}

// Everything that has a size in pixels: hatches, names, frames.
function scaleMap(map) {
  const { layer, state, ground, words, chosen } = map.fill;
  map.size ??= map.root.getBoundingClientRect();
  const { width, height } = map.size;
  const unit = Math.max(map.box[2] / Math.max(width, 1), map.box[3] / Math.max(height, 1));
  map.unit = unit;
  const scale = ground.frames.filter((frame) => frame.of).map((frame) => frame.to[2] / frame.of[2])[0] ?? 1;
  renew(map.layers.defs, [layer.classes, layer.unsure !== null, unit, scale], () => [...patterns("m", layer, unit), ...patterns("z", layer, unit / scale)]);
  map.layers.frames.replaceChildren(...ground.frames.flatMap((frame) => framed(map, frame, state, unit)));
  const names = namesOf(map, state, ground, words, unit);
  if (names !== map.names) map.layers.names.replaceChildren(...names);
  map.names = names;
  map.layers.mark.replaceChildren(...(map.data.mark && EFFECTS.includes(state.measure) ? [paperMark(map, unit)] : []));
  map.chosen = chosen;
  drawRings(map);
}

function framed(map, frame, state, unit) {
  const [x, y, width, height] = frame.to;
  const half = (widthOf(frame[state.language], 11) / 2 + 3) * unit;
  const middle = Math.min(Math.max(x + width / 2, map.box[0] + half), map.box[0] + map.box[2] - half);
  const name = svg("text", { x: middle, y: y - 5 * unit, "font-size": 11 * unit, "text-anchor": "middle" }, frame[state.language]);
  return [svg("rect", { x, y, width, height }), name];
}

function paperMark(map, unit) {
  const [x, y, , height] = map.box;
  return svg("text", { x: x + 6 * unit, y: y + height - 8 * unit, "font-size": 12 * unit }, map.data.mark);
}

// ---- names on the map ----------------------------------------------------------------------------------------------

function namesOf(map, state, ground, words, unit) {
  const about = { map, words, unit, ground, layer: map.fill.layer, large: state.language === "ko" ? 13 : 11.5 };
  if (ground.side && (state.province || ground.side / unit >= LEAST_TILE[state.language])) return tileNames(about);
  if (state.province) return placedNames(about, unitNames(about), 12);
  const names = map.data.provinces.map((one, at) => ({ text: one[`short_${state.language}`], point: ground.labels[at], halo: null }));
  return [...placedNames(about, names, about.large), ...ground.frames.flatMap((frame) => namesIn(about, frame))];
}

function unitNames({ map, words, ground, layer }) {
  return [...map.shown].map((at) => ({ text: words.name(at), point: [...ground.points[at], ground.radii[at]], halo: colourOf(layer, at) }));
}

// Short names in a frame that is drawn larger, where they fit into their regions.
function namesIn(about, { to, of, units }) {
  if (!of) return [];
  const { words, unit, ground, layer } = about;
  const scale = to[2] / of[2];
  const names = units.map((at) => {
    const [x, y] = ground.points[at].map((value, axis) => to[axis] + (value - of[axis]) * scale);
    return { text: shortName(words.name(at), words.language), point: [x, y, ground.radii[at] * scale], halo: colourOf(layer, at) };
  });
  const inside = ({ text, point: [x, y, radius] }) => {
    const half = (widthOf(text, 10) * unit) / 2;
    return x - half > to[0] && x + half < to[0] + to[2] && y - 6 * unit > to[1] && y + 6 * unit < to[1] + to[3] && half < radius;
  };
  return placedNames(about, names.filter(inside), 10, [0]);
}

// Short names, one in each tile; while they stay where they are, only their looks change.
function tileNames({ map, words, unit, ground, layer }) {
  const key = `${words.language} ${unit} ${map.drawn}`;
  if (map.tiles?.key !== key) map.tiles = { key, names: map.data.regions.code.map((_, at) => tileName(at, words, unit, ground)) };
  map.tiles.names.forEach((name, at) => {
    const shown = map.shown.has(at);
    put(name, "class", shown ? null : "dim");
    for (const [key_, value] of Object.entries(lookOn(shown ? colourOf(layer, at) : null))) put(name, key_, value);
  });
  return map.tiles.names;
}

function tileName(at, words, unit, ground) {
  const text = shortName(words.name(at), words.language);
  const pixels = Math.min((10 * ground.side * 0.88) / unit / widthOf(text, 10), (ground.side * 0.36) / unit, 15);
  const [x, y] = ground.points[at];
  return named(text, x, y + pixels * unit * 0.36, pixels * unit, null, "");
}

function colourOf(layer, at) {
  return layer.classes[layer.at[at]].colour;
}

// A name as a tile can hold it: without 시, 군 and 구, or the first letters without what follows a hyphen.
function shortName(name, language) {
  if (language === "ko" && /특별자치시$/.test(name)) return name.slice(0, -5);
  if (language === "ko") return name.length > 2 && /[시군구]$/.test(name) ? name.slice(0, -1).slice(0, 4) : name.slice(0, 4);
  return name.split(/[-\s]/)[0].slice(0, 5);
}

// Names where they touch no other, those with most room first; a step up or down is tried.
function placedNames({ unit }, names, pixels, steps = [0, 1, -1, 1.6, -1.6]) {
  const size = pixels * unit;
  const taken = [];
  const order = names.filter((one) => one.point).sort((a, b) => b.point[2] - a.point[2]);
  return order.flatMap(({ text, point, halo }) => {
    const width = widthOf(text, pixels, halo === null ? 650 : 400) * unit;
    const boxes = steps.map((step) => [point[0] - width / 2, point[1] + step * size * 0.9 - size / 2, width, size * 1.05]);
    const free = boxes.find((box) => !taken.some((other) => overlap(box, other)));
    if (!free) return [];
    taken.push(free);
    return [named(text, free[0] + width / 2, free[1] + size * 0.86, size, halo, halo === null ? "large" : "")];
  });
}

// A name with a halo in the colour that it stands on, light on dark; without one it stands on anything.
function named(text, x, y, size, halo, kind) {
  return svg("text", { class: kind || null, x, y, "font-size": size, "text-anchor": "middle", ...lookOn(halo) }, text);
}

function lookOn(halo) {
  return { fill: halo !== null && isDark(halo) ? "#ffffff" : "#1d2329", stroke: halo ?? "#ffffff" };
}

// How wide a text is in pixels, in the letters of the page.
function widthOf(text, pixels, weight = 400) {
  widthOf.pen ??= document.createElement("canvas").getContext("2d");
  widthOf.family ??= getComputedStyle(document.body).fontFamily;
  widthOf.pen.font = `${weight} ${pixels}px ${widthOf.family}`;
  return widthOf.pen.measureText(text).width;
}

function overlap([x, y, width, height], [left, top, wide, high]) {
  return x < left + wide && left < x + width && y < top + high && top < y + height;
}

// ---- rings around what is chosen and where the keyboard is -----------------------------------------------------------

function drawRings(map) {
  const ring = (at, kind) => [svg("path", { class: `ring under ${kind}`, d: map.fill.ground.paths[at] ?? "" }), svg("path", { class: `ring ${kind}`, d: map.fill.ground.paths[at] ?? "" })];
  const chosen = map.chosen.flatMap((at, order) => ring(at, order ? "second" : "first"));
  map.layers.rings.replaceChildren(...chosen, ...(map.focused ? ring(map.at, "focus") : []));
}

// The one region that the Tab key reaches.
function standAt(map, at) {
  put(map.units[map.at], "tabindex", "-1");
  map.at = at;
  put(map.units[at], "tabindex", "0");
}

// ---- what the reader does ------------------------------------------------------------------------------------------

// The paper listens for the focus: with listeners of its own the drawing itself would be a stop of the Tab key.
function listen(map, paper, on) {
  const { root } = map;
  root.addEventListener("click", (event) => {
    const at = atEvent(map, event);
    if (at >= 0) on.select(at, event.shiftKey);
  });
  root.addEventListener("pointermove", (event) => on.point(event.pointerType === "touch" ? -1 : unitOf(event.target), event));
  root.addEventListener("pointerleave", (event) => on.point(-1, event));
  paper.addEventListener("focusin", (event) => {
    const at = unitOf(event.target);
    if (at < 0) return;
    standAt(map, at);
    map.focused = event.target.matches(":focus-visible");
    drawRings(map);
  });
  paper.addEventListener("focusout", () => {
    map.focused = false;
    drawRings(map);
  });
  root.addEventListener("keydown", (event) => pressed(map, event, on));
}

function pressed(map, event, on) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "Enter" || event.key === " ") on.select(map.at, event.shiftKey);
  else if (event.key in DIRECTIONS || ["Home", "End", "PageUp", "PageDown"].includes(event.key)) focusUnit(map, target(map, event.key));
  else return;
  event.preventDefault();
}

function target(map, key) {
  const order = [...map.shown];
  const here = order.indexOf(map.at);
  if (key === "Home") return order[0];
  if (key === "End") return order[order.length - 1];
  if (key === "PageDown") return order[Math.min(here + 1, order.length - 1)];
  if (key === "PageUp") return order[Math.max(here - 1, 0)];
  return moved(key, map.fill.ground.points, map.fill.ground.side ? tileNeighbours(map) : map.data.regions.neighbours, map.shown, map.at);
}

// On tiles a neighbour is the next tile in the row or column.
function tileNeighbours(map) {
  map.beside ??= map.data.tiles.map(([row, column]) =>
    map.data.tiles.flatMap(([r, c], at) => (Math.abs(r - row) + Math.abs(c - column) === 1 ? [at] : [])));
  return map.beside;
}

function focusUnit(map, at) {
  if (at === undefined || at < 0) return;
  standAt(map, at);
  map.units[at].focus();
}

function unitOf(element) {
  const at = element.getAttribute?.("data-at");
  return at === null || at === undefined ? -1 : Number(at);
}

// The region of a click; beside all of them the nearest one, so that a finger finds a small island.
function atEvent(map, event) {
  const at = unitOf(event.target);
  if (at >= 0) return at;
  const matrix = map.root.getScreenCTM();
  if (!matrix) return -1;
  const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
  const points = map.fill.ground.points.map((point, one) => (map.shown.has(one) ? point : null));
  return nearestTo(points, [x, y], REACH * map.unit);
}
