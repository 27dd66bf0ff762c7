// Numbers: the normal distribution, and how effects are written. The rules are those of the study's page.

const MOST_DIGITS = 9;

// Φ(z). Marsaglia (2004), Evaluating the Normal Distribution, Journal of Statistical Software 11(4).
function normalBelow(z) {
  if (Math.abs(z) > 8) return z > 0 ? 1 : 0;
  let sum = z;
  let term = z;
  for (let odd = 3; sum + term !== sum; odd += 2) {
    term *= (z * z) / odd;
    sum += term;
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

// An effect as it is shown: one on a logarithm as a change in per cent.
function shownValue(value, percent) {
  return percent ? 100 * Math.expm1(value) : value;
}

// How many decimals: half the interval, or without one the value itself, has about two digits that matter.
function digits(value, lower, upper) {
  const half = (upper - lower) / 2;
  const size = Number.isFinite(half) && half > 0 ? half : Math.abs(value);
  return size > 0 ? Math.min(Math.max(1 - Math.floor(Math.log10(size)), 0), MOST_DIGITS) : 0;
}

// A number with a true minus sign and separators between thousands; nothing where there is none.
function written(value, places = 0) {
  if (!Number.isFinite(value)) return "";
  const fixed = Math.abs(value).toFixed(places);
  const [whole, part] = fixed.split(".");
  const sign = value < 0 && Number(fixed) !== 0 ? "−" : "";
  return sign + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
}

function signed(value, places = 0) {
  const text = written(value, places);
  return value > 0 && Number(value.toFixed(places)) !== 0 ? `+${text}` : text;
}

// The value below which a share of sorted numbers lies.
function quantile(sorted, share) {
  return sorted[Math.round(share * (sorted.length - 1))];
}
