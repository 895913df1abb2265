// A call's timeline as lanes, one for each number that rang. Times are seconds from the call's start. Pure.

const ENDS = ["busy", "rejects", "unavailable", "rings_out", "dropped"];
const OVER = ["hangs_up", "released"];

// `until`: how much of the call has passed.
export function lanesOf(timeline, until) {
  const lanes = [];
  const laneOf = (side, number) => {
    let lane = lanes.find((each) => each.side === side && each.number === number);
    if (!lane) {
      lane = { side, number, segments: [], marks: [], ringing: [] };
      lanes.push(lane);
    }
    return lane;
  };
  const joined = timeline.find((each) => each.kind === "joined")?.at ?? null;
  for (const [index, { at, kind, side, detail }] of timeline.entries()) {
    if (kind === "rings") {
      laneOf(side, detail).ringing.push(at);
    } else if (kind === "answers" || ENDS.includes(kind)) {
      const lane = laneOf(side, detail);
      lane.segments.push({ kind: "rings", from: lane.ringing.shift() ?? at, to: at });
      lane.marks.push({ at, kind });
      if (kind === "answers") lane.answered = at;
    } else if (kind === "hears") {
      const lane = lanes.find((each) => each.side === side && each.answered !== undefined);
      const next = timeline.slice(index + 1).find((each) => endsHearing(each, side));
      lane?.segments.push({ kind: "hears", from: at, to: next ? next.at : until, text: detail });
    } else if (OVER.includes(kind)) {
      const lane = laneOf(side, detail);
      lane.ended = at;
      lane.marks.push({ at, kind });
    }
  }
  for (const lane of lanes) {
    for (const from of lane.ringing) lane.segments.push({ kind: "rings", from, to: until, open: true });
    if (lane.answered !== undefined) fillIn(lane, joined, lane.ended ?? until);
  }
  return lanes;
}

// A prompt ends when the side hears the next, the other side rings, or the call continues.
function endsHearing(event, side) {
  if (event.kind === "hears") return event.side === side;
  if (event.kind === "rings") return event.side !== side;
  return event.kind === "joined" || OVER.includes(event.kind);
}

// From the answer on a lane hears, waits, and talks once both sides are joined.
function fillIn(lane, joined, end) {
  const waitsUntil = joined === null ? end : joined;
  let at = lane.answered;
  for (const hears of lane.segments.filter((each) => each.kind === "hears")) {
    if (hears.from > at) lane.segments.push({ kind: "waits", from: at, to: hears.from });
    at = Math.max(at, hears.to);
  }
  if (waitsUntil > at) lane.segments.push({ kind: "waits", from: at, to: waitsUntil });
  if (joined !== null) lane.segments.push({ kind: "talks", from: joined, to: end });
}
