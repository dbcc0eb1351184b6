import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { namesFact } from "../../../../src/tasks/facts/fact-names.js";
import { parseFacts } from "../../../../src/tasks/facts/parse-facts.js";
import { machineOutput, RECORDED, recorded } from "./machine-output.js";

describe("parseFacts", () => {
  it("reads what Debian 12 says", () => {
    expect(parseFacts(recorded("debian"))).toMatchObject({
      system: "Linux",
      kernel: "6.1.0-56-cloud-amd64",
      kernel_version: "#1 SMP PREEMPT_DYNAMIC Debian 6.1.192-2 (2026-11-16)",
      architecture: "x86_64",
      userspace_bits: "64",
      userspace_architecture: "x86_64",
      hostname: "localhost",
      fqdn: "localhost",
      domain: "",
      is_chroot: false,
      distribution_version: "12.15",
      pkg_mgr: "apt",
      service_mgr: "systemd",
      user_id: "root",
      user_uid: 0,
      memtotal_mb: 720,
      swaptotal_mb: 0,
      processor_vcpus: 2,
      virtualization_type: "kvm",
      virtualization_role: "guest",
      system_vendor: "QEMU",
      product_serial: "NA",
      apparmor: { status: "enabled" },
      selinux: { status: "disabled" },
      ssh_host_key_ed25519_public_keytype: "ssh-ed25519",
      date_time: { iso8601_micro: "2026-11-23T21:34:35.400873Z", tz: "UTC", tz_dst: "UTC" },
      mounts: [{ mount: "/", device: "/dev/vda1", fstype: "ext4", size_available: 1_536_479_232 }],
      eth0: { active: true, type: "ether", mtu: 1500, ipv4: { address: "10.0.2.15", prefix: "24" } },
    });
  });

  it("reads what a guest with nothing but busybox says", () => {
    const facts = parseFacts(recorded("tiny"));
    expect(facts).toMatchObject({
      hostname: "tiny",
      os_family: "OtherLinux",
      pkg_mgr: "unknown",
      user_shell: "/bin/sh",
      memtotal_mb: 217,
      default_ipv4: { address: "10.0.2.15", gateway: "10.0.2.2", netmask: "255.255.255.0", broadcast: "" },
      default_ipv6: { address: "fec0::5054:ff:fe12:3456", gateway: "fe80::2", scope: "site" },
      date_time: { iso8601_micro: "2026-11-23T21:34:35.000000Z" },
      env: { USER: "root", HOME: "/root" },
    });
    expect(facts).not.toHaveProperty("machine_id");
  });

  it.each([
    ["tiny-arm64", "aarch64", ["0", "1"]],
    ["tiny-ppc64le", "ppc64le", ["0", "POWER9 (architected), altivec supported", "1"]],
  ])("reads what %s says", (name, architecture, processor) => {
    const facts = parseFacts(recorded(name));
    expect(facts).toMatchObject({ architecture, userspace_bits: "64", virtualization_type: "kvm" });
    expect(facts).toMatchObject({ processor_count: 2, processor_cores: 1, processor_vcpus: 2 });
    expect(facts.processor?.slice(0, 3)).toEqual(processor);
  });

  it("reads what Alpine says, with OpenRC and a hosts file", () => {
    expect(parseFacts(recorded("alpine"))).toMatchObject({
      distribution: "Alpine",
      distribution_version: "3.19.0",
      os_family: "Alpine",
      pkg_mgr: "apk",
      service_mgr: "openrc",
      nodename: "alpine",
      fqdn: "alpine.lab.example",
      domain: "lab.example",
      date_time: { iso8601: "2024-01-01T10:04:05Z", hour: "11", weeknumber: "01", tz: "CET", tz_dst: "CEST" },
      env: { NOTE: "it's two\nlines, and @uname\n@files\nis one of none", PS1: "\\h:\\w\\$ " },
    });
  });

  it("reads what Arch Linux says to a user", () => {
    const facts = parseFacts(recorded("arch"));
    expect(facts).toMatchObject({
      distribution: "Archlinux",
      pkg_mgr: "pacman",
      service_mgr: "systemd",
      user_id: "builder",
      user_uid: 1000,
      user_gid: 1000,
      user_gecos: "The Builder",
      user_dir: "/home/builder",
      real_user_id: 1000,
      effective_user_id: 1000,
    });
    expect(facts.env).toMatchObject({ PRICE: '5 $ "net"', TABBED: "a\tb\nc" });
    expect(facts.env).not.toHaveProperty("OLDPWD");
    expect(facts.mounts?.map(({ mount, options }) => [mount, options.split(",").at(-1)])).toEqual([
      ["/", "bind"],
      ["/efi", "fmask=0022"],
      ["/srv/two words", "bind"],
      ["/mnt/share", "vers=4.2"],
    ]);
    expect(facts.mounts?.at(-1)).not.toHaveProperty("size_total");
  });

  it("reads what Fedora says, with a kernel that names its machine by uname only", () => {
    expect(parseFacts(recorded("fedora"))).toMatchObject({
      nodename: "fedora.lab.example",
      hostname: "fedora",
      domain: "lab.example",
      kernel: "5.19.16-200.fc36.x86_64",
      kernel_version: "#1 SMP PREEMPT_DYNAMIC Sun Oct 16 22:50:04 UTC 2022",
      os_family: "RedHat",
      pkg_mgr: "dnf",
      selinux: { status: "enabled", mode: "enforcing", config_mode: "permissive", type: "targeted" },
      date_time: { iso8601: "2023-07-01T00:00:00Z", date: "2023-06-30", time: "20:00:00", tz_dst: "EDT" },
    });
  });

  it.each(RECORDED)("has names for all that %s tells", (name) => {
    const keys = Object.keys(parseFacts(recorded(name)));
    expect(keys.filter((key) => !namesFact(`ansible_${key}`))).toEqual([]);
  });

  it("skips what a machine says before the script begins", () => {
    const greeted = parseFacts(`Welcome!\nexport HOME='/'\n${recorded("tiny")}`);
    expect(greeted).toEqual(parseFacts(recorded("tiny")));
  });

  it("knows nothing of a machine that says nothing", () => {
    expect(parseFacts("")).toEqual({});
    expect(parseFacts("sh: not found\n")).toEqual({});
  });
});

