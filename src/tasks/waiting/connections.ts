import { BlockList, isIP } from "node:net";
import { ModuleFailure } from "../module/failure.js";

/** The kernel's numbers of a connection's states. */
const STATES: Readonly<Record<string, string>> = {
  ESTABLISHED: "01",
  SYN_SENT: "02",
  SYN_RECV: "03",
  FIN_WAIT1: "04",
  FIN_WAIT2: "05",
  TIME_WAIT: "06",
};

export const CONNECTION_STATES = Object.keys(STATES);

/** Which connections keep a port from being drained. */
export interface Connections {
  readonly port: number;
  readonly states: readonly string[];
}

/** @throws ModuleFailure for a state that there is not */
export function refuseStates(states: readonly string[]): void {
  const unknown = states.find((state) => !Object.hasOwn(STATES, state));
  if (unknown !== undefined)
    throw new ModuleFailure(
      `unknown active_connection_state (${unknown}) defined: there are ${CONNECTION_STATES.join(", ")}`,
      { elapsed: 0 },
    );
}

/**
 * How many connections a port has.
 * @param text lines `host ADDRESS` and `exclude ADDRESS`, then /proc/net/tcp and tcp6
 */
export function countConnections(text: string, { port, states }: Connections): number {
  const lines = text.split("\n");
  const listed = (name: string) =>
    addresses(lines.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1)));
  const [hosts, excluded] = [listed("host"), listed("exclude")];
  const numbers = new Set(states.map((state) => STATES[state]));
  return lines.filter((line) => {
    const [, local = "", localPort = "", remote = "", state = ""] = CONNECTION.exec(line) ?? [];
    if (!numbers.has(state) || Number.parseInt(localPort, 16) !== port) return false;
    return !has(excluded, remote) && (has(hosts, local) || isAnywhere(lines, local));
  }).length;
}

/** The addresses, in hexadecimal, each with its port; the state. */
const CONNECTION =
  /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):[0-9A-F]{4} ([0-9A-F]{2}) /;

function addresses(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const family = isIP(text);
    if (family !== 0) list.addAddress(text, family === 4 ? "ipv4" : "ipv6");
  }
  return list;
}

const has = (list: BlockList, hex: string): boolean =>
  list.check(addressOf(hex), hex.length === 8 ? "ipv4" : "ipv6");

/** `0.0.0.0` and `::` are all addresses of the machine. */
function isAnywhere(lines: readonly string[], local: string): boolean {
  const isIpv4 = local.length === 8 || /^0{16}FFFF0000/.test(local);
  return lines.includes(isIpv4 ? "host 0.0.0.0" : "host ::");
}

/** The kernel writes words of four bytes, the last byte first. */
function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join(".");
  return (bytes.join("").match(/.{4}/g) ?? []).join(":");
}
