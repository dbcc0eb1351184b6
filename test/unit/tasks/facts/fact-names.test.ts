import { describe, expect, it } from "vitest";
import { factNames, interfaceKey, namesFact } from "../../../../src/tasks/facts/fact-names.js";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput, recorded } from "./machine-output.js";

describe("fact names", () => {
  it("are those of all facts with a fixed name", () => {
    const names = factNames();
    for (const name of ["ansible_distribution", "ansible_env", "ansible_default_ipv4", "ansible_date_time"])
      expect(names).toContain(name);
  });

  it.each([
    "ansible_eth0",
    "ansible_enp1s0",
    "ansible_lo",
    "ansible_br_lan",
    "ansible_wlan0",
    "ansible_virbr0",
  ])("may be an interface's: %s", (name) => {
    expect(namesFact(name)).toBe(true);
  });

  it.each([
    "ansible_host",
    "ansible_user",
    "ansible_port",
    "ansible_connection",
    "ansible_become_password",
    "ansible_ssh_private_key_file",
    "ansible_check_mode",
    "ansible_loop",
    "ansible_facts",
    "ansible_version",
    "ansible_playbook_python",
    "ansible_libvirt_uri",
    "eth0",
    "distribution",
  ])("are not %s", (name) => {
    expect(namesFact(name)).toBe(false);
  });

  it("turn what a variable's name cannot hold", () => {
    expect(interfaceKey("br-lan")).toBe("br_lan");
    expect(interfaceKey("eth0:1")).toBe("eth0_1");
    expect(interfaceKey("env")).toBeUndefined();
  });

  it("leave an interface without a fact of its own that would be a variable of farm's", () => {
    const facts = parseFacts(recorded("fedora"));
    expect(facts.interfaces).toContain("host");
    expect(facts).not.toHaveProperty("host");
    expect(facts).toHaveProperty("enp1s0");
  });

  it("keep an interface from replacing another fact", () => {
    const files = { "/sys/class/net/uptime_seconds/mtu": "1\n", "/proc/uptime": "7.5 1.0\n" };
    expect(parseFacts(machineOutput({ files })).uptime_seconds).toBe(7);
  });
});
