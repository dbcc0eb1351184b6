import type { KnownFacts } from "./fact-types.js";
import { type Material, present } from "./material.js";

/** The system, its architecture and its names. */
export function platformFacts(material: Material): Partial<KnownFacts> {
  const { system, nodename, kernel, version, machine } = uname(material);
  const fqdn = nodename && fullName(nodename, material.lines("/etc/hosts"));
  const bits = userspaceBits(material);
  return present<KnownFacts>({
    system,
    kernel,
    kernel_version: version,
    machine,
    architecture: machine && architecture(machine),
    userspace_bits: bits,
    userspace_architecture: machine && bits ? userspaceArchitecture(machine, bits) : undefined,
    nodename,
    hostname: nodename?.split(".")[0],
    fqdn,
    domain: fqdn?.split(".").slice(1).join("."),
    machine_id: firstLine(material, "/var/lib/dbus/machine-id") ?? firstLine(material, "/etc/machine-id"),
    is_chroot: material.said("root")[0] ? material.said("root")[0] === "chroot" : undefined,
  });
}

const firstLine = (material: Material, path: string): string | undefined =>
  material.text(path)?.split("\n")[0];

/** From the kernel's own files, else from `uname -snrvm`, in which only the version has spaces. */
function uname(material: Material) {
  const own = (name: string) => material.text(`/proc/sys/kernel/${name}`);
  const [, system, nodename, kernel, version, machine] =
    /^(\S+) (\S+) (\S+) (.*) (\S+)$/.exec(material.said("uname")[0]?.trim() ?? "") ?? [];
  return {
    system: system ?? own("ostype"),
    nodename: nodename ?? own("hostname"),
    kernel: kernel ?? own("osrelease"),
    version: version ?? own("version"),
    machine: machine ?? own("arch"),
  };
}

const architecture = (machine: string): string => (/^i[3-6]86$/.test(machine) ? "i386" : machine);

const userspaceArchitecture = (machine: string, bits: string): string | undefined =>
  machine === "x86_64" || architecture(machine) === "i386" ? (bits === "64" ? "x86_64" : "i386") : undefined;

/**
 * A kernel of 64 bits may run programs of 32. Where a program's stack begins, which is the 28th field, tells:
 * beyond 4 GiB it is one of 64.
 */
function userspaceBits(material: Material): string | undefined {
  const stat = material.text("/proc/self/stat") ?? "";
  const stack = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[25]);
  if (!(stack > 0)) return undefined;
  return stack > 0xffff_ffff ? "64" : "32";
}

/**
 * The node's name with its domain: of the names of its address in the hosts file the first with a dot, else the first.
 * Asking DNS can take longer than all else here, and hang.
 */
function fullName(nodename: string, hosts: readonly string[]): string {
  const entries = hosts.map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  const address = entries.find(([, ...names]) => names.includes(nodename))?.[0];
  const [, ...names] = entries.find(([first]) => first !== "" && first === address) ?? [];
  return names.find((name) => name.includes(".")) ?? names[0] ?? nodename;
}
