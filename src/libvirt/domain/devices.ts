import { ConfigError } from "../../errors.js";
import type { Net } from "../../load/definitions/vm-definition.js";
import type { XmlTree } from "../xml.js";
import { ONLY_CARD } from "./card.js";
import { type DomainDisk, diskControllers, diskTrees } from "./disks.js";
import { type OpenForward, passtTree } from "./passt.js";
import { isPci } from "./vde.js";

export interface DevicesInput {
  readonly emulator: string;
  readonly disks: readonly DomainDisk[];
  readonly net: Net;
  readonly arch: string;
  /** Whether farm gets in by the guest's agent. */
  readonly byAgent: boolean;
  /** Of a user network that is passt's. */
  readonly forwards?: readonly OpenForward[] | undefined;
  /** Where the serial console's output goes. */
  readonly consoleLog: string;
}

/** The content of `<devices>`: what a test guest needs, and nothing that two guests of one host could quarrel over. */
export function devicesTree(input: DevicesInput): XmlTree {
  const { emulator, disks, net, byAgent, consoleLog } = input;
  // A terminal that `virsh console` gets to, and a log whether or not anybody is there.
  const log = { "@file": consoleLog, "@append": "on" };
  return {
    emulator,
    controller: diskControllers(disks),
    disk: diskTrees(disks),
    interface: interfaceTree(input),
    // libvirt knows the architecture's kind of serial port, a spapr-vty on pseries for one.
    serial: { "@type": "pty", log, target: { "@port": 0 } },
    console: { "@type": "pty", log, target: { "@type": "serial", "@port": 0 } },
    channel: byAgent || mayNotBeFound(net) ? AGENT_CHANNEL : undefined,
    rng: { "@model": "virtio", backend: { "@model": "random", "#": "/dev/urandom" } },
    // Memory that the guest has freed is given back, and then needs no room in a restore point.
    memballoon: { "@model": "virtio", "@freePageReporting": "on" },
  };
}

/** Before the switch's, so that the guest's first card is farm's, which has DHCP. */
const firstSlot = (arch: string): XmlTree | undefined =>
  isPci(arch)
    ? { "@type": "pci", "@domain": "0x0000", "@bus": "0x00", "@slot": "0x10", "@function": "0x0" }
    : undefined;

/** One that is there already, when it is named. */
const tapDevice = (name: string | undefined): XmlTree | undefined =>
  name === undefined ? undefined : { "@dev": name, "@managed": "no" };

/** Where the guest's agent answers. */
const AGENT_CHANNEL: XmlTree = {
  "@type": "unix",
  target: { "@type": "virtio", "@name": "org.qemu.guest_agent.0" },
};

/** Whether its agent may be the only one who knows a guest's address. */
const mayNotBeFound = ({ type }: Net): boolean => type !== "user" && type !== "vde";

/** One device, QEMU's netdev `hostnet0`. */
function interfaceTree({ net, arch, forwards = [] }: DevicesInput): XmlTree {
  const common = {
    mac: net.mac === undefined ? undefined : { "@address": net.mac },
    model: { "@type": "virtio" },
  };
  switch (net.type) {
    case "user":
      return { "@type": "user", ...common, ...passtTree(net, forwards) };
    case "network":
      return { "@type": "network", ...common, source: { "@network": net.source ?? "default" } };
    case "bridge":
      if (net.source === undefined) {
        throw new ConfigError("a network of type 'bridge' needs the bridge's name", {
          hint: "set net.source",
        });
      }
      return { "@type": "bridge", ...common, source: { "@bridge": net.source } };
    case "vde":
      // The card on the switch is QEMU's alone; this one is farm's way in.
      return {
        "@type": "user",
        mac: { "@address": ONLY_CARD },
        model: common.model,
        ...passtTree(net, forwards),
        address: firstSlot(arch),
      };
    case "ethernet":
      return { "@type": "ethernet", ...common, target: tapDevice(net.source) };
  }
}
