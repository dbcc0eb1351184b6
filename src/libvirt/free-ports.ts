import type { Command } from "../transport/shell.js";

const SCRIPT = `cat /proc/sys/net/ipv4/ip_local_port_range || echo 32768 60999
cat /proc/net/tcp /proc/net/tcp6 /proc/net/udp /proc/net/udp6 2>/dev/null
:`;

/** Asks which ports of the hypervisor are in use. */
export const usedPorts = (): Command => ({
  argv: ["sh", "-c", SCRIPT],
  readOnly: true,
  timeoutMs: 30_000,
});

const FIRST = 20_000;
const LAST = 65_535;

/**
 * Ports that nobody has, by what `usedPorts` printed; those first that the kernel gives to no connection by itself. Who is faster may still
 * take one.
 * @param random from 0 to less than 1
 */
export function pickPorts(
  stdout: string,
  count: number,
  taken: ReadonlySet<number> = new Set(),
  random: () => number = Math.random,
): number[] {
  const [, low = 0, high = 0] = /^(\d+)\s+(\d+)/.exec(stdout)?.map(Number) ?? [];
  const used = new Set(
    [...stdout.matchAll(/^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) /gm)].map(([, hex]) => hex16(hex)),
  );
  const free = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index).filter(
    (port) => !used.has(port) && !taken.has(port),
  );
  const quiet = free.filter((port) => port < low || port > high);
  const from = quiet.length >= count ? quiet : free;
  return Array.from({ length: Math.min(count, from.length) }, () => draw(from, random));
}

const hex16 = (hex = ""): number => Number.parseInt(hex, 16);

/** One of them, which is then no longer there. */
function draw(from: number[], random: () => number): number {
  const [port = 0] = from.splice(Math.floor(random() * from.length), 1);
  return port;
}
