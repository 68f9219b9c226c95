// A process that serves devices drains while they are connected: how soon each is back, and that nothing is missing.
//
// Whoever runs this has the stage drain one (`drain pod-1`; with `serve`, `drain serve` and then `start serve`) once all
// are connected. It fails if nobody was asked to go.

import { clients } from './lib/device.js';
import { ALWAYS } from './lib/figures.js';
import { count, number } from './lib/parameters.js';
import { stage } from './lib/stage.js';
import { STATS, summary } from './lib/summary.js';
import { once, run } from './lib/users.js';

// How many devices, each a virtual user with a connection of its own.
const DEVICES = count('DEVICES', 500);
// For how many seconds they stay: longer than the drain takes to send all of them away (`delivery.drain_spread`).
const SECONDS = number('SECONDS', 30);
// What a user bears: milliseconds from when the device may come back until Welcome. Where there is only one process, this has
// to start again meanwhile.
const RESUME_P95_MS = number('RESUME_P95_MS', stage.gateways.length > 1 ? 2000 : 10000);

export const options = {
  scenarios: { storm: once(DEVICES, SECONDS) },
  summaryTrendStats: STATS,
  thresholds: {
    ...ALWAYS,
    go_aways: ['count>0'],
    events: ['count>0'],
    resume_ms: [`p(95)<${RESUME_P95_MS}`],
    acks_answered: ['rate>0.999'],
  },
};

const own = clients(1);

export default function () {
  run(own, SECONDS);
}

export function handleSummary(data) {
  return summary('resume-storm', data);
}
