// Where regions lie: as shapes, and as tiles of one size; and which part of it to look at.

const TILE = 100; // units of a tile's side
const GAP = 3;

function groundOf(map, view) {
  map.grounds[view] ??= view === "map" ? shapesGround(map.data) : tilesGround(map.data);
  return map.grounds[view];
}

function shapesGround(data) {
  const { paths, points, radii, size, borders, labels, frames } = data.map;
  return { paths, points, radii, box: [0, 0, ...size], borders, labels, frames, side: 0 };
}

function tilesGround(data) {
  const points = data.tiles.map(([row, column]) => [(column + 0.5) * TILE, (row + 0.5) * TILE]);
  const half = TILE / 2 - GAP;
  const square = ([x, y]) => `M${x - half} ${y - half}h${2 * half}v${2 * half}h${-2 * half}z`;
  const [width, height] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])) + 0.75 * TILE);
  return {
    paths: points.map(square),
    points,
    radii: points.map(() => half),
    box: [-0.25 * TILE, -0.25 * TILE, width + 0.25 * TILE, height + 0.25 * TILE],
    borders: tileBorders(data),
    labels: tileLabels(data, points),
    frames: [],
    side: TILE,
  };
}

// The lines between tiles of two provinces, and between a province and the sea.
function tileBorders(data) {
  const of = new Map(data.tiles.map(([row, column], at) => [`${row},${column}`, data.regions.province[at]]));
  const lines = data.tiles.map(([row, column], at) => {
    const differs = (r, c) => of.get(`${r},${c}`) !== data.regions.province[at];
    const [x, y] = [column * TILE, row * TILE];
    return [
      differs(row - 1, column) ? `M${x} ${y}h${TILE}` : "",
      differs(row, column - 1) ? `M${x} ${y}v${TILE}` : "",
      of.get(`${row + 1},${column}`) === undefined ? `M${x} ${y + TILE}h${TILE}` : "",
      of.get(`${row},${column + 1}`) === undefined ? `M${x + TILE} ${y}v${TILE}` : "",
    ].join("");
  });
  return lines.join("");
}

// The middle of each province's tiles.
function tileLabels(data, points) {
  return data.provinces.map((_, province) => {
    const mine = points.filter((_point, at) => data.regions.province[at] === province);
    const mean = (axis) => mine.reduce((sum, point) => sum + point[axis], 0) / mine.length;
    return mine.length ? [mean(0), mean(1), TILE] : null;
  });
}

// The part of the ground to look at: all of it, or the regions of one province with a margin.
function boxOf(ground, data, province) {
  const mine = ground.points.filter(
    (point, at) => point && data.provinces[data.regions.province[at]].code === province,
  );
  if (!mine.length) return ground.box;
  const reach = ground.side
    ? TILE * 0.8
    : Math.max(
        ...ground.radii.filter(
          (_, at) => ground.points[at] && data.provinces[data.regions.province[at]].code === province,
        ),
      ) * 1.9;
  const low = [0, 1].map((axis) => Math.min(...mine.map((point) => point[axis])) - reach);
  const high = [0, 1].map((axis) => Math.max(...mine.map((point) => point[axis])) + reach);
  const least = ground.side ? 6 * TILE : 700;
  const size = [0, 1].map((axis) => Math.max(high[axis] - low[axis], least));
  return [...[0, 1].map((axis) => (low[axis] + high[axis] - size[axis]) / 2), ...size];
}
