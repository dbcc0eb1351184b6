import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.js";
import { asFarmError, HypervisorError } from "../errors.js";
import { inspectHypervisor } from "../libvirt/inspect/inspect.js";
import type { HypervisorHost } from "../load/inventory/hypervisors.js";
import type { VmBlueprint } from "../project/project.js";
import { formatDuration } from "../report/duration.js";
import { withBecome } from "../transport/become-shell.js";
import { connectHypervisor } from "../transport/hypervisor-connection.js";
import { plainText } from "../transport/plain-text.js";
import type { Shell } from "../transport/shell.js";
import { failureKind } from "../transport/ssh/ssh-failure.js";
import { parseSystem, type System, systemCommand } from "./examine-script.js";
import { type Examination, type Finding, failed, ok } from "./finding.js";
import {
  judgeArchitectures,
  judgeDaemon,
  judgeFirmware,
  judgeKvm,
  judgeNetwork,
  judgeNoDaemon,
  type Libvirt,
} from "./judge-libvirt.js";
import { judgeMemory, judgePool } from "./judge-places.js";
import {
  judgeClock,
  judgeGroups,
  judgeLinger,
  judgePrograms,
  judgeSecurity,
  judgeVirsh,
} from "./judge-system.js";
import { type Places, parsePlaces, placesCommand } from "./places-script.js";
import { type Wants, wantsOf } from "./wants.js";

interface ExamineOptions {
  readonly vms: readonly VmBlueprint[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What was learnt of one hypervisor before it is judged, which also takes what the others offer. */
export interface Patient {
  readonly host: HypervisorHost;
  /** Findings about the way to it; all there is when nobody answered. */
  readonly reach: readonly Finding[];
  readonly shell?: Shell;
  readonly answers?: Answers;
}

interface Answers {
  readonly system: System;
  readonly askedMs: number;
  readonly libvirt: Libvirt | Finding;
  readonly wants: Wants;
  readonly places: Places;
}

const isLibvirt = (answer: Libvirt | Finding): answer is Libvirt => "facts" in answer;

const NO_WANTS: Wants = { architectures: new Map(), files: [], efi: [], pools: [], ramMiB: 0 };

const newMark = () => `#${randomBytes(12).toString("hex")}`;

/** Connects to a hypervisor and asks all there is to ask. Never throws but for an interruption; the shell is the caller's to close. */
export async function askPatient(host: HypervisorHost, options: ExamineOptions): Promise<Patient> {
  const start = options.clock.now();
  let shell: Shell;
  try {
    const connection = await connectHypervisor(host, { signal: options.signal, env: process.env });
    shell = host.become ? withBecome(connection, host.become) : connection;
  } catch (error) {
    options.signal.throwIfAborted();
    return { host, reach: [unreached(error)] };
  }
  return askAgain({ host, shell, reach: reached(host, options.clock.now() - start) }, options);
}

/** The same over the connection that there is. */
export async function askAgain({ host, shell, reach }: Patient, options: ExamineOptions): Promise<Patient> {
  if (!shell) return { host, reach };
  try {
    return { host, shell, reach, answers: await answersOf(shell, host, options) };
  } catch (thrown) {
    options.signal.throwIfAborted();
    const { message, hint } = asFarmError(thrown);
    return {
      host,
      shell,
      reach: [...reach, failed("system", message, hint === undefined ? {} : { mend: hint })],
    };
  }
}

function unreached(thrown: unknown): Finding {
  const { message, hint } = asFarmError(thrown);
  const check = failureKind(thrown) === "host-key" ? "host key" : "ssh";
  return failed(check, message, hint === undefined ? {} : { mend: hint });
}

function reached(host: HypervisorHost, tookMs: number): Finding[] {
  if (host.connection === "local") return [ok("connection", "this machine")];
  return [ok("ssh", `logged in after ${formatDuration(tookMs)}`), ok("host key", "stands in known_hosts")];
}

async function answersOf(shell: Shell, host: HypervisorHost, options: ExamineOptions): Promise<Answers> {
  const { signal, clock, vms } = options;
  const mark = newMark();
  const said = await shell.run(systemCommand(mark), { signal });
  const askedMs = clock.now();
  const system = parseSystem(said.stdout, mark);
  if (!system)
    throw new HypervisorError(`'${shell.name}' does not answer as a POSIX system: ${plainText(said.stderr)}`);
  const libvirt = await askLibvirt(shell, host, system, signal);
  const wants = isLibvirt(libvirt) ? wantsOf(vms, libvirt.state) : NO_WANTS;
  const emulators = isLibvirt(libvirt) ? libvirt.state.emulators : {};
  const [pool = usualPool(system)] = wants.pools;
  const files = wants.files;
  const emulator = Object.values(emulators)[0] ?? "";
  const look = newMark();
  const found = await shell.run(placesCommand({ pool, emulator, files }, look), { signal });
  const places = parsePlaces(found.stdout, look);
  if (!places)
    throw new HypervisorError(`cannot look at ${pool} on '${shell.name}': ${plainText(found.stderr)}`);
  return { system, askedMs, libvirt, wants, places };
}

const usualPool = ({ uid }: System): string =>
  uid === 0 ? "/var/lib/libvirt/images" : "~/.local/share/libvirt/images";

async function askLibvirt(
  shell: Shell,
  host: HypervisorHost,
  system: System,
  signal: AbortSignal,
): Promise<Libvirt | Finding> {
  if (!system.programs.has("virsh")) return failed("libvirt", "cannot be asked without virsh");
  try {
    const request = { uri: host.libvirtUri, kvmProbe: host.kvmProbe, maxVms: host.maxVms };
    return await inspectHypervisor(shell, request, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    const { message, hint } = asFarmError(thrown);
    return judgeNoDaemon(system, message, hint);
  }
}

/** libvirt's architectures that a hypervisor runs guests of. */
export function offeredBy({ answers }: Patient): readonly string[] {
  if (!answers || !isLibvirt(answers.libvirt)) return [];
  const types = Object.entries(answers.libvirt.state.domainTypes);
  return types.flatMap(([arch, domains]) => (domains.length > 0 ? [arch] : []));
}

/** Judges what was learnt. @param elsewhere architectures that another hypervisor offers */
export function judge({ host, reach, answers }: Patient, elsewhere: ReadonlySet<string>): Examination {
  if (!answers) return { hypervisor: host.name, findings: reach };
  const { system, libvirt, wants, places } = answers;
  const { libvirtUri: uri } = host;
  const linux =
    system.kernel === "Linux" ? [] : [failed("system", `${system.kernel}: QEMU's hypervisor runs on Linux`)];
  const findings: (Finding | undefined)[] = [
    ...reach,
    ...linux,
    judgeVirsh(system),
    ...(isLibvirt(libvirt)
      ? [
          judgeDaemon(libvirt, uri),
          ...judgeArchitectures(libvirt, system, wants, elsewhere),
          judgeKvm(libvirt, system),
          judgeFirmware(wants, places, system),
          judgeNetwork(libvirt, places, system),
        ]
      : [libvirt]),
    judgeLinger(system, uri),
    judgeGroups(system, uri),
    ...judgePrograms(system),
    ...judgePool(places, system.user),
    isLibvirt(libvirt) ? judgeMemory(libvirt.facts, wants.ramMiB) : undefined,
    judgeClock(system, answers.askedMs),
    judgeSecurity(system, uri, places.pool.path),
  ];
  return { hypervisor: host.name, findings: findings.filter((finding) => finding !== undefined) };
}
