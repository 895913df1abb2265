// The page's location in the address: #/journal?…, #/entry/GENERATION-SEQ, #/call/ID.

/** Returns {kind: "journal", filter} | {kind: "entry", generation, seq} | {kind: "call", id} | null. */
export function parseAddress(hash) {
  const [, kind, rest] = /^#\/(journal|entry|call)(.*)$/s.exec(hash) ?? [];
  if (kind === "journal") return { kind, filter: Object.fromEntries(new URLSearchParams(rest.replace(/^\?/, ""))) };
  if (kind === "call") return { kind, id: decode(rest.slice(1)) };
  const [, generation, seq] = /^\/(\d+)-(\d+)$/.exec(rest ?? "") ?? [];
  return kind === "entry" && seq ? { kind, generation: Number(generation), seq: Number(seq) } : null;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const entryAddress = (entry) => `#/entry/${entry.generation}-${entry.seq}`;
export const callAddress = (id) => `#/call/${encodeURIComponent(id)}`;

/** The filter as an address; "" for an empty filter. */
export function filterAddress(filter) {
  const set = Object.entries(filter).filter(([, value]) => value);
  return set.length ? `#/journal?${new URLSearchParams(set)}` : "";
}

/** Lets links to sections leave the address, so that a reload shows the same filter, entry or call. */
export function keepAddress(links) {
  for (const link of links) {
    link.addEventListener("click", (event) => {
      if (!location.hash.startsWith("#/")) return;
      event.preventDefault();
      const section = document.querySelector(link.hash);
      section.scrollIntoView();
      section.focus({ preventScroll: true });
    });
  }
}
