// Where the boxes of the network stand: a fixed grid that follows from roles, arcs and their strength alone.

const COLUMNS = 4;
const SWEEPS = 60;

const GROUPS = [
  { roles: ["root", "context"], title: "who" },
  { roles: ["mechanism"], title: "mechanisms" },
  { roles: ["signaling"], title: "signaling" },
  { roles: ["outcome"], title: "outcomes" },
];

/** Rows from causes down to outcomes, each at most `COLUMNS` wide: `[{group, names: [name or null]}]`. */
export function grid(variables) {
  const depth = depths(variables);
  const rows = [];
  for (const { roles, title } of GROUPS) {
    const names = variables.filter((v) => roles.includes(v.role)).map((v) => v.id);
    names.sort((a, b) => depth[a] - depth[b]);
    const count = Math.ceil(names.length / COLUMNS);
    let first = names.length - (count - 1) * COLUMNS;
    for (let row = 0, at = 0; row < count; row += 1) {
      const some = names.slice(at, at + first);
      at += first;
      first = COLUMNS;
      rows.push({ group: row === 0 ? title : "", names: padded(some, title === "outcomes") });
    }
  }
  return ordered(rows, links(variables));
}

/** Length of the longest way to each variable from one of another role. */
function depths(variables) {
  const role = Object.fromEntries(variables.map((v) => [v.id, v.role]));
  const found = {};
  for (const variable of variables) {
    const above = variable.parents.filter((p) => role[p.id] === variable.role).map((p) => (found[p.id] ?? 0) + 1);
    found[variable.id] = Math.max(0, ...above);
  }
  return found;
}

function padded(names, right) {
  const empty = Array(Math.max(0, COLUMNS - names.length)).fill(null);
  return right ? [...empty, ...names] : [...names, ...empty];
}

function links(variables) {
  return variables.flatMap((v) => v.parents.map((p) => ({ from: p.id, to: v.id, weight: Math.abs(p.size ?? 0.5) })));
}

/** Swap places within rows while that shortens the arrows; the last row stays at the right, beside the key. */
function ordered(rows, arcs) {
  const cost = () => {
    const at = places(rows);
    let sum = 0;
    for (const { from, to, weight } of arcs) {
      const [a, b] = [at[from], at[to]];
      const aside = Math.abs(a.column - b.column);
      const down = Math.abs(a.row - b.row);
      sum += weight * aside + (down === 0 && aside > 1 ? 2 : 0);
      if (aside === 0 && down > 1) sum += 0.3 * weight * between(rows, a, b);
    }
    return sum;
  };
  let best = cost();
  for (let sweep = 0, better = true; better && sweep < SWEEPS; sweep += 1) {
    better = false;
    for (const row of rows.slice(0, -1)) {
      for (let i = 0; i < COLUMNS; i += 1) {
        for (let j = i + 1; j < COLUMNS; j += 1) {
          [row.names[i], row.names[j]] = [row.names[j], row.names[i]];
          const now = cost();
          if (now < best - 1e-9) [best, better] = [now, true];
          else [row.names[i], row.names[j]] = [row.names[j], row.names[i]];
        }
      }
    }
  }
  return rows;
}

function between(rows, a, b) {
  let boxes = 0;
  for (let row = Math.min(a.row, b.row) + 1; row < Math.max(a.row, b.row); row += 1) if (rows[row].names[a.column]) boxes += 1;
  return boxes;
}

/** `{name: {row, column}}` of a grid. */
export function places(rows) {
  const at = {};
  rows.forEach(({ names }, row) => names.forEach((name, column) => name && (at[name] = { row, column })));
  return at;
}
