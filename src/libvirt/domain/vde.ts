import type { Command } from "../../transport/shell.js";
import type { XmlTree } from "../xml.js";

export const QEMU_NAMESPACE = "http://libvirt.org/schemas/domain/qemu/1.0";

/** Which PCI bus of a machine takes a card that libvirt knows nothing of. */
const BUSES: Readonly<Record<string, string>> = {
  x86_64: "pcie.0",
  i686: "pcie.0",
  aarch64: "pcie.0",
  armv7l: "pcie.0",
  riscv64: "pcie.0",
  ppc64: "pci.0",
  ppc64le: "pci.0",
};
/** Whether a machine of that architecture has PCI. */
export const isPci = (arch: string): boolean => BUSES[arch] !== undefined;

/** libvirt gives out slots from the lowest one on. */
const SLOT = "0x18";

interface VdeCard {
  readonly mac: string;
  /** The switch's. */
  readonly directory: string;
  readonly arch: string;
  readonly machine: string | undefined;
}

/** QEMU's own words for a card on a VDE switch: libvirt has no such network. */
export function vdeTree({ mac, directory, arch, machine = "" }: VdeCard): XmlTree {
  const pci =
    BUSES[arch] === undefined
      ? ""
      : `,bus=${/^(pc|pc-i440fx.*)$/.test(machine) ? "pci.0" : BUSES[arch]},addr=${SLOT}`;
  const card = arch === "s390x" ? "virtio-net-ccw" : "virtio-net-pci";
  const values = [
    "-netdev",
    `vde,id=farmvde,sock=${directory.replaceAll(",", ",,")}`,
    "-device",
    `${card},netdev=farmvde,mac=${mac}${pci}`,
  ];
  return {
    "@xmlns:qemu": QEMU_NAMESPACE,
    "qemu:arg": values.map((value) => ({ "@value": value })),
  };
}

// A switch that farm started ends with the last VM that is written down beside it; all of it under one lock. Its end is waited for, since it
// takes its files away as its last act: they would be those of a new one.
const ALIVE = `alive() { pid=$(cat "$dir.pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = vde_switch ]; }
ended() { case $(sed -n 's/^State:[[:space:]]*//p' "/proc/$1/status" 2>/dev/null) in ''|Z*|X*) ;; *) return 1 ;; esac; }
end() {
  kill "$1" 2>/dev/null
  tries=0
  until ended "$1"; do
    [ $tries != 50 ] || kill -KILL "$1" 2>/dev/null
    [ $tries -lt 100 ] || return
    tries=$((tries + 1))
    sleep 0.1
  done
}
lock() { exec 9>>"$dir.lock" && flock 9; }`;

const JOIN = `dir=$1 vm=$2 mode=$3
${ALIVE}
mkdir -p -- "$dir.vms" && lock && : >"$dir.vms/$vm" || exit 1
alive && exit 0
command -v vde_switch >/dev/null || { echo 'there is no vde_switch: install vde2' >&2; exit 1; }
rm -rf -- "$dir"
vde_switch -d -s "$dir" -p "$dir.pid" -m "$mode" 9>&- </dev/null`;

const LEAVE = `vm=$2
${ALIVE}
for vms in "$1"/*.vms; do
  [ -f "$vms/$vm" ] || continue
  dir=\${vms%.vms}
  lock || exit 1
  rm -f -- "$vms/$vm"
  rmdir -- "$vms" 2>/dev/null || continue
  alive && end "$pid"
  rm -rf -- "$dir" "$dir.pid" "$dir.lock"
done
:`;

/** Starts a switch of farm's when it does not run. @param vm a file name @param mode of its sockets, octal */
export const joinSwitch = (directory: string, vm: string, mode: string): Command => ({
  argv: ["sh", "-c", JOIN, "farm-vde", directory, vm, mode],
  timeoutMs: 60_000,
});

/** Ends the switches of a directory that no other VM is on. */
export const leaveSwitches = (directory: string, vm: string): Command => ({
  argv: ["sh", "-c", LEAVE, "farm-vde", directory, vm],
  timeoutMs: 60_000,
});
