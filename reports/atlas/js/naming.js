// Names on the map, where they touch no other and can be read on what lies below.

const STEPS = [0, 1, -1, 1.6, -1.6]; // lines by which a name may stand higher or lower than its place
const BESIDE = [1.6, -1.6, ...STEPS]; // the same of a region that its name would hide
const SMALL_MAP = 500; // pixels of width; on a smaller map the name of a frame takes a line for each part
const LEAST_TILE = { ko: 22, en: 34 }; // pixels of a tile into which a name fits

function namesOf(map, view, ground) {
  const { state, language } = view;
  if (ground.side && (state.province || ground.side / map.unit >= LEAST_TILE[language]))
    return tileNames(map, view, ground);
  const taken = ground.frames.map((frame) => frameName(map, frame, language).box);
  if (state.province) return placedNames(map.unit, unitNames(map, view, ground), 12, STEPS, taken);
  const names = map.data.provinces.map((one, at) => ({
    text: one[`short_${language}`],
    point: ground.labels[at],
    halo: null,
  }));
  const inFrames = ground.frames.filter((frame) => frame.of).flatMap((frame) => namesIn(map, view, ground, frame));
  const chosen = chosenRegions(view).filter((at) => ground.points[at]);
  taken.push(...chosen.map((at) => around(ground.points[at], ground.radii[at])));
  return [...placedNames(map.unit, names, language === "ko" ? 13 : 11.5, STEPS, taken), ...inFrames];
}

function around([x, y], radius) {
  return [x - radius, y - radius, 2 * radius, 2 * radius];
}

// The name of a frame above it, within what is seen, and the box that it takes.
function frameName(map, frame, language) {
  const { unit } = map;
  const [left, , wide] = seenOf(map);
  const parts = map.size.width < SMALL_MAP ? frame[language].match(/[^,·]+[,·]?/g) : [frame[language]];
  const half = (Math.max(...parts.map((part) => widthOf(part.trim(), 11))) / 2 + 3) * unit;
  const x = Math.min(Math.max(frame.to[0] + frame.to[2] / 2, left + half), left + wide - half);
  const above = (lines) => frame.to[1] - (5 + 12 * lines) * unit;
  const line = (part, at) => {
    const place = { x, y: above(parts.length - 1 - at), "font-size": 11 * unit, "text-anchor": "middle" };
    return svg("text", place, part.trim());
  };
  return { lines: parts.map(line), box: [x - half, above(parts.length), 2 * half, 12 * parts.length * unit] };
}

function unitNames(map, view, ground) {
  return [...map.shown].map((at) => ({
    text: nameOf(view, at),
    point: [...ground.points[at], ground.radii[at]],
    halo: classAt(view, at).colour,
  }));
}

// Short names in a frame that is drawn larger, where they fit into their regions.
function namesIn({ unit }, view, ground, { to, of, units }) {
  const scale = to[2] / of[2];
  const names = units.map((at) => {
    const [x, y] = ground.points[at].map((value, axis) => to[axis] + (value - of[axis]) * scale);
    return {
      text: shortName(nameOf(view, at), view.language, Infinity),
      point: [x, y, ground.radii[at] * scale],
      halo: classAt(view, at).colour,
    };
  });
  const inside = ({ text, point: [x, y, radius] }) => {
    const half = (widthOf(text, 10) * unit) / 2;
    return (
      x - half > to[0] &&
      x + half < to[0] + to[2] &&
      y - 6 * unit > to[1] &&
      y + 6 * unit < to[1] + to[3] &&
      half < radius
    );
  };
  return placedNames(unit, names.filter(inside), 10, [0]);
}

// Short names, one in each tile; while they stay where they are, only their looks change.
function tileNames(map, view, ground) {
  const key = `${view.language} ${map.unit} ${map.drawn}`;
  if (map.tiles?.key !== key)
    map.tiles = { key, names: everyRegion(view).map((at) => tileName(at, view, map.unit, ground)) };
  map.tiles.names.forEach((name, at) => {
    const shown = map.shown.has(at);
    put(name, "class", shown ? null : "dim");
    for (const [attribute, value] of Object.entries(lookOn(shown ? classAt(view, at).colour : null)))
      put(name, attribute, value);
  });
  return map.tiles.names;
}

function tileName(at, view, unit, ground) {
  const text = shortName(nameOf(view, at), view.language);
  const pixels = Math.min((10 * ground.side * 0.88) / unit / widthOf(text, 10), (ground.side * 0.36) / unit, 15);
  const [x, y] = ground.points[at];
  return named(text, x, y + pixels * unit * 0.36, pixels * unit, null, "");
}

// A name as a tile can hold it: without 시, 군 and 구, or the first letters of what stands before a hyphen.
function shortName(name, language, longest = 5) {
  if (language === "ko" && /특별자치시$/.test(name)) return name.slice(0, -5);
  if (language === "ko")
    return name.length > 2 && /[시군구]$/.test(name) ? name.slice(0, -1).slice(0, 4) : name.slice(0, 4);
  const [plain] = name.split(/[-\s]/);
  return plain.length > longest ? `${plain.slice(0, longest - 1)}.` : plain;
}

// Names where they touch no other, those with most room first; a step up or down is tried.
function placedNames(unit, names, pixels, steps = STEPS, others = []) {
  const size = pixels * unit;
  const taken = [...others];
  const order = names.filter((one) => one.point).sort((a, b) => b.point[2] - a.point[2]);
  return order.flatMap(({ text, point, halo }) => {
    const width = widthOf(text, pixels, halo === null ? 650 : 400) * unit;
    const mine = halo !== null && point[2] < size ? BESIDE : steps;
    const boxes = mine.map((step) => [
      point[0] - width / 2,
      point[1] + step * size * 0.9 - size / 2,
      width,
      size * 1.05,
    ]);
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
