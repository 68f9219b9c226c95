// The devices of one virtual user.

import exec from 'k6/execution';
import { setTimeout } from 'k6/timers';
import { Device } from './device.js';
import { begin } from './figures.js';

// One iteration for each virtual user: each connects its devices, one after the other, and all leave after so many seconds.
export function once(users, seconds) {
  return {
    executor: 'per-vu-iterations',
    vus: users,
    iterations: 1,
    maxDuration: `${seconds + 120}s`,
    gracefulStop: '10s',
  };
}

// Connects a device with each client, and lets them leave after so many seconds. The iteration ends when all have left.
export function run(clients, seconds) {
  begin();
  const first = (exec.vu.idInTest - 1) * clients.length;
  const devices = clients.map((client, at) => new Device(client, first + at));
  setTimeout(() => devices.forEach((device) => device.leave()), seconds * 1000);
  devices.forEach((device) => device.connect());
}
