// Devices that stay connected while mail arrives: how old an event is when it is there, and how long an Ack takes.

import { clients } from './lib/device.js';
import { ALWAYS } from './lib/figures.js';
import { count, number } from './lib/parameters.js';
import { STATS, summary } from './lib/summary.js';
import { once, run } from './lib/users.js';

// How many virtual users, and how many devices each has, with a connection of its own each.
const USERS = count('USERS', 50);
const DEVICES_PER_USER = count('DEVICES_PER_USER', 10);
// For how many seconds they stay.
const SECONDS = number('SECONDS', 60);
// What a user bears: milliseconds from when the gateway learned of a mail until the device has it.
const EVENT_P95_MS = number('EVENT_P95_MS', 100);
const EVENT_P99_MS = number('EVENT_P99_MS', 500);
const ACK_P95_MS = number('ACK_P95_MS', 100);

export const options = {
  scenarios: { steady: once(USERS, SECONDS) },
  summaryTrendStats: STATS,
  thresholds: {
    ...ALWAYS,
    sessions: [`count==${USERS * DEVICES_PER_USER}`],
    events: ['count>0'],
    event_ms: [`p(95)<${EVENT_P95_MS}`, `p(99)<${EVENT_P99_MS}`],
    ack_ms: [`p(95)<${ACK_P95_MS}`],
    acks_answered: ['rate>0.999'],
  },
};

const own = clients(DEVICES_PER_USER);

export default function () {
  run(own, SECONDS);
}

export function handleSummary(data) {
  return summary('steady', data);
}
