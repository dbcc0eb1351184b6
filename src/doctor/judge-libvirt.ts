import type { HypervisorState } from "../dispatch/model.js";
import type { HypervisorFacts } from "../libvirt/inspect/hypervisor-facts.js";
import type { System } from "./examine-script.js";
import { type Finding, failed, ok, warning } from "./finding.js";
import { emulatorPackage, installText } from "./packages.js";
import type { Places } from "./places-script.js";
import type { Wants } from "./wants.js";

/** What libvirt and farm's own look at it said. */
export interface Libvirt {
  readonly state: HypervisorState;
  readonly facts: HypervisorFacts;
}

const DAEMON = ["libvirt-daemon-system", "libvirt-daemon-driver-qemu"];

/** @param hint what its error says can be done */
export function judgeNoDaemon(system: System, message: string, hint: string | undefined): Finding {
  const missing = /no such file|not found|cannot find|failed to connect|unable to|no connection driver/i.test(
    message,
  );
  const install = missing ? installText(DAEMON, system) : undefined;
  const mend = hint ?? install;
  return failed("libvirt", message, {
    ...(mend !== undefined && { mend }),
    ...(missing && { packages: DAEMON }),
  });
}

export const judgeDaemon = ({ facts }: Libvirt, uri: string): Finding =>
  ok(
    "libvirt",
    `${facts.libvirtVersion ?? "of unknown version"} at ${uri}, QEMU ${facts.qemuVersion ?? "?"}`,
  );

/**
 * What it emulates, and what VMs want and it does not.
 * @param elsewhere architectures that another hypervisor offers
 */
export function judgeArchitectures(
  { state }: Libvirt,
  system: System,
  wants: Wants,
  elsewhere: ReadonlySet<string>,
): Finding[] {
  const offered = Object.entries(state.domainTypes).filter(([, types]) => types.length > 0);
  const text = offered.map(([arch, types]) => `${arch} (${types.join(", ")})`).join(", ");
  const missing = [...wants.architectures].filter(([arch]) => !state.domainTypes[arch]?.length);
  const found =
    offered.length === 0
      ? failed("guests", "QEMU is not installed: no guest can run", installing(["qemu-system-x86"], system))
      : ok("guests", text);
  return [
    found,
    ...missing.map(([arch, vms]) => {
      const why = `no QEMU for ${arch}, which ${some(vms)} ${vms.length === 1 ? "wants" : "want"}`;
      const mending = installing([emulatorPackage(arch)], system);
      return elsewhere.has(arch)
        ? warning(arch, `${why}; another hypervisor has it`, mending)
        : failed(arch, `${why}, and no other hypervisor has it`, mending);
    }),
  ];
}

const installing = (packages: readonly string[], system: System) => ({
  packages,
  mend: installText(packages, system),
});

const SOME = 3;
const some = (names: readonly string[]): string =>
  names.length <= SOME
    ? names.join(", ")
    : `${names.slice(0, SOME).join(", ")} and ${names.length - SOME} more`;

const EMULATED = "guests are emulated, 10 to 50 times slower";

/** KVM as farm has tried it, not as libvirt names it. */
export function judgeKvm({ state, facts }: Libvirt, { user }: System): Finding {
  const kvm = Object.entries(state.domainTypes).filter(([, types]) => types.includes("kvm"));
  if (kvm.length > 0) return ok("kvm", `works for ${kvm.map(([arch]) => arch).join(", ")}`);
  if (facts.kvmDevice === "absent")
    return warning("kvm", `no /dev/kvm: ${EMULATED}`, {
      mend: "sudo modprobe kvm_intel || sudo modprobe kvm_amd   # after virtualisation is on in the firmware's set-up",
    });
  if (facts.kvmDevice === "closed")
    return warning("kvm", `/dev/kvm is closed to ${user}: ${EMULATED}`, {
      mend: `sudo usermod -aG kvm ${user}   # and log in anew`,
    });
  if (state.kvmRefused !== undefined) return warning("kvm", `${state.kvmRefused}: ${EMULATED}`);
  return warning("kvm", `libvirt does not name it: ${EMULATED}`);
}

/** Debian's package of a firmware, by its path or architecture. */
const FIRMWARE_PACKAGES: readonly (readonly [RegExp, string])[] = [
  [/aavmf|aarch64|qemu-efi/i, "qemu-efi-aarch64"],
  [/ovmf|edk2-x86_64|edk2-i386|x86_64/i, "ovmf"],
];

/** Files that definitions name, and firmware that libvirt chooses by itself. @returns undefined when no VM asks for any */
export function judgeFirmware(wants: Wants, places: Places, system: System): Finding | undefined {
  const all = [...wants.files, ...wants.efi.map((arch) => `UEFI for ${arch}`)];
  if (all.length === 0) return undefined;
  const missing = [
    ...wants.files.filter((file) => !places.readable.has(file)),
    ...wants.efi.filter((arch) => !places.efi.has(arch)).map((arch) => `UEFI for ${arch}`),
  ];
  if (missing.length === 0) return ok("firmware", all.join(", "));
  const packages = missing.flatMap((what) => {
    const known = FIRMWARE_PACKAGES.find(([words]) => words.test(what));
    return known ? [known[1]] : [];
  });
  const mending = packages.length > 0 ? installing(packages, system) : {};
  return failed("firmware", `there is no ${missing.join(", no ")}, which VMs boot from`, mending);
}

/** Whether VMs with a network of type `user` get one, and whose. */
export function judgeNetwork({ state: { passt } }: Libvirt, places: Places, system: System): Finding {
  if (passt?.usable) return ok("network", "passt for user networks");
  if (places.userNetwork) return ok("network", "QEMU's own user network");
  const why = passt ? `: ${passt.reason}` : "";
  const text = `QEMU has no user network of its own (slirp), and passt does not stand in for it${why}`;
  return /not installed/.test(why)
    ? failed("network", text, installing(["passt"], system))
    : failed("network", text, {
        mend: "give the VMs a net of type network or bridge, or install a QEMU with slirp",
      });
}
