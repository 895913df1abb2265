// Why a call ended as it did, from its timeline. Pure.

const ENDS = ["busy", "rejects", "unavailable", "rings_out"];

/** {key, side, numbers: [{number, kind}]}: the outcome of a call; `key` names the text. */
export function reasonOf(call) {
  if (call.state === "running") return { key: "running", side: null, numbers: [] };
  if (call.state === "joined") {
    const side = hungUpBy(call.timeline);
    return { key: side ? "hung_up" : "over", side, numbers: [] };
  }
  const [, cause, side] = /^(timeout|cancel) on side ([AB])$/.exec(call.state) ?? [];
  const last = new Map();
  for (const event of call.timeline) {
    if (event.side === side && ENDS.includes(event.kind)) last.set(event.detail, event.kind);
  }
  return {
    key: cause ?? "other",
    side: side ?? null,
    numbers: [...last].map(([number, kind]) => ({ number, kind })),
  };
}

/** The side that hung up first: "A", "B" or null. */
export const hungUpBy = (timeline) => timeline.find((event) => event.kind === "hangs_up")?.side ?? null;

export const badgeOf = (call) => ({ running: "busy", joined: "good" })[call.state] ?? "bad";
