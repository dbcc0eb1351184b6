import type { OpenForward } from "../../libvirt/domain/passt.js";
import { pickPorts, usedPorts } from "../../libvirt/free-ports.js";
import type { WantedForward } from "../../libvirt/virsh.js";
import { VirshError } from "../../libvirt/virsh-error.js";
import type { Shell } from "../../transport/shell.js";

/** How often others may be faster. */
const TRIES = 5;

interface Ports {
  readonly wanted: readonly WantedForward[];
  /** What there was before: a port that was picked once stays, if it can. */
  readonly before: readonly OpenForward[];
}

/**
 * Starts something that listens on ports of the hypervisor, with free ones where none are named; with others when one was taken meanwhile.
 * @throws what `start` throws; its VirshError for a port that the user named
 */
export async function withFreePorts<T>(
  shell: Pick<Shell, "run">,
  { wanted, before }: Ports,
  start: (forwards: readonly OpenForward[]) => Promise<T>,
): Promise<T> {
  const refused = new Set<number>();
  for (let attempt = 1; ; attempt++) {
    const forwards = await open(shell, { wanted, before }, refused);
    try {
      return await start(forwards);
    } catch (error) {
      const ports = takenOf(error, forwards);
      const isNamed = wanted.some(({ host }) => host !== undefined && ports.includes(host));
      if (ports.length === 0 || isNamed || attempt >= TRIES) throw error;
      for (const port of ports) refused.add(port);
    }
  }
}

/** The port that passt complained of, as it was told on its command line. */
function takenOf(error: unknown, forwards: readonly OpenForward[]): number[] {
  if (!(error instanceof VirshError && error.kind === "taken")) return [];
  const port = Number(/\/(\d+):\d+'/.exec(error.message)?.[1]);
  return forwards.map(({ host }) => host).filter((host) => host === port);
}

async function open(
  shell: Pick<Shell, "run">,
  { wanted, before }: Ports,
  refused: ReadonlySet<number>,
): Promise<OpenForward[]> {
  const hosts = wanted.map((each) => each.host ?? portBefore(each, before, refused));
  const missing = hosts.filter((host) => host === undefined).length;
  const { stdout } = missing === 0 ? { stdout: "" } : await shell.run(usedPorts());
  const taken = new Set([...refused, ...hosts.filter((host) => host !== undefined)]);
  const free = pickPorts(stdout, missing, taken);
  return wanted.map((each, index) => ({ ...each, host: hosts[index] ?? free.shift() ?? 0 }));
}

const isAlike = (wanted: WantedForward, { guest, protocol, address }: OpenForward): boolean =>
  wanted.guest === guest && wanted.protocol === protocol && wanted.address === address;

function portBefore(
  wanted: WantedForward,
  before: readonly OpenForward[],
  refused: ReadonlySet<number>,
): number | undefined {
  const host = before.find((each) => isAlike(wanted, each))?.host;
  return host === undefined || refused.has(host) ? undefined : host;
}

/** Those of passt's forwards that were asked for, in their order. */
export const opened = (wanted: readonly WantedForward[], forwards: readonly OpenForward[]): OpenForward[] =>
  wanted.flatMap((each) => {
    const found = forwards.find(
      (forward) => isAlike(each, forward) && (each.host ?? forward.host) === forward.host,
    );
    return found ? [found] : [];
  });
