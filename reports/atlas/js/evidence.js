// What two estimates say of one another. Their errors are taken as independent and normal; the page says so.

const SURE = 0.95;

// Pr(effect of a > effect of b) = Φ((a − b) / √(se_a² + se_b²)); NaN where one of them has no effect or no error.
function exceeding(estimate, a, b) {
  const apart = estimate.estimate[a] - estimate.estimate[b];
  const error = Math.hypot(estimate.std_error[a], estimate.std_error[b]);
  return isKnown(estimate, a) && isKnown(estimate, b) ? normalBelow(apart / error) : NaN;
}

// Whether a region has evidence of its own: an effect that may be shown, with an error.
function isKnown(estimate, at) {
  return estimate.estimate[at] !== null && estimate.std_error[at] > 0;
}

function knownRegions(estimate) {
  return estimate.state.map((_, at) => at).filter((at) => isKnown(estimate, at));
}

// Of the other regions: how many this one surely exceeds, how many surely exceed it, and how many cannot be told apart.
function standing(estimate, at) {
  const others = knownRegions(estimate).filter((other) => other !== at);
  const chances = others.map((other) => exceeding(estimate, at, other));
  const larger = chances.filter((p) => p >= SURE).length;
  const smaller = chances.filter((p) => p <= 1 - SURE).length;
  return { all: others.length, larger, smaller, open: others.length - larger - smaller };
}
