// What is measured of devices.

import { Counter, Rate, Trend } from 'k6/metrics';

// Milliseconds.

// From dialling until the connection, with TLS, can be used.
export const connected = new Trend('connect_ms');
// From dialling until Welcome.
export const welcomed = new Trend('welcome_ms');
// From dialling until the device knows where its accounts stand: the first Pong.
export const ready = new Trend('ready_ms');
// Of an event that came live: from when the gateway learned of the mail until the device has it.
export const event = new Trend('event_ms');
// Of the same: from when the gateway wrote the frame.
export const frame = new Trend('frame_ms');
// Of an event that came while the device was away: as `event_ms`, the absence included.
export const replayed = new Trend('replayed_ms');
// From an Ack, and the Ping behind it, until the Pong: the gateway takes frames one after the other.
export const ack = new Trend('ack_ms');
// After GoAway: from the time from which the device may connect again until Welcome.
export const resumed = new Trend('resume_ms');
// After GoAway: from then until Welcome, the pause that was asked for included.
export const away = new Trend('away_ms');

// By the test's own clock: when devices dialled, and when they had their Welcome.
export const dialledAt = new Trend('dialled_at_ms');
export const welcomedAt = new Trend('welcomed_at_ms');

export const acksAnswered = new Rate('acks_answered');

// Devices that had a Welcome, again after each disconnection.
export const sessions = new Counter('sessions');
// Events, each once.
export const events = new Counter('events');
// Events that came again. Allowed, and known by their ids.
export const repeats = new Counter('repeats');
// Mails that did not come though a later one of the same mailbox did.
export const lost = new Counter('lost');
// Resets by which a device may have missed something for good.
export const gaps = new Counter('gaps');
// Resets by which the gateway said that a device reads too slowly.
export const tooSlow = new Counter('too_slow');
export const goAways = new Counter('go_aways');
// Attempts to connect that failed while the gateway had asked to come later.
export const retries = new Counter('retries');
// Sessions that broke, attempts that failed, devices that did not come back.
export const errors = new Counter('errors');

const COUNTERS = { sessions, events, repeats, lost, gaps, tooSlow, goAways, retries, errors };

// Lets all counters be there: a threshold on one without a value would hold.
export function begin() {
  Object.values(COUNTERS).forEach((counter) => counter.add(0));
}

// Thresholds that hold for devices whatever they do.
export const ALWAYS = {
  checks: ['rate>0.999'],
  sessions: ['count>0'],
  lost: ['count==0'],
  gaps: ['count==0'],
  too_slow: ['count==0'],
  errors: ['count==0'],
};
