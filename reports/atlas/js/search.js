// Finding a region by name: a field with a list below it, as screen readers know them.

const MOST_FOUND = 8;

function makeSearch(input, box, data, on) {
  const finder = { input, box, data, names: null, found: [], at: -1, view: null };
  input.addEventListener("input", () => look(finder, on));
  input.addEventListener("focus", () => look(finder, on));
  input.addEventListener("blur", () => close(finder));
  input.addEventListener("keydown", (event) => pressedInSearch(finder, event, on));
  box.addEventListener("pointerdown", (event) => event.preventDefault()); // so that the field keeps the focus
  box.addEventListener("click", (event) =>
    choose(finder, unitOf(event.target.closest("[data-at]") ?? event.target), on),
  );
  return finder;
}

// Every spelling of every name, the plainest first.
function spellingsOf(data) {
  const province = (at) => data.provinces[data.regions.province[at]];
  const spellings = (at, l) => [
    data.regions[l][at],
    province(at)[`short_${l}`] + data.regions[l][at],
    province(at)[l] + data.regions[l][at],
  ];
  const both = (at) => spellings(at, "ko").flatMap((korean, place) => [korean, spellings(at, "en")[place]]);
  return data.regions.code.map((code, at) => [...both(at), code].map(searchable));
}

function look(finder, on) {
  const { input, view } = finder;
  finder.names ??= spellingsOf(finder.data);
  finder.found = search(input.value, finder.names);
  finder.at = finder.found.length ? 0 : -1;
  const items = finder.found
    .slice(0, MOST_FOUND)
    .map((at, place) => html("li", { role: "option", id: `found-${place}`, "data-at": at }, placeOf(view, at)));
  const nothing = html("li", { class: "quiet", role: "option", "aria-disabled": "true" }, view.say("find_none"));
  finder.box.replaceChildren(...(items.length ? items : [nothing]));
  const open = input.value.trim() !== "";
  show(finder.box, open);
  put(input, "aria-expanded", open);
  mark(finder);
  if (open) on.say(items.length ? view.say("find_count", { n: finder.found.length }) : view.say("find_none"));
}

// Show which entry Enter would take.
function mark(finder) {
  [...finder.box.children].forEach((item, place) => put(item, "aria-selected", place === finder.at ? "true" : "false"));
  put(finder.input, "aria-activedescendant", finder.at >= 0 && !finder.box.hidden ? `found-${finder.at}` : null);
}

function close(finder) {
  show(finder.box, false);
  put(finder.input, "aria-expanded", "false");
  put(finder.input, "aria-activedescendant", null);
}

function choose(finder, at, on) {
  if (at < 0) return;
  finder.input.value = "";
  close(finder);
  on.found(at);
}

function pressedInSearch(finder, event, on) {
  const last = Math.min(finder.found.length, MOST_FOUND) - 1;
  if (event.isComposing) return;
  if (event.key === "Enter" && !finder.box.hidden) choose(finder, finder.found[finder.at] ?? -1, on);
  else if (event.key === "Escape" && finder.input.value) {
    finder.input.value = "";
    close(finder);
  } else if (event.key === "ArrowDown") finder.at = Math.min(finder.at + 1, last);
  else if (event.key === "ArrowUp") finder.at = Math.max(finder.at - 1, Math.min(0, last));
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (!finder.box.hidden) mark(finder);
}
