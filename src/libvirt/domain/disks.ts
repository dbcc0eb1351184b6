import type { XmlTree } from "../xml.js";

/** A file on the hypervisor that the guest sees as a disk. */
export interface DomainDisk {
  readonly path: string;
  readonly format: "qcow2" | "raw";
  readonly readonly: boolean;
  /** The definition's `devname`. Without a `bus` the letter is kept and the bus is virtio: `hda` becomes `vda`. */
  readonly target?: string | undefined;
  readonly bus?: string | undefined;
  /** What the guest finds it by; at most 20 bytes with virtio. */
  readonly serial?: string | undefined;
}

/** In boot order; no two have one target name. */
export function diskTrees(disks: readonly DomainDisk[]): XmlTree[] {
  const taken = new Set<string>();
  return disks.map((disk, index) => {
    const target = freeTarget(wantedTarget(disk), taken);
    taken.add(target);
    return diskTree(disk, target, index + 1);
  });
}

/** `<controller>` elements that libvirt does not add by itself in the kind that farm wants. */
export function diskControllers(disks: readonly DomainDisk[]): XmlTree[] {
  const buses = new Set(disks.map((disk) => disk.bus));
  return [
    ...(buses.has("scsi") ? [{ "@type": "scsi", "@model": "virtio-scsi" }] : []),
    ...(buses.has("usb") ? [] : [{ "@type": "usb", "@model": "none" }]),
  ];
}

function diskTree(disk: DomainDisk, target: string, order: number): XmlTree {
  return {
    "@type": "file",
    "@device": "disk",
    driver: {
      "@name": "qemu",
      "@type": disk.format,
      // A VM's own layer is thrown away, or frozen after QEMU has closed it: what the guest syncs need not reach the
      // platter at once. dpkg syncs after every file.
      "@cache": disk.readonly ? undefined : "unsafe",
      "@discard": disk.readonly ? undefined : "unmap",
    },
    source: { "@file": disk.path },
    target: { "@dev": target, "@bus": disk.bus ?? "virtio" },
    readonly: disk.readonly ? {} : undefined,
    serial: disk.serial,
    boot: { "@order": order },
  };
}

function wantedTarget({ target = "vda", bus }: DomainDisk): string {
  if (bus !== undefined && bus !== "virtio") return target;
  return target.replace(/^(hd|sd|xvd|vd)(?=[a-z]+$)/, "vd");
}

/** The name itself, or the next letter of its kind: `hda` and `vda` of one definition are two disks. */
function freeTarget(wanted: string, taken: ReadonlySet<string>): string {
  if (!taken.has(wanted)) return wanted;
  const kind = wanted.replace(/[a-z]$/, "");
  const free = [..."abcdefghijklmnopqrstuvwxyz"].find((letter) => !taken.has(kind + letter));
  return free === undefined ? wanted : kind + free;
}
