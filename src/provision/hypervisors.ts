import type { Clock } from "../clock.js";
import type { HypervisorState } from "../dispatch/model.js";
import { asFarmError, describeError } from "../errors.js";
import type { Emit } from "../events.js";
import { controllerCache } from "../images/controller-cache.js";
import type { ControllerCache } from "../images/fetch/job.js";
import { ImageStore } from "../images/store.js";
import { LibvirtDriver } from "../libvirt/driver.js";
import { inspectHypervisor, unreachableState } from "../libvirt/inspect/inspect.js";
import type { Named } from "../libvirt/inspect/named-paths.js";
import type { HypervisorHost } from "../load/inventory/hypervisors.js";
import { withBecome } from "../transport/become-shell.js";
import { withEnvironment } from "../transport/environment-shell.js";
import { connectHypervisor } from "../transport/hypervisor-connection.js";
import { persistentShell } from "../transport/persistent/persistent-shell.js";
import type { Shell } from "../transport/shell.js";
import type { HypervisorSession } from "./model.js";

/** What was learnt of all hypervisors, and the connections to those that answered. */
export interface Hypervisors {
  readonly states: readonly HypervisorState[];
  readonly sessions: ReadonlyMap<string, HypervisorSession>;
  close(): Promise<void>;
}

interface AskOptions {
  readonly emit: Emit;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What VMs name on a hypervisor. */
  readonly named?: (hypervisor: string) => Named;
}

interface Answer {
  readonly state: HypervisorState;
  readonly session?: HypervisorSession;
}

/** Connects to all hypervisors and asks each what it is, all at the same time; one that fails is a state, not an error. */
export async function askHypervisors(
  hosts: readonly HypervisorHost[],
  options: AskOptions,
): Promise<Hypervisors> {
  const { clock, emit } = options;
  const onWarning = (message: string) => emit({ type: "warning", message });
  const cache = controllerCache({ clock, onWarning });
  const answers = await Promise.all(
    hosts.map((host) => ask(host, options, host.fetchVia === "controller" ? cache : undefined)),
  );
  const sessions = answers.flatMap(({ session }) => (session ? [session] : []));
  return {
    states: answers.map(({ state }) => state),
    sessions: new Map(sessions.map((session) => [session.name, session])),
    close: async () => {
      await Promise.all(sessions.map(({ shell }) => shell.close()));
    },
  };
}

async function ask(
  host: HypervisorHost,
  { emit, clock, signal, named }: AskOptions,
  via: ControllerCache | undefined,
): Promise<Answer> {
  const start = clock.now();
  const told = (reachable: boolean, error?: string) =>
    emit({
      type: "hypervisor-asked",
      hypervisor: host.name,
      reachable,
      durationMs: clock.now() - start,
      ...(error !== undefined && { error }),
    });
  let shell: Shell | undefined;
  try {
    const connection = persistentShell(await connectHypervisor(host, { signal, env: process.env }), clock);
    shell = host.become ? withBecome(connection, host.become) : connection;
    const { libvirtUri: uri, kvmProbe, maxVms } = host;
    const request = { uri, kvmProbe, maxVms, named: named?.(host.name) };
    const { state, facts, warnings } = await inspectHypervisor(shell, request, signal);
    for (const message of warnings) emit({ type: "warning", hypervisor: host.name, message });
    told(true);
    return {
      state,
      session: session(state, withEnvironment(shell, facts.connection.env ?? {}), clock, emit, via),
    };
  } catch (thrown) {
    await shell?.close();
    const error = asFarmError(thrown);
    told(false, describeError(error));
    return { state: unreachableState(host.name, error) };
  }
}

function session(
  state: HypervisorState,
  shell: Shell,
  clock: Clock,
  emit: Emit,
  via: ControllerCache | undefined,
): HypervisorSession {
  const stores = new Map<string, ImageStore>();
  const newStore = (pool: string) => {
    const onWarning = (message: string) => emit({ type: "warning", hypervisor: state.name, message });
    const store = new ImageStore(shell, pool, { clock, onWarning, via });
    stores.set(pool, store);
    return store;
  };
  return {
    name: state.name,
    state,
    shell,
    libvirt: (uri) => new LibvirtDriver(shell, { uri }, clock),
    store: (pool) => stores.get(pool) ?? newStore(pool),
  };
}
