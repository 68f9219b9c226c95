// Parameters: environment variables, each with a default. They are kept for the summary.

const given = {};

// What the script was run with, by name.
export function parameters() {
  return given;
}

// A number that is not negative.
export function number(name, otherwise) {
  const text = __ENV[name];
  const value = text === undefined || text === '' ? otherwise : Number(text);
  if (!(value >= 0)) {
    throw new Error(`${name}: ${text} is not a number of 0 or more`);
  }
  given[name] = value;
  return value;
}

// A number of at least 1 without fractions.
export function count(name, otherwise) {
  const value = number(name, otherwise);
  if (!Number.isInteger(value) || value < 1) {
    throw new Error(`${name}: ${value} is not a whole number of at least 1`);
  }
  return value;
}
