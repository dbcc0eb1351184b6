import { ConfigError, type Position } from "../../errors.js";

const MOST_HOSTS = 10_000;
const RANGE = /^(.*?)\[([^[\]:]*):([^[\]:]+)(?::(\d+))?\](.*)$/;
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** A host as an inventory's key names it, and the port when the key says one. */
interface NamedHost {
  readonly name: string;
  readonly port?: number;
}

/** The hosts of `node[01:10]`, `db-[a:f].lan`, `web[1:9:2]:2222` or a plain name, as Ansible counts them. @throws ConfigError */
export function hostsOfPattern(pattern: string, position?: Position): NamedHost[] {
  const { name, port } = withoutPort(pattern);
  return expand(name, position).map((each) => (port === undefined ? { name: each } : { name: each, port }));
}

function withoutPort(pattern: string): NamedHost {
  const bracketed = /^\[([0-9a-f:.]*:[0-9a-f:.]*:[0-9a-f:.]*)\](?::(\d{1,5}))?$/i.exec(pattern);
  const [, name = pattern, port] = bracketed ?? /^((?:[^:[\]]|\[[^\]]*\])+):(\d{1,5})$/.exec(pattern) ?? [];
  return port === undefined ? { name } : { name, port: Number(port) };
}

function expand(pattern: string, position: Position | undefined): string[] {
  const [, head = "", from = "", to = "", step = "1", tail = ""] = RANGE.exec(pattern) ?? [];
  if (to === "") return [pattern];
  const fail = (reason: string) => new ConfigError(`host range '${pattern}': ${reason}`, { position });
  const middles = sequence(from === "" ? "0" : from, to, Number(step));
  if (typeof middles === "string") throw fail(middles);
  const tails = expand(tail, position);
  if (middles.length * tails.length > MOST_HOSTS) throw fail(TOO_MANY);
  return middles.flatMap((middle) => tails.map((rest) => head + middle + rest));
}

const TOO_MANY = `it names more than ${MOST_HOSTS} hosts`;

/** The texts from one end to the other, both included; or what is wrong. */
function sequence(from: string, to: string, step: number): string[] | string {
  if (step < 1) return "the step must be at least 1";
  if (/^\d+$/.test(from) && /^\d+$/.test(to)) return numbers(from, to, step);
  const [start, end] = [LETTERS.indexOf(from), LETTERS.indexOf(to)];
  if (from.length !== 1 || to.length !== 1 || start < 0 || end < 0)
    return "its ends must be two numbers or two letters";
  return every(start, end, step, (at) => LETTERS.charAt(at));
}

function numbers(from: string, to: string, step: number): string[] | string {
  const width = from.length > 1 && from.startsWith("0") ? from.length : 0;
  if (width > 0 && to.length !== width) return "numbers that begin with 0 must be of one length";
  return every(Number(from), Number(to), step, (at) => String(at).padStart(width, "0"));
}

function every(start: number, end: number, step: number, text: (at: number) => string): string[] | string {
  const count = Math.floor((end - start) / step) + 1;
  if (count < 1) return "it ends before it begins";
  return count > MOST_HOSTS
    ? TOO_MANY
    : Array.from({ length: count }, (_, index) => text(start + index * step));
}
