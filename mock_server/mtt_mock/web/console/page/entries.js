// The loaded entries of the journal: the newest, at most MAX_ENTRIES.

import { matches, parse, textOf } from "./search.js";
import { METHODS } from "./methods.js";

export const MAX_ENTRIES = 10_000;

export class Entries {
  constructor() {
    this.clear(null);
  }

  /** Forgets all entries; those to come are of `generation`, which a reset or a restart changes. */
  clear(generation) {
    this.generation = generation;
    this.all = []; // oldest first
    this.texts = new WeakMap();
  }

  get last() {
    return this.all.at(-1)?.seq ?? 0;
  }

  get first() {
    return this.all[0]?.seq ?? 0;
  }

  /** Adds an entry. Returns false if it is of another generation; then all must be loaded again. */
  add(entry, generation) {
    if (generation !== this.generation) return false;
    if (entry.seq <= this.last) return true; // fetched and streamed
    this.all.push({ ...entry, generation });
    if (this.all.length > MAX_ENTRIES * 1.1) this.all.splice(0, this.all.length - MAX_ENTRIES);
    return true;
  }

  addOlder(entries) {
    const first = this.first || Infinity;
    const older = entries.filter((entry) => entry.seq < first)
      .map((entry) => ({ ...entry, generation: this.generation }));
    this.all = [...older, ...this.all].slice(-MAX_ENTRIES);
  }

  before(seq) {
    return this.all.filter((entry) => entry.seq < seq);
  }

  /** The exchange that made a call. */
  maker(callId) {
    return this.all.findLast((entry) => String(entry.answer?.result?.callBackCall_id ?? "") === callId);
  }

  /** The exchanges that set the structure before `entry`, oldest first. */
  setsBefore(entry) {
    let sets = [];
    for (const earlier of this.all) {
      if (earlier.seq >= entry.seq) break;
      if (earlier.customer !== entry.customer || !earlier.answer?.result?.success) continue;
      if (earlier.method === "deleteCallBackFollowme") sets = [];
      else if (earlier.method === "setCallBackFollowme") sets.push(earlier);
    }
    return sets;
  }

  /** The entries that match, newest first; `upTo` leaves out newer ones. */
  found({ method, customer, text, problems }, upTo = Infinity, /** @type {(entry: any) => string} */ reasonOf = () => "") {
    const terms = parse(text);
    const [customerTerm] = parse(customer.replace(/\s/g, ""));
    const found = [];
    for (let index = this.all.length - 1; index >= 0; index -= 1) {
      const entry = this.all[index];
      if (entry.seq > upTo) continue;
      if (method && kindOf(entry) !== method) continue;
      if (customerTerm && !String(entry.customer ?? "").includes(customerTerm.word)) continue;
      if (problems && !isProblem(entry)) continue;
      if (terms.length && !matches(terms, entry, this.#text(entry, reasonOf(entry)))) continue;
      found.push(entry);
    }
    return found;
  }

  #text(entry, reason) {
    let text = this.texts.get(entry);
    if (text === undefined) {
      text = textOf(entry);
      this.texts.set(entry, text);
    }
    return reason ? `${text} ${reason.toLowerCase()}` : text;
  }
}

/** The name of an entry in the method filter. */
export function kindOf(entry) {
  if (entry.kind === "event") return "event";
  if (entry.method === null) return "unreadable";
  return METHODS.includes(entry.method) || ["GET", "upload"].includes(entry.method) ? entry.method : "other";
}

/** good; warned: done, with a note or a fault; bad */
export function mood(entry) {
  if (entry.kind === "event") return entry.problem || !/^2\d\d$/.test(String(entry.status)) ? "bad" : "good";
  if (!isOk(entry)) return "bad";
  return entry.fault || warnings(entry).length ? "warned" : "good";
}

/** The notes that ask for a change of the application. */
export const warnings = (entry) => (entry.notes ?? []).filter((note) => note.severity !== "information");

/** Whether a call succeeded, answered or not. */
export const isOk = (entry) => entry.outcome === "ok" || entry.outcome.startsWith("ok, ");

export const isProblem = (entry) => mood(entry) !== "good";
