// Two small charts: intervals beside one another on one axis, and the population over the years.

const WIDE = 320;
const LEFT = 8;

// The intervals of one or two regions; fine strokes are the other regions, an arrow says that an interval goes on.
function strip(view, chosen) {
  const { estimate, outcome, say, confidence } = view;
  const known = knownRegions(estimate);
  const shown = (at, key) => shownOrNaN(estimate[key][at], outcome.percent);
  const [low, high] = domain(known, chosen, shown);
  const x = (value) => LEFT + ((Math.min(Math.max(value, low), high) - low) / (high - low)) * (WIDE - 2 * LEFT);
  const tall = 26 * chosen.length + 10;
  const strokes = known
    .filter((at) => !chosen.includes(at))
    .map((at) => `M${x(shown(at, "estimate")).toFixed(1)} 4v${tall - 8}`)
    .join("");
  const rows = chosen.flatMap((at, order) => interval(at, order, shown, x, [low, high]));
  const axis = ticks(low, high).flatMap((value) => tick(value, x(value), tall, outcome.percent));
  const alt = chosen
    .filter((at) => isShown(view, at))
    .map((at) => say("strip_alt", { name: placeOf(view, at), confidence, ...heard(view, at) }))
    .join(" ");
  const zero = svg("path", { class: "zero", d: `M${x(0)} 0V${tall}` });
  const cut = chosen.some((at) => shown(at, "lower") < low || shown(at, "upper") > high);
  const picture = svg(
    "svg",
    { class: "strip", viewBox: `0 0 ${WIDE} ${tall + 18}`, role: "img", "aria-label": alt },
    svg("path", { class: "others", d: strokes }),
    zero,
    ...rows,
    ...axis,
  );
  return { picture, note: [say("strip_note", { confidence }), cut ? say("strip_cut") : ""].filter(Boolean).join(" ") };
}

// From where to where the axis goes: nearly all intervals, zero, and the effects of those that are chosen.
function domain(known, chosen, shown) {
  const sorted = (key) => known.map((at) => shown(at, key)).sort((a, b) => a - b);
  const own = chosen.map((at) => shown(at, "estimate")).filter(Number.isFinite);
  const low = Math.min(0, quantile(sorted("lower"), 0.1) ?? 0, ...own);
  const high = Math.max(0, quantile(sorted("upper"), 0.9) ?? 0, ...own);
  const margin = 0.05 * (high - low) || 1;
  return [low - margin, high + margin];
}

function interval(at, order, shown, x, [low, high]) {
  const [value, lower, upper] = ["estimate", "lower", "upper"].map((key) => shown(at, key));
  if (!Number.isFinite(value)) return [];
  const y = 18 + 26 * order;
  const kind = order ? "second" : "first";
  const parts = [];
  if (lower <= upper) parts.push(svg("path", { class: `bar ${kind}`, d: `M${x(lower)} ${y}H${x(upper)}` }));
  if (lower < low) parts.push(svg("path", { class: `bar ${kind}`, d: `M${LEFT + 5} ${y - 4}l-5 4l5 4` }));
  if (upper > high) parts.push(svg("path", { class: `bar ${kind}`, d: `M${WIDE - LEFT - 5} ${y - 4}l5 4l-5 4` }));
  const point = order
    ? svg("rect", { class: `dot ${kind}`, x: x(value) - 5, y: y - 5, width: 10, height: 10 })
    : svg("circle", { class: `dot ${kind}`, cx: x(value), cy: y, r: 5.5 });
  return [...parts, point];
}

// Round numbers along the axis, zero among them.
function ticks(low, high) {
  const power = 10 ** Math.floor(Math.log10((high - low) / 4));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => (high - low) / one <= 5);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, at) => (first + at) * step);
}

function tick(value, x, tall, percent) {
  const text = written(value, digits(value, 0, 0) > 2 ? 3 : digits(value, -Math.abs(value), Math.abs(value)));
  const anchor = x < 24 ? "start" : x > WIDE - 24 ? "end" : "middle";
  return [
    svg("path", { class: "tick", d: `M${x} ${tall}v4` }),
    svg("text", { x, y: tall + 15, "text-anchor": anchor }, percent ? `${text} %` : text),
  ];
}

// The population of a region over the years, with its first and last value. The axis does not begin at zero, but it spans at
// least a fifth of the population, so that a small change looks small.
function trend(view, at) {
  const { years } = view.data;
  const { all } = peopleAt(view, at);
  const [tall, top] = [48, 18];
  const middle = (Math.max(...all) + Math.min(...all)) / 2;
  const reach = Math.max(Math.max(...all) - middle, 0.1 * middle);
  const x = (year) => LEFT + (year / (all.length - 1)) * (WIDE - 2 * LEFT);
  const y = (value) => top + ((middle + reach - value) / (2 * reach)) * (tall - top);
  const line = all.map((value, year) => `${year ? "L" : "M"}${x(year).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const points = all.map((value, year) => `${years[year]}: ${written(value)}`).join(", ");
  const ends = [
    [0, "start"],
    [all.length - 1, "end"],
  ].flatMap(([year, anchor]) => [
    svg("text", { x: x(year), y: tall + 17, "text-anchor": anchor }, String(years[year])),
    svg("text", { x: x(year), y: y(all[year]) - 7, "text-anchor": anchor }, written(all[year])),
    svg("circle", { class: "dot quiet", cx: x(year), cy: y(all[year]), r: 3.5 }),
  ]);
  const alt = view.say("trend_alt", { name: placeOf(view, at), points });
  return svg(
    "svg",
    { class: "trend", viewBox: `0 0 ${WIDE} ${tall + 22}`, role: "img", "aria-label": alt },
    svg("path", { class: "tick", d: `M${LEFT} ${tall + 4}H${WIDE - LEFT}` }),
    svg("path", { class: "line", d: line }),
    ...ends,
  );
}
