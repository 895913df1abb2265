// A call as a sequence diagram: the messages between its participants, in order of time. Pure.

import { isDelivered } from "./deliveries.js";

export const PARTICIPANTS = ["application", "fake", "A", "B", "receiver"];

const ENDS = ["busy", "rejects", "unavailable", "rings_out"];

/**
 * Returns [{at, from, to, key, detail, failed}]. `key` names the text; `deliveries` have `at`.
 */
export function messagesOf(call, deliveries) {
  const messages = [{ at: 0, from: "application", to: "fake", key: "make", detail: "" }];
  for (const event of call.timeline) {
    const { at, kind, side, detail } = event;
    if (kind === "rings") messages.push({ at, from: "fake", to: side, key: "rings", detail });
    else if (kind === "answers") messages.push({ at, from: side, to: "fake", key: "answers", detail });
    else if (ENDS.includes(kind)) messages.push({ at, from: side, to: "fake", key: kind, detail, failed: true });
    else if (kind === "hears") messages.push({ at, from: "fake", to: side, key: "hears", detail });
    else if (kind === "joined") messages.push({ at, from: "A", to: "B", key: "joined", detail: "" });
    else if (kind === "hangs_up") messages.push({ at, from: side, to: "fake", key: "hangs_up", detail });
    else if (kind === "released") messages.push({ at, from: "fake", to: side, key: "released", detail });
  }
  for (const delivery of deliveries) {
    messages.push({
      at: delivery.at, from: "fake", to: "receiver", key: "event",
      detail: `${delivery.event}: ${delivery.outcome}`,
      failed: !isDelivered(delivery),
    });
  }
  return messages.map((message, index) => ({ message, index }))
    .sort((one, two) => one.message.at - two.message.at || one.index - two.index)
    .map(({ message }) => message);
}
