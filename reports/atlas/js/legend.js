// The legend: every class with its look and how many regions it has; a class that is chosen leaves only its regions.

function drawLegend(element, data, state, layer, on) {
  const counts = countsOf(data, state, layer);
  const own = layer.classes.map((_, at) => at).filter((at) => counts[at] || !isState(layer.classes[at].key));
  const items = own.map((at) => item(layer, state, at, counts[at], on));
  if (layer.unsure) items.push(unsureItem(data, state));
  element.replaceChildren(...items);
}

function isState(key) {
  return ["not_enough_evidence", "suppressed", "not_identified", "no_data"].includes(key);
}

function item(layer, state, at, count, on) {
  const { key } = layer.classes[at];
  const square = swatch();
  put(square.firstChild, "fill", fillOf("k", layer, at, false));
  const pressed = state.classes.includes(key);
  const button = html("button", { type: "button", "aria-pressed": pressed, disabled: count ? null : "", "data-class": key }, square,
    html("span", {}, layer.classes[at][state.language]), html("b", {}, written(count)));
  button.addEventListener("click", () => on.classes(pressed ? state.classes.filter((one) => one !== key) : [...state.classes, key], key));
  return html("li", {}, button);
}

function unsureItem(data, state) {
  const square = swatch();
  put(square.firstChild, "fill", "url(#k-unsure)");
  return html("li", { class: "plain" }, square, html("span", {}, speaker(data.words, state.language)("unsure")));
}

// The patterns of legend and table, whose unit is the pixel.
function drawKeyPatterns(defs, layer) {
  const plain = { colour: "#ffffff", hatch: "" };
  renew(defs, [layer.classes, layer.unsure !== null], () => [...patterns("k", layer, 1), pattern("k-unsure", plain, true, 1)]);
}
