import { describe, expect, it } from "vitest";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput } from "./machine-output.js";

const DEBIAN = { "/etc/os-release": "ID=debian\nVERSION_ID=12\n" };
const rpm = (id: string, version: string) => ({ "/etc/os-release": `ID=${id}\nVERSION_ID=${version}\n` });

describe("pkg_mgr", () => {
  it.each([
    ["Debian", DEBIAN, ["/usr/bin/apt-get"], "apt"],
    ["Debian with dnf installed", DEBIAN, ["/usr/bin/dnf", "/usr/bin/apt-get", "/usr/bin/zypper"], "apt"],
    ["Arch Linux", rpm("arch", ""), ["/usr/bin/pacman"], "pacman"],
    ["Alpine", rpm("alpine", "3"), ["/sbin/apk"], "apk"],
    ["openSUSE", rpm("opensuse-leap", "15.5"), ["/usr/bin/zypper"], "zypper"],
    ["Fedora 40", rpm("fedora", "40"), ["/usr/bin/yum", "/usr/bin/dnf"], "dnf"],
    ["Fedora 22", rpm("fedora", "22"), ["/usr/bin/yum", "/usr/bin/dnf"], "yum"],
    ["CentOS 7", rpm("centos", "7"), ["/usr/bin/yum", "/usr/bin/dnf"], "yum"],
    ["Rocky 9", rpm("rocky", "9.3"), ["/usr/bin/yum", "/usr/bin/dnf"], "dnf"],
    ["Amazon Linux 2", rpm("amzn", "2"), ["/usr/bin/yum"], "yum"],
    ["Amazon Linux 2023", rpm("amzn", "2023"), ["/usr/bin/dnf"], "dnf"],
    ["Fedora CoreOS", rpm("fedora", "39"), ["/usr/bin/rpm-ostree", "/run/ostree-booted"], "atomic_container"],
    ["ALT", rpm("altlinux", "10"), ["/usr/bin/apt-get"], "apt_rpm"],
    ["Gentoo", rpm("gentoo", "2.14"), ["/usr/bin/emerge"], "portage"],
    ["Void", rpm("void", ""), ["/usr/bin/xbps-install"], "xbps"],
    ["nothing known", {}, [], "unknown"],
  ])("on %s", (_, files, exists, expected) => {
    expect(parseFacts(machineOutput({ files, exists })).pkg_mgr).toBe(expected);
  });
});

describe("service_mgr", () => {
  const of = (comm: string, programs: string[] = [], exists: string[] = []) =>
    parseFacts(
      machineOutput({ files: { "/proc/1/comm": comm }, exists, said: { programs: programs.join("\n") } }),
    ).service_mgr;

  it.each([
    ["systemd", "systemd"],
    ["runit-init", "runit"],
    ["procd", "openwrt_init"],
    ["openrc-init", "openrc"],
    ["s6-svscan", "s6-svscan"],
  ])("is what process 1 is called, or stands for: %s", (comm, expected) => {
    expect(of(comm)).toBe(expected);
  });

  it.each([
    ["init", ["systemctl"], ["/run/systemd/system", "/etc/init.d"], "systemd"],
    ["init", ["systemctl"], ["/sbin/openrc", "/etc/init.d"], "openrc"],
    ["init", ["initctl"], ["/etc/init", "/etc/init.d"], "upstart"],
    ["bash", ["systemctl", "init-is-systemd"], ["/etc/init.d"], "systemd"],
    ["init", ["systemctl"], ["/etc/init.d"], "sysvinit"],
    ["", [], ["/etc/init.d"], "sysvinit"],
    ["init", [], [], "service"],
  ])("is found by other signs where process 1 is '%s' (%j, %j)", (comm, programs, exists, expected) => {
    expect(of(comm, programs, exists)).toBe(expected);
  });
});
