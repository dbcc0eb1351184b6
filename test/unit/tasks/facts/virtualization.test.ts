import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { type MachineOutput, machineOutput } from "./machine-output.js";

const DMI = "/sys/devices/virtual/dmi/id/";

const virtualization = (output: MachineOutput) => {
  const facts = parseFacts(machineOutput(output));
  return [facts.virtualization_type, facts.virtualization_role];
};

describe("virtualization facts", () => {
  it.each<[string, MachineOutput, string, string]>([
    ["QEMU's firmware", { files: { [`${DMI}sys_vendor`]: "QEMU" } }, "kvm", "guest"],
    ["VMware's", { files: { [`${DMI}product_name`]: "VMware7,1" } }, "VMware", "guest"],
    ["VirtualBox's", { files: { [`${DMI}bios_vendor`]: "innotek GmbH" } }, "virtualbox", "guest"],
    [
      "a pSeries of QEMU's",
      { files: { "/proc/cpuinfo": "machine\t: CHRP IBM pSeries (emulated by qemu)" } },
      "kvm",
      "guest",
    ],
    ["a docker file", { exists: ["/.dockerenv"] }, "docker", "guest"],
    ["a control group", { files: { "/proc/1/cgroup": "0::/docker/0123abc" } }, "docker", "guest"],
    ["systemd's note", { files: { "/run/systemd/container": "systemd-nspawn" } }, "systemd-nspawn", "guest"],
    ["the first process's environment", { said: { container: "lxc" } }, "lxc", "guest"],
    ["a Xen guest", { files: { "/proc/xen/capabilities": "" }, exists: ["/proc/xen"] }, "xen", "guest"],
    [
      "a Xen host",
      { files: { "/proc/xen/capabilities": "control_d" }, exists: ["/proc/xen"] },
      "xen",
      "host",
    ],
    ["the module kvm", { exists: ["/sys/module/kvm/initstate"] }, "kvm", "host"],
    ["the device kvm", { exists: ["/dev/kvm"] }, "kvm", "host"],
    ["the module virtio", { exists: ["/sys/module/virtio/initstate"] }, "kvm", "guest"],
    ["no sign at all", {}, "NA", "NA"],
  ])("by %s", (_, output, type, role) => {
    expect(virtualization(output)).toEqual([type, role]);
  });

  it("name all that a guest is and can do besides", () => {
    const files = { [`${DMI}sys_vendor`]: "QEMU" };
    const facts = parseFacts(machineOutput({ files, exists: ["/.dockerenv", "/dev/kvm"] }));
    expect(facts.virtualization_type).toBe("docker");
    expect(facts.virtualization_tech_guest?.toSorted()).toEqual(["container", "docker", "kvm"]);
    expect(facts.virtualization_tech_host).toEqual(["kvm"]);
  });
});
