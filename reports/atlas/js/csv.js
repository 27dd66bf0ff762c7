// The table as a file for a spreadsheet: with the mark in every row, and with text that no spreadsheet reads as a formula.

// One cell: a number as it is; a text in quotes where it needs them, and after an apostrophe where it would be a formula.
function cell(value) {
  if (value === null || value === undefined || (typeof value === "number" && !Number.isFinite(value))) return "";
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
}

// The byte order mark tells a spreadsheet that the letters are UTF-8.
function csvOf(header, rows) {
  return `\ufeff${[header, ...rows].map((row) => row.map(cell).join(",")).join("\n")}\n`;
}

function csvHeader({ data, state }) {
  const numbers = ["estimate", "std_error", "lower", "upper", "effect", "effect_lower", "effect_upper", "effect_unit"];
  const evidence = ["probability_above_zero", "n_supported", "n_comparison", "state"];
  const own = [`extinction_index_${state.year}`, `population_${state.year}`, "designations"];
  const names = ["region", "name_ko", "name_en", "province_ko", "province_en", "outcome", "estimator", "comparison"];
  return [...names, ...numbers, ...evidence, ...own, ...(data.mark ? ["simulated"] : [])];
}

function csvRow(view, at) {
  const { data, estimate, outcome } = view;
  const { code, ko, en } = data.regions;
  const province = provinceOf(view, at);
  const [estimator, aggregation] = estimate.key.split(/\/(?=[^/]*$)/);
  const { value, lower, upper } = effectAt(view, at);
  const unit = outcome.percent ? "%" : outcome.unit;
  return [
    code[at],
    ko[at],
    en[at],
    province.ko,
    province.en,
    outcome.name,
    estimator,
    aggregation,
    ...["estimate", "std_error", "lower", "upper"].map((name) => estimate[name][at]),
    ...[value, lower, upper].map(fiveDigits),
    isShown(view, at) ? unit : "",
    estimate.above[at],
    estimate.n_supported[at],
    estimate.n_comparison[at],
    data.states[estimate.state[at]],
    indexAt(view, at),
    peopleAt(view, at).now,
    listed(view, at).join("; "),
    ...(data.mark ? [data.mark] : []),
  ];
}

function fiveDigits(value) {
  return Number.isFinite(value) ? Number(value.toPrecision(5)) : null;
}
