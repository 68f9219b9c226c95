// Time in milliseconds with fractions. `Date.now()` has none, and an event is often there within two.

import exec from 'k6/execution';

// How often the wall clock is looked at: whoever is interrupted while looking finds the test to have begun too early.
const LOOKS = 3;

let began;

// Since the test began.
export function elapsed() {
  return exec.instance.currentTestRunDuration;
}

// By the wall clock, since 1970.
export function now() {
  if (began === undefined) {
    began = Math.max(...Array.from({ length: LOOKS }, beginning));
  }
  return began + elapsed();
}

// When the test began, as the wall clock's next step tells.
function beginning() {
  const before = Date.now();
  let at = before;
  while (at === before) {
    at = Date.now();
  }
  return at - elapsed();
}

// A timestamp as JSON has it, such as `2026-03-02T10:20:30.123456Z`, as `now` would tell it.
export function timestamp(text) {
  const fraction = /\.(\d+)Z$/.exec(text);
  const whole = Date.parse(`${text.slice(0, 19)}Z`);
  return whole + (fraction ? Number(`0.${fraction[1]}`) * 1000 : 0);
}

// A duration as JSON has it, such as `1.500s`.
export function duration(text) {
  return Number.parseFloat(text) * 1000;
}
