// The difference between two JSON values, as a list of places. Pure.

const isObject = (value) => typeof value === "object" && value !== null;

/** Returns [{path, before, after}]; `before` or `after` is undefined for a missing value. */
export function diff(before, after, path = "") {
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => diff(before[name], after[name], join(path, name, Array.isArray(before))));
  }
  return Object.is(before, after) ? [] : [{ path, before, after }];
}

/** Returns the value among `candidates` with the fewest differences to `value`, the last of equals. */
export function nearest(value, candidates, valueOf = (candidate) => candidate) {
  let found = null;
  let fewest = Infinity;
  for (const candidate of candidates) {
    const count = diff(valueOf(candidate), value).length;
    if (count <= fewest) [found, fewest] = [candidate, count];
  }
  return found;
}

const join = (path, name, inArray) => {
  if (inArray) return `${path}[${name}]`;
  return path ? `${path}.${name}` : name;
};
