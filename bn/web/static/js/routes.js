// Ways of arrows through the gutters between boxes: right angles, no arrow behind a box, trunks shared by a parent.

export const BOX = { width: 112, height: 54, across: 133, down: 92 };
const HEAD = 7;
const ROUND = 6;

/**
 * The lines of `arcs` (`{from, to, width, sign}`) over the places of boxes (`{name: {row, column}}`).
 * Comes back as `[{arc, points}]`, points from the parent's side to the child's; pixels from the first box's corner.
 */
export function routes(arcs, at, rows) {
  const boxes = new Set(Object.values(at).map(({ row, column }) => `${row}:${column}`));
  const planned = arcs.map((arc) => plan(arc, at, (row, column) => boxes.has(`${row}:${column}`)));
  spreadLanes(planned);
  spreadPorts(planned);
  spreadTracks(planned, rows);
  return planned.map((way) => ({ arc: way.arc, points: pointsOf(way) }));
}

const left = (column) => column * BOX.across;
const top = (row) => row * BOX.down;
const center = (column) => left(column) + BOX.width / 2;
const gutter = (index) => left(index) - (BOX.across - BOX.width) / 2;

/** Which kind of way an arc takes, and the gutter that it goes down. */
function plan(arc, at, taken) {
  const [a, b] = [at[arc.from], at[arc.to]];
  const way = { arc, a, b, kind: "long", key: `${arc.from} ${arc.sign}` };
  if (a.row === b.row) return { ...way, kind: Math.abs(a.column - b.column) === 1 ? "beside" : "over" };
  if (b.row === a.row + 1) return { ...way, kind: "next" };
  const free = (column) => {
    for (let row = a.row + 1; row < b.row; row += 1) if (taken(row, column)) return false;
    return true;
  };
  if (free(b.column)) return { ...way, straight: true, lane: center(b.column), gutter: `c${b.column}` };
  if (free(a.column)) return { ...way, straight: true, lane: center(a.column), gutter: `c${a.column}` };
  let best = null;
  for (let index = 1; index <= 3; index += 1) {
    const cost = Math.abs(gutter(index) - center(a.column)) + Math.abs(gutter(index) - center(b.column)) + 0.1 * Math.abs(gutter(index) - center(b.column));
    if (!best || cost < best.cost - 1e-9) best = { index, cost };
  }
  return { ...way, lane: gutter(best.index), gutter: `g${best.index}` };
}

/** Trunks of different parents side by side in each gutter, those that come from the left at the left. */
function spreadLanes(ways) {
  for (const some of grouped(ways.filter((way) => way.gutter), (way) => way.gutter).values()) {
    const trunks = [...grouped(some, (way) => way.key).values()];
    trunks.sort((x, y) => x[0].a.column - y[0].a.column || mean(x, (w) => w.b.column) - mean(y, (w) => w.b.column));
    const room = some[0].straight ? BOX.width * 0.7 : BOX.across - BOX.width - 6;
    const wide = trunks.map((trunk) => Math.max(...trunk.map((way) => way.arc.width)));
    const whole = wide.reduce((sum, w) => sum + w, 0);
    const gap = trunks.length > 1 ? Math.min(5, Math.max(0.5, (room - whole) / (trunks.length - 1))) : 0;
    let x = some[0].lane - (whole + gap * (trunks.length - 1)) / 2;
    trunks.forEach((trunk, index) => {
      for (const way of trunk) way.lane = x + wide[index] / 2;
      x += wide[index] + gap;
    });
  }
}

/** Where arrows leave and meet a box's sides: in the order of where they go to or come from. */
function spreadPorts(ways) {
  const sides = new Map();
  const add = (name, side, way, toward, set, key) => {
    const at = `${name} ${side}`;
    if (!sides.has(at)) sides.set(at, new Map());
    const ports = sides.get(at);
    if (!ports.has(key)) ports.set(key, { toward, ways: [], width: 0 });
    const port = ports.get(key);
    port.ways.push([way, set]);
    port.width = Math.max(port.width, way.arc.width);
  };
  for (const way of ways) {
    const { arc, a, b } = way;
    if (way.kind === "beside") {
      const right = b.column > a.column;
      add(arc.from, right ? "right" : "left", way, 0, "start", arc.to);
      add(arc.to, right ? "left" : "right", way, 0, "end", arc.from);
    } else {
      const aim = way.lane ?? center(b.column);
      add(arc.from, way.kind === "over" ? "top" : "bottom", way, aim, "start", way.gutter ? `${way.key} ${way.gutter}` : arc.to);
      add(arc.to, "top", way, way.lane ?? center(a.column) + (a.row === b.row ? 0 : 0), "end", arc.from);
    }
  }
  for (const [side, ports] of sides) {
    const level = side.endsWith("left") || side.endsWith("right");
    const room = (level ? BOX.height : BOX.width) * 0.72;
    const list = [...ports.values()].sort((x, y) => x.toward - y.toward);
    const step = list.length > 1 ? Math.min(14, room / (list.length - 1)) : 0;
    list.forEach((port, index) => {
      const shift = (index - (list.length - 1) / 2) * step;
      for (const [way, end] of port.ways) way[`${end}Shift`] = shift;
    });
  }
}

