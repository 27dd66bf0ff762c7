// Phrases: values are put into their places as text; what a value says is not read as a phrase.

function filled(phrase, values = {}) {
  return phrase.replace(/\{(\w+)\}/g, (place, name) => (name in values ? String(values[name]) : place));
}

function speaker(words, language) {
  return (key, values) => filled(words[language][key], values);
}
