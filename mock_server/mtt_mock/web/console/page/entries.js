// The entries of the journal that the page holds: the newest, at most so many, by seq.

import { isOk } from "./words.js";

export const MOST = 10_000;

export class Entries {
  constructor() {
    this.clear();
  }

  clear() {
    this.all = []; // oldest first
    this.texts = new WeakMap();
  }

  get last() {
    return this.all.at(-1)?.seq ?? 0;
  }

  get first() {
    return this.all[0]?.seq ?? 0;
  }

  // Entries come in order from the stream; what was fetched may overlap with it. False: the entry
  // is newer than all and yet its seq is not, so that the fake counts from the start again.
  add(entry) {
    if (entry.seq <= this.last) return entry.at <= this.all.at(-1).at;
    this.all.push(entry);
    if (this.all.length > MOST * 1.1) this.all.splice(0, this.all.length - MOST);
    return true;
  }

  addOlder(entries) {
    const first = this.first || Infinity;
    const older = entries.filter((entry) => entry.seq < first);
    this.all = [...older, ...this.all].slice(-MOST);
  }

  before(seq) {
    return this.all.filter((entry) => entry.seq < seq);
  }

  // Newest first; `upTo` leaves out what came after it.
  found({ method, customer, text, problems }, upTo = Infinity) {
    const words = text.toLowerCase();
    const found = [];
    for (let place = this.all.length - 1; place >= 0; place -= 1) {
      const entry = this.all[place];
      if (entry.seq > upTo) continue;
      if (method && (entry.kind === "event" ? "event" : entry.method ?? "") !== method) continue;
      if (customer && !String(entry.customer ?? "").includes(customer)) continue;
      if (problems && !isProblem(entry)) continue;
      if (words && !this.#text(entry).includes(words)) continue;
      found.push(entry);
    }
    return found;
  }

  #text(entry) {
    let text = this.texts.get(entry);
    if (text === undefined) {
      text = JSON.stringify(entry).toLowerCase();
      this.texts.set(entry, text);
    }
    return text;
  }
}

const isProblem = (entry) => (entry.kind === "event"
  ? Boolean(entry.problem) || !/^2\d\d$/.test(String(entry.status))
  : !isOk(entry) || Boolean(entry.notes?.length) || Boolean(entry.fault));
