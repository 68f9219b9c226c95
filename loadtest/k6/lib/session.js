// One connection of a device, from dialling to its end.

import { check } from 'k6';
import grpc from 'k6/net/grpc';
import { setTimeout, clearTimeout } from 'k6/timers';
import { duration, elapsed } from './clock.js';
import * as figures from './figures.js';
import { connect } from './stage.js';

const METHOD = 'pushmail.v1.DeviceGateway/Connect';
// How long the gateway may take to answer Hello.
const WELCOME_TIMEOUT = 30000;
// How long a device that leaves waits for the answer to its last Ack.
const FAREWELL_TIMEOUT = 5000;

// Statuses that trying again does not change: INVALID_ARGUMENT, PERMISSION_DENIED, FAILED_PRECONDITION, UNIMPLEMENTED,
// UNAUTHENTICATED.
const FINAL = [3, 7, 9, 12, 16];

// How a session ended.
export const LEFT = 'left';
export const GO_AWAY = 'go_away';
export const TOO_SLOW = 'too_slow';
export const LOST = 'lost';
export const REFUSED = 'refused';

export class Session {
  // `device` has what lasts between sessions; it is told by `welcome` and, once, by `ended`.
  constructor(device) {
    this.device = device;
    this.welcomed = false;
    this.isReady = false;
    // Why it ended, as soon as that is known; what comes after that is left to the next session.
    this.end = undefined;
    this.isLeaving = false;
    // The Ping under way, and how many Acks it answers for; Acks since then.
    this.ping = undefined;
    this.pings = 0;
    this.acks = 0;
    this.timer = undefined;
  }

  // Dials and says Hello. Blocks while it dials, and with it all devices of the same virtual user.
  open() {
    const { client, token, resume } = this.device;
    this.begun = elapsed();
    figures.dialledAt.add(this.begun);
    try {
      connect(client, this.device.gateway());
      figures.connected.add(elapsed() - this.begun);
      const metadata = { authorization: `Bearer ${token}` };
      this.stream = new grpc.Stream(client, METHOD, { metadata });
    } catch (error) {
      this.end = { how: LOST, why: `${error}` };
      this.close();
      return;
    }
    this.stream.on('data', (frame) => this.take(frame));
    this.stream.on('error', (error) => this.broken(error));
    this.stream.on('end', () => this.close());
    this.stream.write({ hello: { resume: [...resume.values()] } });
    this.heard = this.begun;
    this.patience = WELCOME_TIMEOUT;
    this.listen();
  }

  // Ends it from this side, once the last Ack is answered.
  leave() {
    this.isLeaving = true;
    if (this.end === undefined && this.ping === undefined) {
      this.finish({ how: LEFT });
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.abandon({ how: LOST, why: 'it does not answer when left' }), FAREWELL_TIMEOUT);
  }

  take(frame) {
    this.heard = elapsed();
    if (this.end !== undefined) {
      return;
    }
    if (!this.welcomed) {
      check(frame, { 'the first frame is Welcome': () => frame.welcome !== undefined });
    }
    if (frame.event) {
      this.event(frame.event);
    } else if (frame.pong) {
      this.pong(frame.pong);
    } else if (frame.welcome) {
      this.welcome(frame.welcome);
    } else if (frame.reset) {
      this.reset(frame.reset);
    } else if (frame.goAway) {
      figures.goAways.add(1);
      this.finish({ how: GO_AWAY, pause: duration(frame.goAway.reconnectAfter), at: this.heard });
    }
  }

  welcome(welcome) {
    this.welcomed = true;
    // Longer silence means a dead connection.
    this.patience = 2 * duration(welcome.heartbeat);
    figures.sessions.add(1);
    figures.welcomed.add(this.heard - this.begun);
    figures.welcomedAt.add(this.heard);
    check(welcome, { 'Welcome names accounts': () => welcome.accounts.length > 0 });
    this.device.welcome(welcome, this.heard);
  }

  event(frame) {
    if (this.isLeaving) {
      return;
    }
    this.device.event(frame);
    this.stream.write({ ack: { resume: frame.resume } });
    this.acks += 1;
    this.settle();
  }

  // Acks have no answer of their own: a Ping behind them has, and the gateway takes frames in their order.
  settle() {
    if (this.ping !== undefined || this.acks === 0) {
      return;
    }
    this.pings += 1;
    // Eight digits are base64 as well, of six bytes.
    const payload = `${this.pings}`.padStart(8, '0');
    this.ping = { payload, at: elapsed(), acks: this.acks };
    this.acks = 0;
    this.stream.write({ ping: { payload } });
  }

  pong(pong) {
    if (!this.isReady) {
      this.isReady = true;
      figures.ready.add(this.heard - this.begun);
    }
    // None before the first event.
    (pong.positions || []).forEach(({ account, resume }) => this.device.resume.set(account, resume));
    if (this.ping === undefined || pong.payload !== this.ping.payload) {
      return;
    }
    figures.ack.add(this.heard - this.ping.at);
    this.answered(this.ping.acks, true);
    this.ping = undefined;
    this.settle();
    if (this.isLeaving && this.ping === undefined) {
      this.finish({ how: LEFT });
    }
  }

  answered(acks, isAnswered) {
    for (let at = 0; at < acks; at += 1) {
      figures.acksAnswered.add(isAnswered);
    }
  }

  reset(reset) {
    if (reset.reason === 'REASON_SLOW_CONSUMER') {
      // The tokens kept so far are from before the gap: connecting with them replays it.
      figures.tooSlow.add(1);
      this.finish({ how: TOO_SLOW });
      return;
    }
    figures.gaps.add(1);
    this.device.gap(reset);
  }

  // Closes this side; the gateway then ends the stream.
  finish(end) {
    this.end = end;
    this.stream.end();
  }

  // Drops a connection on which nothing comes any more.
  abandon(end) {
    this.end = end;
    this.device.client.close();
  }

  // The stream ends with an error; `close` follows.
  broken(error) {
    if (this.end === undefined) {
      const how = FINAL.includes(error.code) ? REFUSED : LOST;
      this.end = { how, why: `${error.code}: ${error.message}` };
    }
  }

  close() {
    clearTimeout(this.timer);
    this.device.client.close();
    const end = this.end || { how: LOST, why: 'the gateway closed the stream' };
    if (end.how !== GO_AWAY && end.how !== TOO_SLOW) {
      // After those, what was under way may be answered or not; the next Hello says all that matters.
      this.answered(this.acks + (this.ping ? this.ping.acks : 0), false);
    }
    this.device.ended(end, this);
  }

  // Waits until it has been silent for too long.
  listen() {
    const rest = this.heard + this.patience - elapsed();
    if (rest <= 0) {
      this.abandon({ how: LOST, why: 'the gateway fell silent' });
      return;
    }
    this.timer = setTimeout(() => this.listen(), rest);
  }
}
