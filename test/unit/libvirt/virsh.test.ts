import { describe, expect, it } from "vitest";
import * as virsh from "../../../src/libvirt/virsh.js";

const UUID = "11111111-1111-4111-8111-111111111111";
const to = { uri: "qemu:///session", env: { XDG_RUNTIME_DIR: "/run/user/1000" } };

describe("commands", () => {
  it.each([
    [virsh.startDomain(to, UUID), `start --domain ${UUID}`, undefined],
    [virsh.shutdownDomain(to, UUID), `shutdown --domain ${UUID}`, undefined],
    [virsh.destroyDomain(to, UUID), `destroy --domain ${UUID}`, undefined],
    [
      virsh.undefineDomain(to, UUID),
      `undefine --domain ${UUID} --nvram --managed-save --snapshots-metadata`,
      undefined,
    ],
    [virsh.dumpDomain(to, UUID), `dumpxml --domain ${UUID}`, true],
    [virsh.domainState(to, UUID), `domstate --reason --domain ${UUID}`, true],
    [virsh.userForwards(to, UUID), `qemu-monitor-command --domain ${UUID} --hmp --cmd info usernet`, true],
  ])("%#", (command, line, readOnly) => {
    expect(command.argv.join(" ")).toBe(`virsh -q -c qemu:///session ${line}`);
    expect(command.readOnly).toBe(readOnly);
    expect(command.env).toEqual({ LC_ALL: "C", XDG_RUNTIME_DIR: "/run/user/1000" });
    expect(command.timeoutMs).toBeGreaterThan(0);
  });

  it.each([
    [{ guest: 22, protocol: "tcp", address: "127.0.0.1" }, "tcp:127.0.0.1:0-:22"],
    [{ guest: 53, host: 5353, protocol: "udp", address: "0.0.0.0" }, "udp:0.0.0.0:5353-:53"],
  ] as const)("forwards %j", (wanted, rule) => {
    const { argv } = virsh.addForward(to, UUID, wanted);
    expect(argv.slice(-3)).toEqual(["qemu:///session", UUID, `hostfwd_add hostnet0 ${rule}`]);
  });

  it("gives the XML by stdin, never in argv", () => {
    const command = virsh.defineDomain(to, "<domain/>");
    expect(command.stdin).toBe("<domain/>");
    expect(command.argv.join(" ")).not.toContain("<domain");
    expect(command.argv.join(" ")).toContain("--validate");
  });
});

describe("parsers", () => {
  const USERNET = `Hub -1 (hostnet0):
  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ
  TCP[ESTABLISHED]   15       127.0.0.1 39999       10.0.2.15    22     0     0
  UDP[236 sec]       16       10.0.2.15 53000        10.0.2.3    53     0     0
  TCP[HOST_FORWARD]  14       127.0.0.1 40713       10.0.2.15  8022     0     0
  TCP[HOST_FORWARD]  13       127.0.0.1 46241       10.0.2.15    22     0     0
  UDP[HOST_FORWARD]  12               *  5353       10.0.2.15    53     0     0
  TCP[HOST_FORWARD]  11       127.0.0.1  8080       10.0.2.15    80     0     0
  TCP[HOST_FORWARD]  10       127.0.0.1  8081       10.0.2.15    80     0     0

`;
  it.each<[Partial<virsh.WantedForward>, number | undefined]>([
    [{ guest: 22 }, 46241],
    [{ guest: 8022 }, 40713],
    [{ guest: 23 }, undefined],
    [{ guest: 22, protocol: "udp" }, undefined],
    [{ guest: 22, address: "10.0.0.1" }, undefined],
    [{ guest: 53, protocol: "udp", address: "0.0.0.0" }, 5353],
    [{ guest: 80, host: 8081 }, 8081],
    [{ guest: 80, host: 8082 }, undefined],
  ])("finds the forward %j", (wanted, hostPort) => {
    const forward = { guest: 22, protocol: "tcp", address: "127.0.0.1", ...wanted } as const;
    expect(virsh.parseForward(USERNET, forward)).toBe(hostPort);
  });

  it("takes silence of the monitor for consent", () => {
    expect(virsh.monitorComplaint("\r\n")).toBeUndefined();
    expect(virsh.monitorComplaint(USERNET)).toBeUndefined();
    expect(virsh.monitorComplaint("unrecognized netdev id 'hostnet1'\n\n")).toMatch(/unrecognized/);
  });

  it.each([
    ["running (booted)\n\n", "running", false],
    ["paused (user)\n", "paused", false],
    ["paused (I/O error)\n", "paused (I/O error)", false],
    ["shut off (destroyed)\n", "shut off", true],
    ["shut off\n", "shut off", true],
    ["crashed (panicked)\n", "crashed", true],
    ["in shutdown\n", "in shutdown", false],
    ["läuft\n", "unknown", false],
  ] as const)("state %j", (stdout, state, off) => {
    expect(virsh.parseState(stdout)).toBe(state);
    expect(virsh.isOff(virsh.parseState(stdout))).toBe(off);
  });

  it("takes descriptions of domains apart", () => {
    const one = "<domain type='qemu'>\n  <name>a &lt;domain </name>\n</domain>";
    const two = "<domain type='kvm' id='1' xmlns:qemu='x'>\n  <name>b</name>\n</domain>";
    expect(virsh.parseDomains(`${one}\n\n${two}\n\n`)).toEqual([one, two]);
    expect(virsh.parseDomains("")).toEqual([]);
  });
});
