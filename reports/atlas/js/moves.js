// Arrow keys: from a region to its neighbour in that direction, or over the sea to the nearest region that lies there.

const DIRECTIONS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
const NEAR = 1.2; // neighbours count up to this slope to the side, others up to FAR
const FAR = 1;

// How far a region lies in a direction, and how far beside it.
function lying(from, to, [right, down]) {
  const x = to[0] - from[0];
  const y = to[1] - from[1];
  return { along: x * right + y * down, aside: Math.abs(x * down - y * right) };
}

// The nearest of some regions within a slope; -1 where there is none.
function nearestIn(points, from, direction, among, slope) {
  let best = -1;
  let least = Infinity;
  for (const to of among) {
    if (to === from || !points[to]) continue;
    const { along, aside } = lying(points[from], points[to], direction);
    if (along <= 0 || aside > slope * along || along + 2 * aside >= least) continue;
    best = to;
    least = along + 2 * aside;
  }
  return best;
}

// Where an arrow key goes from a region; the region itself at the edge of the map.
function moved(key, points, neighbours, shown, from) {
  const direction = DIRECTIONS[key];
  const beside = nearestIn(
    points,
    from,
    direction,
    neighbours[from].filter((at) => shown.has(at)),
    NEAR,
  );
  if (beside >= 0) return beside;
  const across = nearestIn(points, from, direction, shown, FAR);
  if (across >= 0) return across;
  const anywhere = nearestIn(points, from, direction, shown, Infinity);
  return anywhere >= 0 ? anywhere : from;
}

// The region whose point is nearest to a place, if it is near enough.
function nearestTo(points, place, reach) {
  const apart = points.map((point) => (point ? Math.hypot(point[0] - place[0], point[1] - place[1]) : Infinity));
  const least = Math.min(...apart);
  return least <= reach ? apart.indexOf(least) : -1;
}
