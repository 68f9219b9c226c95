// The control API, as an operator's program uses it: the life of a tenant with a mailbox and a device, again and again.

import { check } from 'k6';
import exec from 'k6/execution';
import grpc from 'k6/net/grpc';
import { Counter } from 'k6/metrics';
import { count, number } from './lib/parameters.js';
import { connect, load, stage } from './lib/stage.js';
import { STATS, summary } from './lib/summary.js';

// How many lives begin in a second, each of some twenty calls, and for how many seconds.
const RATE = count('RATE', 5);
const SECONDS = number('SECONDS', 30);
// How many may be under way.
const USERS = count('USERS', 50);
// What an operator's program bears, in milliseconds: for reading, for writing, and for erasing a tenant with all that it has.
const READ_P95_MS = number('READ_P95_MS', 200);
const WRITE_P95_MS = number('WRITE_P95_MS', 500);
const ERASE_P95_MS = number('ERASE_P95_MS', 2000);

const READ = ['GetTenant', 'GetAccount', 'ListAccounts', 'GetDevice', 'ListDevices', 'ListWorkers'];
const WRITE = [
  'CreateTenant',
  'CreateAccount',
  'UpdateAccount',
  'PauseAccount',
  'ResumeAccount',
  'CreateDevice',
  'IssueDeviceToken',
  'DeleteDevice',
];
const ERASE = ['DeleteAccount', 'DeleteTenant'];

const [NOT_FOUND, UNAUTHENTICATED] = [grpc.StatusNotFound, grpc.StatusUnauthenticated];

const errors = new Counter('errors');

const limits = {};
[
  [READ, READ_P95_MS],
  [WRITE, WRITE_P95_MS],
  [ERASE, ERASE_P95_MS],
].forEach(([calls, limit]) => {
  calls.forEach((call) => {
    limits[`grpc_req_duration{call:${call}}`] = [`p(95)<${limit}`];
  });
});

export const options = {
  scenarios: {
    lives: {
      executor: 'constant-arrival-rate',
      rate: RATE,
      timeUnit: '1s',
      duration: `${SECONDS}s`,
      preAllocatedVUs: USERS,
      gracefulStop: '30s',
    },
  },
  summaryTrendStats: STATS,
  thresholds: {
    ...limits,
    checks: ['rate>0.999'],
    errors: ['count==0'],
    iterations: ['count>0'],
    dropped_iterations: ['count==0'],
  },
};

const client = load(new grpc.Client(), 'tenants', 'accounts', 'devices', 'fleet');
let isConnected = false;

// Calls a method such as `Tenants/CreateTenant`, and expects this status; its answer.
function call(method, request, expected = grpc.StatusOK, key = stage.admin_key) {
  const name = method.split('/')[1];
  const isRefusal = expected !== grpc.StatusOK;
  const response = client.invoke(`pushmail.v1.${method}`, request, {
    metadata: { authorization: `Bearer ${key}` },
    tags: { call: isRefusal ? 'refused' : name },
    timeout: '20s',
  });
  const what = isRefusal ? `${name} is refused with ${expected}` : `${name} succeeds`;
  if (!check(response, { [what]: ({ status }) => status === expected })) {
    throw new Error(`${method}: status ${response.status}: ${JSON.stringify(response.error)}`);
  }
  return response.message;
}

export default function () {
  errors.add(0);
  try {
    if (!isConnected) {
      connect(client, stage.control);
      isConnected = true;
    }
    live();
  } catch (error) {
    errors.add(1);
    throw error;
  }
}

function live() {
  const name = `k6-${exec.vu.idInTest}-${exec.vu.iterationInInstance}-${Math.random().toString(36).slice(2)}`;
  const tenant = makeTenant(name);
  const account = makeAccount(tenant, name);
  useAccount(tenant, account, name);
  useDevice(tenant, account, name);
  call('Fleet/ListWorkers', {});
  call('Tenants/GetTenant', { tenant }, UNAUTHENTICATED, 'pmk_wrong');
  erase(tenant, account);
}

function makeTenant(name) {
  const request = { name, requestId: name };
  const tenant = call('Tenants/CreateTenant', request).tenant.id;
  const again = call('Tenants/CreateTenant', request).tenant.id;
  check(again, { 'a repeated request makes nothing': (id) => id === tenant });
  call('Tenants/GetTenant', { tenant });
  return tenant;
}

// The gateway begins to watch the mailbox at once: it is at the stage's mail server, which lets in everybody.
function makeAccount(tenant, name) {
  const { host, port, password, protocol } = stage.mail;
  const user = `${name}@k6.test`;
  const place = protocol === 'imap' ? { imap: { host, port, security: 'SECURITY_TLS', user } } : { eas: { host, port, user } };
  const { account } = call('Accounts/CreateAccount', { tenant, address: user, password, ...place });
  check(account, { 'an account is its tenant\'s': () => account.tenant === tenant });
  return account.id;
}

function useAccount(tenant, account, name) {
  call('Accounts/GetAccount', { tenant, account });
  call('Accounts/GetAccount', { tenant: stage.tenant, account }, NOT_FOUND);
  const { accounts } = call('Accounts/ListAccounts', { tenant });
  check(accounts, { 'the list has the one account': () => accounts.length === 1 && accounts[0].id === account });
  const address = `${name}@elsewhere.k6.test`;
  const updated = call('Accounts/UpdateAccount', { tenant, account, address, updateMask: 'address' });
  check(updated, { 'the address is changed': () => updated.account.address === address });
  const paused = call('Accounts/PauseAccount', { tenant, account });
  check(paused, { 'the account is paused': () => paused.account.paused });
  const resumed = call('Accounts/ResumeAccount', { tenant, account });
  check(resumed, { 'the account is not paused': () => !resumed.account.paused });
}

function useDevice(tenant, account, name) {
  const device = call('Devices/CreateDevice', { tenant, name, accounts: [account] }).device.id;
  const { token } = call('Devices/IssueDeviceToken', { tenant, device });
  check(token, { 'there is a token': () => token.length > 0 });
  call('Devices/GetDevice', { tenant, device });
  const { devices } = call('Devices/ListDevices', { tenant });
  check(devices, { 'the list has the one device': () => devices.length === 1 && devices[0].id === device });
  call('Devices/DeleteDevice', { tenant, device });
}

function erase(tenant, account) {
  call('Accounts/DeleteAccount', { tenant, account });
  call('Accounts/GetAccount', { tenant, account }, NOT_FOUND);
  call('Tenants/DeleteTenant', { tenant });
  call('Tenants/GetTenant', { tenant }, NOT_FOUND);
}

export function handleSummary(data) {
  return summary('control', data);
}
