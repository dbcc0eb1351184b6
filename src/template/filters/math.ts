import { pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";

function numberOf(call: Call): number {
  const number = Number(call.value);
  return typeof call.value === "number"
    ? number
    : call.fail(`needs a number, got '${pythonText(call.value)}'`);
}

function log(call: Call): number {
  const base = call.number(0, "base", Math.E);
  if (base === 10) return Math.log10(numberOf(call));
  if (base === 2) return Math.log2(numberOf(call));
  return base === Math.E ? Math.log(numberOf(call)) : Math.log(numberOf(call)) / Math.log(base);
}

function root(call: Call): number {
  const base = call.number(0, "base", 2);
  if (base === 2) return Math.sqrt(numberOf(call));
  return base === 3 ? Math.cbrt(numberOf(call)) : numberOf(call) ** (1 / base);
}

export const MATH_FILTERS: Filters = {
  log,
  root,
  pow: (call) => numberOf(call) ** call.number(0, "exponent", 2),
};
