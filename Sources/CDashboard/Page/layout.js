// Where the nodes of the dependency graph go: who needs others above, what is needed below, with few crossings.

export const NODE = { width: 148, height: 44 };
const GAP = { x: 22, y: 38 };

/** How many levels of dependencies each node stands on. A cycle, which no valid file has, ends the count. */
function depths(names, needs) {
  const depth = new Map();
  const visit = (name, path) => {
    if (depth.has(name)) return depth.get(name);
    if (path.has(name)) return 0;
    path.add(name);
    const deepest = Math.max(-1, ...needs(name).map((next) => visit(next, path)));
    path.delete(name);
    depth.set(name, deepest + 1);
    return deepest + 1;
  };
  names.forEach((name) => visit(name, new Set()));
  return depth;
}

/** Rows from top to bottom, each sorted by where its neighbours in the row before are. */
function rowsOf(names, edges) {
  const below = Map.groupBy(edges, (edge) => edge.from);
  const above = Map.groupBy(edges, (edge) => edge.to);
  const depth = depths(names, (name) => (below.get(name) ?? []).map((edge) => edge.to));
  const isAlone = (name) => !below.has(name) && !above.has(name);
  const deepest = Math.max(0, ...depth.values());
  const rows = Array.from({ length: deepest + 1 }, () => []);
  for (const name of names) if (!isAlone(name)) rows[deepest - depth.get(name)].push(name);
  const place = new Map();
  const settle = (row) => row.forEach((name, index) => place.set(name, (index + 1) / (row.length + 1)));
  rows.forEach(settle);
  const mean = (name, list, end) => {
    const places = (list.get(name) ?? []).map((edge) => place.get(edge[end]));
    return places.length > 0 ? places.reduce((sum, value) => sum + value, 0) / places.length : place.get(name);
  };
  for (let pass = 0; pass < 4; pass += 1) {
    const isDown = pass % 2 === 0;
    for (const row of isDown ? rows : rows.toReversed()) {
      row.sort((a, b) => mean(a, isDown ? above : below, isDown ? "from" : "to")
        - mean(b, isDown ? above : below, isDown ? "from" : "to"));
      settle(row);
    }
  }
  const alone = names.filter(isAlone);
  if (alone.length > 0) rows.push(alone);
  return rows.filter((row) => row.length > 0);
}

/** Places for `names` in a picture of at most that width; rows that are too long are wrapped. */
export function layout(names, edges, width) {
  const most = Math.max(1, Math.floor((width + GAP.x) / (NODE.width + GAP.x)));
  const wrapped = rowsOf(names, edges).flatMap((row) => {
    const lines = Math.ceil(row.length / most);
    const each = Math.ceil(row.length / lines);
    return Array.from({ length: lines }, (_, line) => row.slice(line * each, (line + 1) * each));
  });
  const places = new Map();
  wrapped.forEach((row, line) => {
    const length = row.length * NODE.width + (row.length - 1) * GAP.x;
    row.forEach((name, index) => places.set(name, {
      x: (width - length) / 2 + index * (NODE.width + GAP.x), y: 4 + line * (NODE.height + GAP.y),
    }));
  });
  const height = wrapped.length * (NODE.height + GAP.y) - GAP.y + 8;
  return { places, width, height: Math.max(height, NODE.height) };
}
