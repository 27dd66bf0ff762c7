// Making and changing elements. Text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function byId(id) {
  return document.getElementById(id);
}

function html(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) put(element, name, value);
  const wanted = children.filter((child) => child !== null && child !== "");
  element.append(...wanted.map((child) => (typeof child === "string" ? glued(child) : child)));
  return element;
}

// A sign of per cent is not parted from its number at the end of a line.
function glued(text) {
  return text.replace(/ %/g, "\u00a0%");
}

// Set an attribute, or take it away with null; nothing is touched that is so already.
function put(element, name, value) {
  if (value === null || value === false) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

function write(element, text) {
  const whole = glued(text);
  if (element.textContent !== whole) element.textContent = whole;
}

function show(element, visible) {
  if (element.hidden === visible) element.hidden = !visible;
}

// Fill an element with what is made of something, if that has changed: everything that uses a pattern is drawn anew with it.
function renew(element, of, make) {
  const key = JSON.stringify(of);
  if (element.madeOf !== key) element.replaceChildren(...make());
  element.madeOf = key;
}

// Fill a list with one item for each text.
function list(element, texts) {
  element.replaceChildren(...texts.map((text) => html("li", {}, text)));
}

// Fill a select with [value, text] pairs, or with groups of them: [label, pairs]; nothing is made anew that is so already.
function options(element, entries, chosen) {
  const option = ([value, text]) => html("option", { value }, text);
  const group = ([label, pairs]) => html("optgroup", { label }, ...pairs.map(option));
  renew(element, entries, () => entries.map((entry) => (Array.isArray(entry[1]) ? group(entry) : option(entry))));
  element.value = chosen;
}

// Hand a file to the reader without asking anyone.
function download(name, content) {
  const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
  html("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
