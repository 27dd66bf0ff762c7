// Colours and hatches of classes as SVG patterns, so that no class is told by its colour alone.

const SPACE = [9, 6.5, 5, 4]; // pixels between lines, by how often a hatch repeats its sign
const TURNS = { "/": [-45], "\\": [45], x: [-45, 45], "-": [0], "|": [90], "+": [0, 90] }; // degrees; another sign is a point
const UNSURE = { key: "unsure", hatch: "----", ink: "#444444" };

function isDark(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return 0.299 * red + 0.587 * green + 0.114 * blue < 130;
}

// The ink of a hatch that is seen on a colour.
function inkOn(colour) {
  return isDark(colour) ? "#ffffff" : "#6e6e6e";
}

// A pattern: the colour, its hatch, and where it is unsure the hatch of that on top; one unit is one pixel after `scale`.
function pattern(id, { colour, hatch }, unsure, scale) {
  const sign = unsure ? UNSURE.hatch : hatch;
  const ink = unsure && !isDark(colour) ? UNSURE.ink : inkOn(colour);
  const side = SPACE[Math.min(sign.length, SPACE.length) - 1];
  const [first, second] = TURNS[sign[0]] ?? [];
  const ground = svg("rect", { width: side + 1, height: side + 1, x: -0.5, y: -0.5, fill: colour });
  const line = (d) => svg("path", { d, stroke: ink, "stroke-width": 0.9, fill: "none" });
  const lines =
    first === undefined
      ? [svg("circle", { cx: side / 2, cy: side / 2, r: 0.9, fill: ink })]
      : [line(`M0 ${side / 2}H${side}`)];
  if (second !== undefined) lines.push(line(`M${side / 2} 0V${side}`));
  const turn = `scale(${scale}) rotate(${first ?? 0})`;
  return svg(
    "pattern",
    { id, width: side, height: side, patternUnits: "userSpaceOnUse", patternTransform: turn },
    ground,
    ...lines,
  );
}

// What fills a class: its plain colour, or the pattern that `patterns` made for it.
function fillOf(prefix, layer, position, unsure) {
  const { colour, hatch } = layer.classes[position];
  return hatch || unsure ? `url(#${prefix}${position}${unsure ? UNSURE.key : ""})` : colour;
}

function patterns(prefix, layer, scale) {
  const made = layer.classes.flatMap((one, at) => [
    one.hatch ? pattern(`${prefix}${at}`, one, false, scale) : null,
    layer.unsure ? pattern(`${prefix}${at}${UNSURE.key}`, one, true, scale) : null,
  ]);
  return made.filter(Boolean);
}

// A small square with the look of a class, for legend and table.
function swatch() {
  const square = svg("rect", { x: 0.5, y: 0.5, width: 17, height: 13, rx: 2 });
  return svg(
    "svg",
    { class: "swatch", width: 18, height: 14, viewBox: "0 0 18 14", "aria-hidden": "true", focusable: "false" },
    square,
  );
}
