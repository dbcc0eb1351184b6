import { DeadlineError, HypervisorError } from "../../errors.js";
import { plainText } from "../../transport/plain-text.js";
import type { Command, Shell } from "../../transport/shell.js";
import type { HypervisorFacts } from "./hypervisor-facts.js";
import { answerFile, type KvmVerdict, parseAnswer, rememberCommand } from "./kvm-answer.js";
import { bootSector, PROBE_EXIT } from "./kvm-sector.js";

interface ProbeOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told when the answer could not be kept: it will be asked again. */
  readonly warn: (message: string) => void;
}

/** For both attempts, by emulation and by KVM, together. */
const DEADLINE_MS = 6_000;

/** A refusal that the administrator can end without a boot is not remembered. */
const PASSES = /permission denied|no such (file|device)|resource busy/i;

/** A KVM that is emulated itself takes 3 to 26 s for what emulation does in 0.1 s; a real one is at least as quick. */
const slowest = (emulatedMs: number | undefined): number => 1_000 + 5 * (emulatedMs ?? 200);

/**
 * `kvm` in libvirt's capabilities means only that /dev/kvm opens. Where nested virtualisation is emulated, guests hang
 * in it, so a guest of one sector is tried. The answer is kept on the hypervisor until it boots or changes its QEMU.
 */
export async function probeKvm(
  shell: Shell,
  facts: HypervisorFacts,
  options: ProbeOptions,
): Promise<KvmVerdict> {
  const file = answerFile(facts, probeUser(facts));
  const known = parseAnswer(file && facts.kvmAnswers.get(file));
  if (known) return known;
  const verdict = await tryKvm(shell, facts, options.signal);
  if (file && !PASSES.test(verdict.reason)) {
    const kept = await shell.run(rememberCommand(file, verdict), { signal: options.signal });
    if (kept.code !== 0)
      options.warn(`cannot remember the answer of the KVM probe: ${plainText(kept.stderr)}`);
  }
  return verdict;
}

async function tryKvm(
  shell: Shell,
  facts: HypervisorFacts,
  signal: AbortSignal | undefined,
): Promise<KvmVerdict> {
  const guest = facts.capabilities.guests.find(
    ({ arch, domainTypes }) => arch === facts.capabilities.hostArch && domainTypes.includes("kvm"),
  );
  if (!guest) return { works: false, reason: "no emulator of the machine's own architecture to try it with" };
  const x86 = guest.arch === "x86_64" || guest.arch === "i686";
  try {
    const runAs = probeUser(facts) === facts.uid ? undefined : facts.capabilities.qemuOwner;
    const command = x86 ? sectorCommand(guest.emulator, runAs) : startCommand(guest.emulator, runAs);
    const { stdout, stderr, code } = await shell.run(command, { signal });
    return x86 ? sectorVerdict(stdout, stderr) : startVerdict(guest.arch, code, stderr);
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error;
    return { works: false, reason: `a guest of 512 bytes did not end within ${DEADLINE_MS / 1000} s` };
  }
}

/** Who to try it as: QEMU's own user, where farm is root and can be anybody. */
const probeUser = ({ uid, capabilities }: HypervisorFacts): number =>
  uid === 0 ? (capabilities.qemuOwner?.uid ?? 0) : uid;

type Owner = HypervisorFacts["capabilities"]["qemuOwner"];

/** The rest of argv becomes the process, as that user. */
const AS = (owner: Owner): string =>
  owner && owner.uid !== 0 ? `setpriv --reuid=${owner.uid} --regid=${owner.gid} --init-groups` : "";

/**
 * Runs the sector on stdin twice. The disk is a file without a name, so that nothing stays whatever happens; it is
 * longer than its sector, since a q35 boots from no disk of 512 bytes. `-cpu host` is what domains get under kvm.
 */
export function sectorCommand(emulator: string, owner: Owner): Command {
  const script = `disk=$(mktemp) || exit
cat >"$disk"
truncate -s 1M "$disk"
chmod 666 "$disk"
exec 5<>"$disk"
rm -f "$disk"
now() { cut -d' ' -f1 /proc/uptime; }
try() {
  begin=$(now)
  ${AS(owner)} "$qemu" -accel "$@" -machine q35 -m 64 -nodefaults -display none -no-reboot \
    -drive file=/proc/self/fd/5,format=raw -device isa-debug-exit,iobase=0xf4,iosize=1 </dev/null
  echo "$1 $? $begin $(now)"
}
qemu=$1
try tcg 2>/dev/null
try kvm -cpu host`;
  return {
    argv: ["sh", "-c", script, "sh", emulator],
    readOnly: true,
    stdin: bootSector(),
    env: { LC_ALL: "C" },
    timeoutMs: DEADLINE_MS,
  };
}

/** No sector for that architecture: only that QEMU can start with it. */
export const startCommand = (emulator: string, owner: Owner): Command => ({
  argv: [
    "sh",
    "-c",
    `exec ${AS(owner)} "$1" -accel kvm -machine none -nodefaults -display none -S -monitor stdio`,
    "sh",
    emulator,
  ],
  readOnly: true,
  stdin: "quit\n",
  env: { LC_ALL: "C" },
  timeoutMs: DEADLINE_MS,
});

/** Lines `ACCELERATOR EXIT-STATUS BEGIN END`, the times in seconds. */
export function sectorVerdict(stdout: string, stderr: string): KvmVerdict {
  const kvm = attempt(stdout, "kvm");
  if (!kvm) throw new HypervisorError(`cannot try kvm: ${plainText(stderr) || "no answer"}`);
  if (kvm.code !== PROBE_EXIT) return { works: false, reason: qemuSaid(kvm.code, stderr) };
  const tcg = attempt(stdout, "tcg");
  const emulatedMs = tcg?.code === PROBE_EXIT ? tcg.ms : undefined;
  const took = `a guest of 512 bytes took ${kvm.ms / 1000} s under kvm`;
  if (kvm.ms <= slowest(emulatedMs)) return { works: true, reason: took };
  return {
    works: false,
    reason: `${took}${emulatedMs === undefined ? "" : `, ${emulatedMs / 1000} s by emulation`}`,
  };
}

const startVerdict = (arch: string, code: number, stderr: string): KvmVerdict =>
  code === 0
    ? { works: true, reason: `QEMU starts with kvm; farm has no guest to try on ${arch}` }
    : { works: false, reason: qemuSaid(code, stderr) };

function qemuSaid(code: number, stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "" && !/: warning: /.test(line));
  return `QEMU ended with exit status ${code} under kvm${lines.length > 0 ? `: ${plainText(lines.join(": "))}` : ""}`;
}

function attempt(stdout: string, accelerator: string): { code: number; ms: number } | undefined {
  const found = new RegExp(`^${accelerator} (\\d+) ([\\d.]+) ([\\d.]+)$`, "m").exec(stdout);
  if (!found) return undefined;
  const [, code, begin, end] = found;
  return { code: Number(code), ms: Math.round((Number(end) - Number(begin)) * 1_000) };
}
