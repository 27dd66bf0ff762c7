// The legend: every class with its look and how many regions it has; a class that is chosen leaves only its regions.

function drawLegend(element, view, on) {
  const { classes, unsure } = view.layer;
  const counts = countsOf(view);
  const own = classes.map((_, at) => at).filter((at) => counts[at] || !isState(view.data, classes[at].key));
  const items = own.map((at) => item(view, at, counts[at], on));
  element.replaceChildren(...items, ...(unsure ? [unsureItem(view)] : []));
}

function isState(data, key) {
  return data.without_value.some((one) => one.key === key);
}

function item({ layer, state, language }, at, count, on) {
  const { key } = layer.classes[at];
  const square = swatch();
  put(square.firstChild, "fill", fillOf("k", layer, at, false));
  const pressed = state.classes.includes(key);
  const button = html(
    "button",
    { type: "button", "aria-pressed": pressed, disabled: count ? null : "", "data-class": key },
    square,
    html("span", {}, layer.classes[at][language]),
    html("b", {}, written(count)),
  );
  button.addEventListener("click", () =>
    on.classes(pressed ? state.classes.filter((one) => one !== key) : [...state.classes, key], key),
  );
  return html("li", {}, button);
}

function unsureItem({ say }) {
  const square = swatch();
  put(square.firstChild, "fill", "url(#k-unsure)");
  return html("li", { class: "plain" }, square, html("span", {}, say("unsure")));
}

// The patterns of legend and table, whose unit is the pixel.
function drawKeyPatterns(defs, layer) {
  const plain = { colour: "#ffffff", hatch: "" };
  renew(defs, [layer.classes, layer.unsure !== null], () => [
    ...patterns("k", layer, 1),
    pattern("k-unsure", plain, true, 1),
  ]);
}