describe("parseFacts of garbage", () => {
  const line = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(...RECORDED.flatMap((name) => recorded(name).split("\n"))),
  );

  it("never throws", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), (lines) => {
        expect(parseFacts(`@files\n${lines.join("\n")}`)).toBeTypeOf("object");
      }),
    );
  });

  it("never throws when a recorded output is cut or spoilt anywhere", () => {
    fc.assert(
      fc.property(fc.constantFrom(...RECORDED), fc.nat(), fc.string({ unit: "binary" }), (name, at, more) => {
        const text = recorded(name);
        const cut = at % text.length;
        expect(parseFacts(text.slice(0, cut) + more)).toBeTypeOf("object");
        expect(parseFacts(text.slice(0, cut) + more + text.slice(cut + more.length))).toBeTypeOf("object");
      }),
    );
  });

  it("keeps a guest from making a fact of `__proto__`", () => {
    const said = { ip: "1: __proto__: <UP>\n    inet 10.0.0.1/8 scope global __proto__\n" };
    const facts = parseFacts(machineOutput({ said, files: { "/proc/cmdline": "__proto__=x\n" } }));
    expect(Object.getPrototypeOf(facts)).toBe(Object.prototype);
    expect(Object.entries(facts.cmdline ?? {})).toEqual([["__proto__", "x"]]);
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("takes no more interfaces, addresses and output than anyone looks at", () => {
    const many = Array.from(
      { length: 20_000 },
      (_, n) => `${n}: veth${n}: <UP>\n    inet 10.0.0.1/8 veth${n}`,
    );
    const facts = parseFacts(machineOutput({ said: { ip: many.join("\n") } }));
    expect(facts.all_ipv4_addresses).toHaveLength(4096);
    const files = { "/etc/hosts": `${"127.0.0.1 x\n".repeat(1_000_000)}`, "/proc/uptime": "5.0 1\n" };
    expect(parseFacts(machineOutput({ files })).uptime_seconds).toBeUndefined();
  });
});
