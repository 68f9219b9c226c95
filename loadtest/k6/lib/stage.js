// The gateway under test: what `pushmail-loadtest stage` wrote down. STAGE is the file's path.

import { SharedArray } from 'k6/data';

if (!__ENV.STAGE) {
  throw new Error('STAGE: the absolute path of the file that `pushmail-loadtest stage --out` wrote');
}

// Each is read once and shared by all virtual users.
export const tokens = new SharedArray('tokens', () => JSON.parse(open(__ENV.STAGE)).tokens);

const rest = new SharedArray('stage', () => {
  const whole = JSON.parse(open(__ENV.STAGE));
  delete whole.tokens;
  return [whole];
});

// All but the tokens.
export const stage = rest[0];

// Connects a client to one of the stage's URLs; throws if that fails.
export function connect(client, url) {
  const plaintext = url.startsWith('http://');
  const params = { plaintext, timeout: '10s' };
  if (!plaintext) {
    params.tls = { cacerts: stage.ca_pem };
  }
  client.connect(url.replace(/^https?:\/\//, ''), params);
}

// What a client has to read before it can connect: the project's own files.
export function load(client, ...names) {
  const files = names.map((name) => `pushmail/v1/${name}.proto`);
  client.load([import.meta.resolve('../../../proto')], ...files);
  return client;
}
