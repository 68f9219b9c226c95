// A device: what lasts between its sessions, and when it connects. It does what `crates/device` does, but keeps its resume
// tokens in memory.

import { check } from 'k6';
import grpc from 'k6/net/grpc';
import { setTimeout, clearTimeout } from 'k6/timers';
import { elapsed, now, timestamp } from './clock.js';
import * as figures from './figures.js';
import { GO_AWAY, LOST, REFUSED, Session, TOO_SLOW } from './session.js';
import { load, stage, tokens } from './stage.js';

// How many events are remembered, to know those that come again.
const RECENT = 4096;
// Pauses after a failure are random, up to the first of these; each time up to twice as long, up to the other.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60000;

// Clients for so many devices, made in the init context. Each has a connection of its own, as a device does.
export function clients(count) {
  return Array.from({ length: count }, () => load(new grpc.Client(), 'device_gateway'));
}

export class Device {
  // The device with this number in the stage's file.
  constructor(client, number) {
    if (number >= tokens.length) {
      throw new Error(`DEVICES: the stage has ${tokens.length}`);
    }
    this.client = client;
    this.token = tokens[number];
    // Devices are spread over the gateways, and try the next one each time.
    this.place = number;
    // The newest resume token of each account.
    this.resume = new Map();
    // The accounts, as Welcome names them.
    this.accounts = [];
    this.recent = new Set();
    // By account, the newest event's number in the log, and the newest mail's own number.
    this.sequences = new Map();
    this.mails = new Map();
    this.failures = 0;
    // Since when it is away because the gateway asked for it, and when it may come back.
    this.away = undefined;
    this.isLeaving = false;
    this.session = undefined;
    this.timer = undefined;
  }

  gateway() {
    return stage.gateways[this.place % stage.gateways.length];
  }

  connect() {
    this.session = new Session(this);
    this.session.open();
  }

  // Disconnects for good.
  leave() {
    this.isLeaving = true;
    clearTimeout(this.timer);
    if (this.session !== undefined) {
      this.session.leave();
    } else {
      this.cameBack();
    }
  }

  welcome(welcome, at) {
    this.accounts = welcome.accounts;
    this.failures = 0;
    if (this.away !== undefined) {
      figures.away.add(at - this.away.since);
      figures.resumed.add(at - this.away.due);
      this.away = undefined;
    }
  }

  // Takes an event and keeps its token: it is safe when this returns.
  event({ event, resume, replayed, sentAt, sequence }) {
    const at = now();
    this.resume.set(event.account, resume);
    if (this.recent.has(event.id)) {
      figures.repeats.add(1);
      return;
    }
    this.remember(event.id);
    figures.events.add(1);
    const took = at - timestamp(event.detectedAt);
    if (replayed) {
      figures.replayed.add(took);
    } else {
      figures.event.add(took);
      figures.frame.add(at - timestamp(sentAt));
    }
    const before = this.sequences.get(event.account) || 0;
    this.sequences.set(event.account, Number(sequence));
    check(event, {
      'events are of the own accounts': () => this.accounts.includes(event.account),
      'events come in order': () => Number(sequence) > before,
    });
    this.count(event);
  }

  remember(id) {
    this.recent.add(id);
    if (this.recent.size > RECENT) {
      this.recent.delete(this.recent.values().next().value);
    }
  }

  // Counts the mails that are missing before this one: a mailbox gets every so-manieth of the stage's numbered mails.
  count({ account, messageNew }) {
    const id = messageNew && messageNew.message && messageNew.message.messageId;
    const number = /^order\.(\d+)\./.exec(id || '');
    if (!number || !stage.turn) {
      return;
    }
    const before = this.mails.get(account);
    const own = Number(number[1]);
    this.mails.set(account, own);
    if (before !== undefined && own > before + stage.turn) {
      figures.lost.add((own - before) / stage.turn - 1);
    }
  }

  // Events of the account may be missing before what comes next.
  gap({ account, resume }) {
    if (resume) {
      this.resume.set(account, resume);
    } else {
      this.resume.delete(account);
    }
    this.mails.delete(account);
  }

  // Goes on as the protocol asks for after this end of a session.
  ended(end, session) {
    this.session = undefined;
    if (end.how === LOST || end.how === REFUSED) {
      this.failed(end, session);
    }
    if (this.isLeaving) {
      this.cameBack();
      return;
    }
    switch (end.how) {
      case GO_AWAY:
        this.failures = 0;
        this.away = { since: end.at, due: end.at + end.pause };
        this.place += 1;
        this.later(this.away.due - elapsed());
        break;
      case TOO_SLOW:
        this.later(Math.random() * FIRST_PAUSE);
        break;
      case LOST:
        this.place += 1;
        this.later(Math.random() * Math.min(FIRST_PAUSE * 2 ** this.failures, LONGEST_PAUSE));
        this.failures += 1;
        break;
      default:
        break;
    }
  }

  // Whoever was asked to come later may find that it is too early; everything else is an error.
  failed(end, session) {
    if (this.away !== undefined && !session.welcomed && end.how === LOST) {
      figures.retries.add(1);
      return;
    }
    figures.errors.add(1);
    console.error(`${this.gateway()}: ${end.how}: ${end.why}`);
  }

  later(pause) {
    this.timer = setTimeout(() => this.connect(), Math.max(pause, 0));
  }

  // At the end, none may be away.
  cameBack() {
    if (this.away !== undefined) {
      figures.errors.add(1);
      console.error(`${this.gateway()}: a device did not come back`);
      this.away = undefined;
    }
  }
}
