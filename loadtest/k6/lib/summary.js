// What came of a script: one line of JSON on standard output.

import { parameters } from './parameters.js';
import { stage } from './stage.js';

// What k6 is to work out of each trend.
export const STATS = ['min', 'med', 'p(95)', 'p(99)', 'max', 'count'];

// k6's own metrics that say nothing here, and times that only others are worked out of.
const HIDDEN = new Set([
  'data_received',
  'data_sent',
  'dialled_at_ms',
  'grpc_req_duration',
  'grpc_streams',
  'iteration_duration',
  'vus',
  'welcomed_at_ms',
]);

// The line. `more` is what the script has to say besides.
export function summary(script, data, more = {}) {
  const figures = {};
  const thresholds = {};
  Object.entries(data.metrics).forEach(([name, metric]) => {
    if (!HIDDEN.has(name)) {
      figures[name] = figure(metric);
    }
    Object.entries(metric.thresholds || {}).forEach(([threshold, { ok }]) => {
      thresholds[`${name}: ${threshold}`] = ok;
    });
  });
  const failed = Object.keys(thresholds).filter((threshold) => !thresholds[threshold]);
  const line = {
    script,
    passed: failed.length === 0,
    failed,
    date: new Date().toISOString(),
    shape: stage.shape,
    machine: stage.machine,
    mails_per_s: stage.rate,
    parameters: parameters(),
    ...more,
    figures,
    thresholds,
  };
  return { stdout: `${JSON.stringify(line)}\n` };
}

// How long it took from the first device's dialling to the last one's Welcome, and how many that is a second.
export function storm(data) {
  const [dialled, welcomed] = [data.metrics.dialled_at_ms, data.metrics.welcomed_at_ms];
  if (!dialled || !welcomed) {
    return {};
  }
  const seconds = (welcomed.values.max - dialled.values.min) / 1000;
  return { storm_s: rounded(seconds), sessions_per_s: rounded(welcomed.values.count / seconds) };
}

function figure({ type, values }) {
  switch (type) {
    case 'trend':
      return {
        p50: rounded(values.med),
        p95: rounded(values['p(95)']),
        p99: rounded(values['p(99)']),
        max: rounded(values.max),
        count: values.count,
      };
    case 'rate':
      return { rate: values.rate, of: values.passes + values.fails };
    case 'counter':
      return values.count;
    default:
      return values.value;
  }
}

function rounded(value) {
  return Number(value.toFixed(2));
}
