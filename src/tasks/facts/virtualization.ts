import type { KnownFacts } from "./fact-types.js";
import type { Material } from "./material.js";

const DMI = "/sys/devices/virtual/dmi/id/";
const KVM_MODULE = "/sys/module/kvm/initstate";
const VIRTUALBOX_MODULE = "/sys/module/vboxdrv/initstate";
const VIRTIO_MODULE = "/sys/module/virtio/initstate";
const CONTAINERS = new Set(["docker", "podman", "lxc", "containerd", "openvz"]);

/** What `virtualizationFacts` asks whether it exists. */
export const VIRTUALIZATION_PATHS: readonly string[] = [
  "/.dockerenv",
  "/.dockerinit",
  "/proc/vz",
  "/proc/lve",
  "/proc/bc",
  "/proc/xen",
  KVM_MODULE,
  VIRTUALBOX_MODULE,
  VIRTIO_MODULE,
  "/dev/kvm",
];

interface Sign {
  readonly type: string;
  readonly role: "guest" | "host";
  readonly seen: (material: Material) => boolean;
}

const guest = (type: string, seen: Sign["seen"]): Sign => ({ type, role: "guest", seen });
const host = (type: string, seen: Sign["seen"]): Sign => ({ type, role: "host", seen });

const anyLine =
  (path: string, pattern: RegExp): Sign["seen"] =>
  (material) =>
    material.lines(path).some((line) => pattern.test(line));
const firmware = (field: string, ...names: string[]): Sign["seen"] => {
  const wanted = new Set(names);
  return (material) => wanted.has(material.text(`${DMI}${field}`) ?? "");
};
const there =
  (path: string): Sign["seen"] =>
  (material) =>
    material.exists(path);
const container =
  (name: string): Sign["seen"] =>
  (material) =>
    material.said("container").includes(name);
const openvz =
  (inside: boolean): Sign["seen"] =>
  (material) =>
    material.exists("/proc/vz") && !material.exists("/proc/lve") && material.exists("/proc/bc") !== inside;
const xen =
  (inside: boolean): Sign["seen"] =>
  (material) =>
    material.exists("/proc/xen") && anyLine("/proc/xen/capabilities", /control_d/)(material) !== inside;

/** The first sign that is seen says type and role; all of them say what else there is. */
const SIGNS: readonly Sign[] = [
  guest("docker", anyLine("/proc/1/cgroup", /\/docker(?:\/|-[0-9a-f]+\.scope)/)),
  guest("lxc", anyLine("/proc/1/cgroup", /\/lxc\/|\/machine\.slice\/machine-lxc/)),
  guest("containerd", anyLine("/proc/1/cgroup", /\/system\.slice\/containerd\.service/)),
  guest("lxc", container("lxc")),
  guest("podman", container("podman")),
  guest("container", container("container")),
  host("openvz", openvz(false)),
  guest("openvz", openvz(true)),
  guest("docker", (material) => material.exists("/.dockerenv") || material.exists("/.dockerinit")),
  host("xen", xen(false)),
  guest("xen", xen(true)),
  guest("kvm", firmware("product_name", "KVM", "KVM Server", "Bochs", "AHV")),
  guest("oVirt", firmware("sys_vendor", "oVirt")),
  guest("RHV", firmware("product_family", "RHV")),
  guest("RHEV", firmware("product_name", "RHEV Hypervisor")),
  guest("VMware", anyLine(`${DMI}product_name`, /^VMware/)),
  guest("openstack", firmware("product_name", "OpenStack Compute", "OpenStack Nova")),
  guest("bhyve", anyLine(`${DMI}product_name`, /BHYVE/)),
  guest("xen", firmware("bios_vendor", "Xen")),
  guest("virtualbox", firmware("bios_vendor", "innotek GmbH")),
  guest("kvm", firmware("bios_vendor", "Amazon EC2", "DigitalOcean", "Hetzner")),
  guest("kvm", firmware("sys_vendor", "QEMU", "Amazon EC2", "DigitalOcean", "Google", "Scaleway", "Nutanix")),
  guest("KubeVirt", firmware("sys_vendor", "KubeVirt")),
  guest("VirtualPC", firmware("sys_vendor", "Microsoft Corporation")),
  guest("parallels", firmware("sys_vendor", "Parallels Software International Inc.")),
  guest("openstack", firmware("sys_vendor", "OpenStack Foundation")),
  guest("kvm", anyLine("/proc/cpuinfo", /^model name.*QEMU Virtual CPU/)),
  guest("uml", anyLine("/proc/cpuinfo", /^vendor_id.*User Mode Linux|^model name.*UML/)),
  guest("kvm", anyLine("/proc/cpuinfo", /^machine.*CHRP IBM pSeries .emulated by qemu./)),
  host("kvm", there(KVM_MODULE)),
  host("virtualbox", there(VIRTUALBOX_MODULE)),
  guest("kvm", there(VIRTIO_MODULE)),
  host("kvm", there("/dev/kvm")),
];

/** What this machine runs in, and what it can run. */
export function virtualizationFacts(material: Material): Partial<KnownFacts> {
  const named = material.text("/run/systemd/container");
  const seen = SIGNS.filter((sign) => sign.seen(material));
  const byRole = (role: Sign["role"]) => seen.filter((sign) => sign.role === role).map(({ type }) => type);
  const guests = new Set([...byRole("guest"), ...(named ? [named] : [])]);
  if (named || [...guests].some((type) => CONTAINERS.has(type))) guests.add("container");
  const first = named && !seen.some(({ type }) => CONTAINERS.has(type)) ? guest(named, () => true) : seen[0];
  return {
    virtualization_type: first?.type ?? "NA",
    virtualization_role: first?.role ?? "NA",
    virtualization_tech_guest: [...guests],
    virtualization_tech_host: [...new Set(byRole("host"))],
  };
}
