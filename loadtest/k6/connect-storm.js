// All devices connect at the same time, as after an outage: how long until each has its Welcome.

import { clients } from './lib/device.js';
import { ALWAYS } from './lib/figures.js';
import { count, number } from './lib/parameters.js';
import { STATS, storm, summary } from './lib/summary.js';
import { once, run } from './lib/users.js';

// How many devices, each a virtual user with a connection of its own.
const DEVICES = count('DEVICES', 500);
// For how many seconds they stay.
const SECONDS = number('SECONDS', 15);
// What a user bears: milliseconds from dialling until Welcome.
const WELCOME_P95_MS = number('WELCOME_P95_MS', 2000);
const WELCOME_MAX_MS = number('WELCOME_MAX_MS', 5000);

export const options = {
  scenarios: { storm: once(DEVICES, SECONDS) },
  summaryTrendStats: STATS,
  thresholds: {
    ...ALWAYS,
    sessions: [`count==${DEVICES}`],
    welcome_ms: [`p(95)<${WELCOME_P95_MS}`, `max<${WELCOME_MAX_MS}`],
  },
};

const own = clients(1);

export default function () {
  run(own, SECONDS);
}

export function handleSummary(data) {
  return summary('connect-storm', data, storm(data));
}
