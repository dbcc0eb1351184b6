import { ConfigError, type Position } from "../errors.js";

const RANGE = /\[([0-9]+|[a-z]|[A-Z]):([0-9]+|[a-z]|[A-Z])(?::([0-9]+))?\]/;
const MOST = 10_000;

/** `node[01:03]` is node01, node02, node03; also letters, and a step as third number. */
export function expandHostRange(pattern: string, where: () => Position | undefined): string[] {
  const match = RANGE.exec(pattern);
  if (!match) return [pattern];
  const [all, first = "", last = "", step = "1"] = match;
  const names = values(first, last, Number(step));
  if (names.length === 0 || names.length > MOST)
    throw new ConfigError(`the range ${all} of host '${pattern}' is empty or too long`, {
      position: where(),
    });
  return names.flatMap((name) => expandHostRange(pattern.replace(all, name), where));
}

function values(first: string, last: string, step: number): string[] {
  const numeric = /^[0-9]+$/.test(first);
  if (numeric !== /^[0-9]+$/.test(last) || step < 1) return [];
  const [from, to] = numeric ? [Number(first), Number(last)] : [first.charCodeAt(0), last.charCodeAt(0)];
  const count = Math.min(MOST + 1, Math.floor((to - from) / step) + 1);
  const show = (value: number) =>
    numeric
      ? String(value).padStart(first.startsWith("0") ? first.length : 0, "0")
      : String.fromCharCode(value);
  return Array.from({ length: Math.max(0, count) }, (_, index) => show(from + index * step));
}
