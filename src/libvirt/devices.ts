import { ConfigError } from "../errors.js";
import type { Net } from "../expand/vm-definition.js";
import { type DomainDisk, diskControllers, diskTrees } from "./disks.js";
import type { XmlTree } from "./xml.js";

export interface DevicesInput {
  readonly emulator: string;
  readonly disks: readonly DomainDisk[];
  readonly net: Net;
  /** Where the serial console's output goes. */
  readonly consoleLog: string;
}

/** The content of `<devices>`: what a test guest needs, and nothing that two guests of one host could quarrel over. */
export function devicesTree({ emulator, disks, net, consoleLog }: DevicesInput): XmlTree {
  const log = { "@path": consoleLog, "@append": "on" };
  return {
    emulator,
    controller: diskControllers(disks),
    disk: diskTrees(disks),
    interface: interfaceTree(net),
    // libvirt knows the architecture's kind of serial port, a spapr-vty on pseries for one.
    serial: { "@type": "file", source: log, target: { "@port": 0 } },
    console: { "@type": "file", source: log, target: { "@type": "serial", "@port": 0 } },
    rng: { "@model": "virtio", backend: { "@model": "random", "#": "/dev/urandom" } },
    // Memory that the guest has freed is given back, and then needs no room in a restore point.
    memballoon: { "@model": "virtio", "@freePageReporting": "on" },
  };
}

/** One device, QEMU's netdev `hostnet0`. A user network has no forwards here: they are added to the running guest. */
function interfaceTree(net: Net): XmlTree {
  const common = {
    mac: net.mac === undefined ? undefined : { "@address": net.mac },
    model: { "@type": "virtio" },
  };
  switch (net.type) {
    case "user":
      return { "@type": "user", ...common };
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
    case "ethernet":
      throw new ConfigError(`networks of type '${net.type}' are not supported yet`, {
        hint: "use user, network or bridge",
      });
  }
}
