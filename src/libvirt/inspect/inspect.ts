import { randomBytes } from "node:crypto";
import type { DomainType, HypervisorState } from "../../dispatch/model.js";
import { asFarmError, DeadlineError, HypervisorError } from "../../errors.js";
import { lackOf } from "../../expand/machine-lack.js";
import type { Shell } from "../../transport/shell.js";
import { virshWords } from "../virsh-error.js";
import { ansibleFacts } from "./ansible-facts.js";
import type { GuestArch } from "./capabilities.js";
import { type FindOffer, parseOffers } from "./domain-capabilities.js";
import { type HypervisorFacts, parseFacts } from "./hypervisor-facts.js";
import { inspectCommand, parseSections } from "./inspect-script.js";
import type { KvmVerdict } from "./kvm-answer.js";
import { probeKvm } from "./kvm-probe.js";
import { type Named, parseNamed } from "./named-paths.js";
import { judgePasst } from "./passt.js";

export interface InspectRequest {
  /** libvirt's URI on that machine. */
  readonly uri: string;
  /** False believes libvirt when it names kvm. Default true. */
  readonly kvmProbe?: boolean | undefined;
  readonly maxVms?: number | undefined;
  /** Default 90 s: the first question makes libvirt examine every emulator. */
  readonly timeoutMs?: number | undefined;
  /** What definitions name there; default nothing. */
  readonly named?: Named | undefined;
}

export interface Inspection {
  readonly state: HypervisorState;
  readonly facts: HypervisorFacts;
  readonly warnings: readonly string[];
}

const TIMEOUT_MS = 90_000;
const NOTHING: Named = { emulators: [], firmware: [] };

/**
 * Asks a hypervisor everything that is decided by: one round trip, and at the first time after its boot a second one
 * to try KVM.
 * @throws HypervisorError when libvirt does not answer; errors of the shell when the machine does not.
 */
export async function inspectHypervisor(
  shell: Shell,
  request: InspectRequest,
  signal?: AbortSignal,
): Promise<Inspection> {
  const mark = `#${randomBytes(12).toString("hex")}`;
  const timeoutMs = request.timeoutMs ?? TIMEOUT_MS;
  const asked = shell.run(inspectCommand(request.uri, mark, request.named ?? NOTHING, timeoutMs), { signal });
  const result = await asked.catch((thrown: unknown) => {
    throw thrown instanceof DeadlineError ? noAnswer(shell.name, request.uri, timeoutMs, thrown) : thrown;
  });
  const sections = parseSections(result.stdout, mark);
  if (!sections.has("exit")) {
    throw new HypervisorError(
      `cannot ask libvirt on '${shell.name}': ${virshWords({ ...result, stdout: "" })}`,
      {
        hint: "a hypervisor needs Linux and a POSIX sh",
      },
    );
  }
  const facts = parseFacts(shell.name, request.uri, sections);
  const warnings: string[] = [];
  const kvm = await judgeKvm(shell, facts, request, { signal, warn: (message) => warnings.push(message) });
  warnings.push(...closedDevice(facts, kvm));
  const guests = guestTypes(facts.capabilities.guests, kvm);
  const offer = offers(sections);
  const named = parseNamed(sections.get("named") ?? "");
  const { libvirtVersion, qemuVersion } = facts;
  const passt = judgePasst({ libvirtVersion, qemuVersion, program: facts.passt });
  const state: HypervisorState = {
    name: shell.name,
    reachable: true,
    ...guests,
    offer,
    passt,
    lacks: (wanted, domainType) => lackOf(wanted, domainType, { ...guests, offer, passt, named }),
    named,
    cpus: facts.cpus,
    memoryMiB: facts.memoryMiB,
    freeMemoryMiB: freeMemory(facts),
    ...(request.maxVms === undefined ? {} : { maxVms: request.maxVms }),
    facts: ansibleFacts(facts, sections),
  };
  return { state, facts, warnings };
}

/** The user's own emulators are known by their paths alone: none is taken for libvirt's. */
function offers(sections: ReadonlyMap<string, string>): FindOffer {
  const usual = parseOffers(sections.get("offers") ?? "");
  const own = parseOffers(sections.get("emulators") ?? "");
  return (arch, domainType, emulator) =>
    emulator === undefined ? usual(arch, domainType) : own(arch, domainType, emulator);
}

/** One guest whose QEMU stands still is enough for it: libvirt asks each of them how it is. */
const noAnswer = (name: string, uri: string, timeoutMs: number, cause: DeadlineError) =>
  new HypervisorError(`libvirt on '${name}' did not answer within ${timeoutMs / 1000} s`, {
    cause,
    hint: `see what \`virsh -c ${uri} list\` and \`virsh -c ${uri} domstats\` wait for there`,
  });

/** The state of a hypervisor that could not be asked: reported and passed over, never fatal to the others. */
export function unreachableState(name: string, error: unknown): HypervisorState {
  const { message } = asFarmError(error);
  const nothing = { domainTypes: {}, emulators: {}, cpus: 0, memoryMiB: 0, freeMemoryMiB: 0, facts: {} };
  return { name, reachable: false, error: message, ...nothing };
}

/** Undefined when libvirt does not even name kvm. */
async function judgeKvm(
  shell: Shell,
  facts: HypervisorFacts,
  { kvmProbe = true }: InspectRequest,
  options: Parameters<typeof probeKvm>[2],
): Promise<KvmVerdict | undefined> {
  if (!facts.capabilities.guests.some(({ domainTypes }) => domainTypes.includes("kvm"))) return undefined;
  return kvmProbe ? probeKvm(shell, facts, options) : { works: true, reason: "trusted: kvm_probe is false" };
}

type GuestTypes = Pick<HypervisorState, "domainTypes" | "emulators" | "machines" | "kvmRefused">;

function guestTypes(guests: readonly GuestArch[], kvm: KvmVerdict | undefined): GuestTypes {
  const believed = (type: DomainType) => type !== "kvm" || kvm?.works === true;
  return {
    domainTypes: Object.fromEntries(
      guests.map(({ arch, domainTypes }) => [arch, domainTypes.filter(believed)]),
    ),
    emulators: Object.fromEntries(guests.map(({ arch, emulator }) => [arch, emulator])),
    machines: Object.fromEntries(
      guests.map(({ arch, machines }) => [arch, machines.map(({ name }) => name)]),
    ),
    ...(kvm && !kvm.works ? { kvmRefused: kvm.reason } : {}),
  };
}

/** Less what running guests were promised and have not taken yet. */
function freeMemory({ availableMiB, running }: HypervisorFacts): number {
  const promised = running.map(({ memoryMiB, residentMiB }) => Math.max(0, memoryMiB - residentMiB));
  return Math.max(0, availableMiB - promised.reduce((sum, mib) => sum + mib, 0));
}

/** libvirt 9 never trusts its own notes on an emulator then, and examines it at every call: seconds, up to a minute. */
function closedDevice({ uid, capabilities }: HypervisorFacts, kvm: KvmVerdict | undefined): string[] {
  const owner = capabilities.qemuOwner?.uid ?? 0;
  if (uid !== 0 || owner === 0 || kvm?.works !== false || !/permission denied/i.test(kvm.reason)) return [];
  return [
    "/dev/kvm is closed to QEMU's own user, which makes every call of libvirt slow; " +
      "as root: chgrp kvm /dev/kvm && chmod g+rw /dev/kvm",
  ];
}
