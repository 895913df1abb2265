// The deliveries of a call's events. Pure.

export const isDelivered = (delivery) => /^HTTP 2\d\d$/.test(String(delivery.outcome));

/** The deliveries with `at` in whole milliseconds from the start: floats differ in the last digit. */
export const sentOf = (call) => (call.deliveries ?? [])
  .map((delivery) => ({ ...delivery, at: Math.round((delivery.due - call.started) * 1000) / 1000 }));
