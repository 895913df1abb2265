// The search of the journal: words, all of which must be there; -word; field:value. Pure.

const FIELDS = ["status", "method", "customer", "call"];

/** Returns the terms of a query: {field, word, not}. */
export function parse(query) {
  return query.trim().split(/\s+/).filter(Boolean).map((text) => {
    const not = text.length > 1 && text.startsWith("-") && !/^-\d+$/.test(text); // -32602 is a code
    const rest = not ? text.slice(1) : text;
    const [, name, value] = /^(\w+):(.+)$/.exec(rest) ?? [];
    const field = FIELDS.includes(name) ? name : null;
    return { not, field, word: normal(field ? value : rest) };
  });
}

// People write numbers with +, spaces, dashes and brackets; the wire has digits.
const isNumber = (text) => /^[+(]?\d[\d()+-]*$/.test(text);
const normal = (text) => (isNumber(text) ? text.replace(/\D/g, "") : text.toLowerCase());

/** Returns whether an entry has all terms. `text`: the entry as lower-case text. */
export const matches = (terms, entry, text) =>
  terms.every(({ not, field, word }) => (field ? hasField(entry, field, word) : text.includes(word)) !== not);

function hasField(entry, field, word) {
  if (field === "status") return String(entry.status ?? "") === word;
  if (field === "method") return String(entry.method ?? entry.event ?? "").toLowerCase().includes(word);
  if (field === "customer") return String(entry.customer ?? "").toLowerCase().includes(word);
  return callsOf(entry).some((id) => id === word);
}

/** The ids of the calls that an entry is about. */
export const callsOf = (entry) => [entry.call, entry.answer?.result?.callBackCall_id, entry.request?.callBackCall_id]
  .filter((id) => id !== undefined && id !== null)
  .map(String);

/** The text of an entry that words are looked for in; headers stay out. */
export function textOf(entry, reason = "") {
  const { wire, ...rest } = entry;
  const about = wire ? [wire.login, wire.peer, wire.path, wire.body].join(" ") : "";
  return `${JSON.stringify(rest)} ${about} http ${entry.status ?? ""} ${reason}`.toLowerCase();
}

/** Splits `text` at the words that were found: [{text, hit}]. */
export function split(text, terms) {
  const words = terms.filter(({ not, word }) => !not && word).map(({ word }) => word);
  if (!words.length) return [{ text, hit: false }];
  const lower = text.toLowerCase();
  const parts = [];
  let from = 0;
  while (from < text.length) {
    let at = Infinity;
    let length = 0;
    for (const word of words) {
      const found = lower.indexOf(word, from);
      if (found >= 0 && (found < at || (found === at && word.length > length))) {
        at = found;
        length = word.length;
      }
    }
    if (at === Infinity) break;
    if (at > from) parts.push({ text: text.slice(from, at), hit: false });
    parts.push({ text: text.slice(at, at + length), hit: true });
    from = at + length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), hit: false });
  return parts;
}

/** Returns ascending numbers as ranges: "3,7-9". */
export function ranges(numbers) {
  const parts = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}