/** Heights in the gutters between rows: lines that overlap lie side by side, nested so that they do not cross. */
function spreadTracks(ways, rows) {
  const levels = Array.from({ length: rows + 1 }, () => []);
  for (const way of ways) {
    if (way.kind === "beside") continue;
    const start = center(way.a.column) + way.startShift;
    const end = center(way.b.column) + way.endShift;
    if (way.kind === "over") levels[way.a.row].push({ ways: [[way, "into"]], x0: start, x1: end, enter: true, from: start });
    else if (way.kind === "next") levels[way.b.row].push({ ways: [[way, "into"]], x0: start, x1: end, enter: true, from: start });
    else {
      const out = levels[way.a.row + 1];
      const same = out.find((s) => !s.enter && s.key === `${way.key} ${way.gutter}`);
      if (same) same.ways.push([way, "out"]);
      else out.push({ ways: [[way, "out"]], x0: start, x1: way.lane, enter: false, key: `${way.key} ${way.gutter}`, from: start });
      levels[way.b.row].push({ ways: [[way, "into"]], x0: way.lane, x1: end, enter: true, from: way.lane });
    }
  }
  levels.forEach((segments, level) => {
    const high = top(level) - (BOX.down - BOX.height);
    const tracks = [];
    const nested = segments.filter((s) => Math.abs(s.x1 - s.x0) > 1);
    // From the left the farthest comes in lowest, from the right likewise; what leaves lies above what enters.
    nested.sort((p, q) => p.enter - q.enter || reach(q) - reach(p) || p.from - q.from);
    for (const segment of nested) {
      const [a, b] = [Math.min(segment.x0, segment.x1) - 3, Math.max(segment.x0, segment.x1) + 3];
      let track = tracks.findIndex((t) => t.enter === segment.enter && t.spans.every(([c, d]) => b < c || d < a));
      if (track < 0) track = tracks.push({ enter: segment.enter, spans: [] }) - 1;
      tracks[track].spans.push([a, b]);
      segment.track = track;
    }
    const room = BOX.down - BOX.height - HEAD - 12;
    const step = tracks.length > 1 ? Math.min(7, room / (tracks.length - 1)) : 0;
    const leaving = tracks.map((t, i) => [t, i]).filter(([t]) => !t.enter).map(([, i]) => i);
    const entering = tracks.map((t, i) => [t, i]).filter(([t]) => t.enter).map(([, i]) => i).reverse();
    const place = [...leaving, ...entering];
    // Above the first row there is but a narrow strip.
    const base = level === 0 ? -11 - step * (tracks.length - 1) : high + 8 + Math.max(0, (room - step * (tracks.length - 1)) / 2);
    for (const segment of segments) {
      const y = segment.track === undefined ? base : base + place.indexOf(segment.track) * step;
      for (const [way, name] of segment.ways) way[name] = y;
    }
  });
}

const reach = (segment) => -Math.abs(segment.x1 - segment.x0);

function pointsOf(way) {
  const { a, b, arc } = way;
  const tip = arc.sign < 0 ? 3 : HEAD + arc.width * 0.6;
  if (way.kind === "beside") {
    const right = b.column > a.column;
    const y = top(a.row) + BOX.height / 2 + way.endShift;
    const from = right ? left(a.column) + BOX.width : left(a.column);
    const to = right ? left(b.column) - tip : left(b.column) + BOX.width + tip;
    return [[from, y], [to, y]];
  }
  const start = [center(a.column) + way.startShift, top(a.row) + (way.kind === "over" ? 0 : BOX.height)];
  const end = [center(b.column) + way.endShift, top(b.row) - tip];
  const middle = way.kind === "long"
    ? [[start[0], way.out], [way.lane, way.out], [way.lane, way.into], [end[0], way.into]]
    : [[start[0], way.into], [end[0], way.into]];
  return [start, ...middle, end];
}

/** A path through `points` with round corners. */
export function path(points) {
  const some = points.filter((p, i) => i === 0 || Math.hypot(p[0] - points[i - 1][0], p[1] - points[i - 1][1]) > 0.5);
  let text = `M${some[0].join(" ")}`;
  for (let i = 1; i < some.length - 1; i += 1) {
    const [before, corner, after] = [some[i - 1], some[i], some[i + 1]];
    const near = Math.min(ROUND, ...[before, after].map((p) => Math.hypot(p[0] - corner[0], p[1] - corner[1]) / 2));
    const enter = toward(corner, before, near);
    const leave = toward(corner, after, near);
    text += `L${enter.join(" ")}Q${corner.join(" ")} ${leave.join(" ")}`;
  }
  return `${text}L${some.at(-1).join(" ")}`;
}

function toward(from, to, length) {
  const far = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
  return [from[0] + ((to[0] - from[0]) * length) / far, from[1] + ((to[1] - from[1]) * length) / far];
}

/** The end of an arrow: a head where it raises, a bar where it lowers. */
export function ending(points, arc) {
  const [x, y] = points.at(-1);
  const before = points.at(-2);
  const [dx, dy] = [Math.sign(Math.round(x - before[0])), Math.sign(Math.round(y - before[1]))];
  const side = 3 + arc.width * 0.75;
  if (arc.sign < 0) return { bar: true, d: `M${x - dy * (side + 2)} ${y - dx * (side + 2)}L${x + dy * (side + 2)} ${y + dx * (side + 2)}` };
  const long = HEAD + arc.width * 0.6;
  return { bar: false, d: `M${x + dx * long} ${y + dy * long}L${x - dy * side} ${y - dx * side}L${x + dy * side} ${y + dx * side}Z` };
}

function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}

const mean = (items, valueOf) => items.reduce((sum, item) => sum + valueOf(item), 0) / items.length;
