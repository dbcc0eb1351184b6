import type { Passt } from "../../dispatch/model.js";

/** The first ones that start guests on passt: libvirt 9.0 knows the word and refuses it. */
const SINCE = { libvirt: "9.2.0", QEMU: "7.2.0" } as const;

interface Installed {
  readonly libvirtVersion: string | undefined;
  readonly qemuVersion: string | undefined;
  /** Whether the program is there. */
  readonly program: boolean;
}

/** Whether user networks of a hypervisor can be passt's. What an emulator lacks, its own capabilities tell. */
export function judgePasst({ libvirtVersion, qemuVersion, program }: Installed): Passt {
  const old = tooOld("libvirt", libvirtVersion) ?? tooOld("QEMU", qemuVersion);
  if (old !== undefined) return { usable: false, reason: old };
  return program ? { usable: true } : { usable: false, reason: "the program passt is not installed" };
}

function tooOld(what: keyof typeof SINCE, version: string | undefined): string | undefined {
  if (version === undefined) return `the version of ${what} is not known`;
  return isBefore(version, SINCE[what])
    ? `it needs ${what} ${SINCE[what]}, and this is ${version}`
    : undefined;
}

function isBefore(version: string, first: string): boolean {
  const numbers = (text: string) => text.split(".").map((part) => Number.parseInt(part, 10) || 0);
  const [is, wanted] = [numbers(version), numbers(first)];
  const at = wanted.findIndex((number, index) => (is[index] ?? 0) !== number);
  return at >= 0 && (is[at] ?? 0) < (wanted[at] ?? 0);
}
