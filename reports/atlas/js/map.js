// The map: one path for each region, as shapes or as tiles; one stop of the Tab key, and the arrow keys within.

const REACH = 22; // pixels from a region's point within which a touch means it

// Make the map once, on its paper; `on` has select(at, second) and point(at, event).
function makeMap(paper, data, on) {
  const units = data.regions.code.map((_, at) =>
    svg("path", { class: "unit", id: `u${at}`, role: "option", "data-at": at, tabindex: -1 }),
  );
  const layers = layersOf(units);
  const root = drawing(layers);
  const first = { at: 0, box: [0, 0, 1, 1], drawn: "", shown: new Set() };
  const map = { data, root, units, layers, grounds: {}, larger: new Map(), ...first };
  paper.append(root);
  listen(map, paper, on);
  return map;
}

// What lies on what.
function layersOf(units) {
  return {
    defs: svg("defs"),
    units: svg("g", { role: "none" }, ...units),
    borders: svg("path", { class: "borders", id: "borders" }),
    frames: svg("g", { class: "frames" }),
    rings: svg("g", { id: "rings" }),
    zoomed: svg("g", { class: "zoomed", "aria-hidden": "true" }),
    names: svg("g", { class: "names", "aria-hidden": "true" }),
    mark: svg("g", { class: "paper-mark", "aria-hidden": "true" }),
  };
}

function drawing(layers) {
  const asList = { id: "map", role: "listbox", "aria-multiselectable": "true", "aria-describedby": "map-alt" };
  return svg("svg", { ...asList, preserveAspectRatio: "xMidYMid meet" }, ...Object.values(layers));
}

// ---- drawing -------------------------------------------------------------------------------------------------------

// Draw the whole state; only what has changed is touched.
function drawMap(map, view) {
  const { state, layer } = view;
  const ground = groundOf(map, state.view);
  placeShapes(map, ground, state);
  map.shown = new Set(shownRegions(view).filter((at) => ground.paths[at]));
  const chosen = chosenRegions(view);
  map.units.forEach((unit, at) => {
    const kind = map.shown.has(at) ? "unit" : "unit dim";
    for (const [prefix, path] of [
      ["m", unit],
      ["z", map.larger.get(at)],
    ].filter((pair) => pair[1])) {
      put(path, "fill", fillOf(prefix, layer, layer.at[at], layer.unsure?.[at] === 1));
      put(path, "class", kind);
    }
    put(unit, "aria-hidden", map.shown.has(at) ? null : "true");
    put(unit, "aria-selected", chosen.includes(at) ? "true" : "false");
    put(unit, "aria-label", labelOf(view, at));
  });
  standAt(map, map.shown.has(map.at) ? map.at : (chosen.find((at) => map.shown.has(at)) ?? [...map.shown][0] ?? 0));
  map.fill = { view, ground };
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
  const inside = svg(
    "g",
    {
      "clip-path": "url(#zoom-clip)",
      transform: `translate(${to[0]} ${to[1]}) scale(${scale}) translate(${-of[0]} ${-of[1]})`,
    },
    svg("rect", { class: "sea", ...area }),
    ...map.larger.values(),
    svg("use", { href: "#borders" }),
    svg("use", { href: "#rings" }),
  );
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
  const { view, ground } = map.fill;
  const { layer } = view;
  map.size ??= map.root.getBoundingClientRect();
  const { width, height } = map.size;
  const unit = Math.max(map.box[2] / Math.max(width, 1), map.box[3] / Math.max(height, 1));
  map.unit = unit;
  const scale = ground.frames.filter((frame) => frame.of).map((frame) => frame.to[2] / frame.of[2])[0] ?? 1;
  renew(map.layers.defs, [layer.classes, layer.unsure !== null, unit, scale], () => [
    ...patterns("m", layer, unit),
    ...patterns("z", layer, unit / scale),
  ]);
  map.layers.frames.replaceChildren(...ground.frames.flatMap((frame) => framed(map, frame, view.language)));
  const names = namesOf(map, view, ground);
  if (names !== map.names) map.layers.names.replaceChildren(...names);
  map.names = names;
  map.layers.mark.replaceChildren(...(map.data.mark && showsEffects(view) ? [paperMark(map)] : []));
  drawRings(map);
}

function framed(map, frame, language) {
  const [x, y, width, height] = frame.to;
  return [svg("rect", { x, y, width, height }), ...frameName(map, frame, language).lines];
}

// What is seen of the ground: the part to look at, and what the window has beside it.
function seenOf({ box, size, unit }) {
  const [width, height] = [size.width * unit, size.height * unit];
  return [box[0] + (box[2] - width) / 2, box[1] + (box[3] - height) / 2, width, height];
}

function paperMark(map) {
  const { unit } = map;
  const [x, y, , height] = seenOf(map);
  return svg("text", { x: x + 6 * unit, y: y + height - 8 * unit, "font-size": 12 * unit }, map.data.mark);
}

// ---- rings around what is chosen and where the keyboard is -----------------------------------------------------------

function drawRings(map) {
  const ring = (at, kind) => [
    svg("path", { class: `ring under ${kind}`, d: map.fill.ground.paths[at] ?? "" }),
    svg("path", { class: `ring ${kind}`, d: map.fill.ground.paths[at] ?? "" }),
  ];
  const chosen = chosenRegions(map.fill.view).flatMap((at, order) => ring(at, order ? "second" : "first"));
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
    if (event.pointerType === "touch") on.point(at, event); // a finger has no place above a region, so it is said now
  });
  root.addEventListener("pointermove", (event) =>
    on.point(event.pointerType === "touch" ? -1 : unitOf(event.target), event),
  );
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
  else if (event.key in DIRECTIONS || ["Home", "End", "PageUp", "PageDown"].includes(event.key))
    focusUnit(map, target(map, event.key));
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
  return moved(
    key,
    map.fill.ground.points,
    map.fill.ground.side ? tileNeighbours(map) : map.data.regions.neighbours,
    map.shown,
    map.at,
  );
}

// On tiles a neighbour is the next tile in the row or column.
function tileNeighbours(map) {
  map.beside ??= map.data.tiles.map(([row, column]) =>
    map.data.tiles.flatMap(([r, c], at) => (Math.abs(r - row) + Math.abs(c - column) === 1 ? [at] : [])),
  );
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
