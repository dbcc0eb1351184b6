import { describe, expect, it } from "vitest";
import { systemClock } from "../../../../src/clock.js";
import type { FarmEvent } from "../../../../src/events.js";
import { LibvirtDriver } from "../../../../src/libvirt/driver.js";
import { GuestDomain, type VmParts } from "../../../../src/provision/guest/guest-domain.js";
import { GuestNetwork } from "../../../../src/provision/guest/guest-network.js";
import { stepsOf } from "../../../../src/provision/steps.js";
import { vmDirectory } from "../../../../src/provision/vm-directory.js";
import type { Command } from "../../../../src/transport/shell.js";
import { type ScriptedStep, scriptedShell } from "../../../fakes/scripted-shell.js";
import { definition } from "../../libvirt/domain-input.js";
import { manifest } from "../../restore/manifests.js";

const ASK: ScriptedStep = [/ip_local_port_range/, "32768 60999\n"];
const DEFINE = /^sh -c cat \| virsh .* define --validate/;
const START = /^virsh .* start --domain/;
const ADD = / hostfwd_add hostnet0 tcp:127\.0\.0\.1:0-:22$/;
const LISTED = "  TCP[HOST_FORWARD]  11  127.0.0.1 40022  10.0.2.15  22  0 0\n";
// libvirt 11.3's words, with what passt said.
const BROKEN = {
  code: 1,
  stderr: `error: Failed to start domain 'x'
error: internal error: Child process (passt --one-off --socket /run/x.socket) unexpected exit status 1: Couldn't create user namespace: Operation not permitted`,
};

/** A VM's domain that was not started yet. @param backend that the user asked for */
function domainOf(steps: ScriptedStep[], net: Record<string, unknown>, backend?: string) {
  const shell = scriptedShell(steps, { name: "nb" });
  const events: FarmEvent[] = [];
  const run = { emit: (event: FarmEvent) => events.push(event), clock: systemClock, project: "p", run: "r" };
  const vm = {
    ...{ name: "x", hypervisor: "nb", definition: definition({ name: "x", net }) },
    blueprint: { requirements: () => ({ net: { type: "user", backend } }) },
  };
  const state = { name: "nb", emulators: { x86_64: "/usr/bin/qemu" } };
  const libvirt = new LibvirtDriver(shell, { uri: "qemu:///session" });
  const parts = {
    ...{ vm, run, pool: "/pool", directory: vmDirectory("/pool", "x"), points: { access: () => ({}) } },
    hypervisor: { name: "nb", shell, state, libvirt: () => libvirt },
  } as unknown as VmParts;
  const all = { ...parts, net: parts.vm.definition.net, steps: stepsOf(parts.vm, parts.run) };
  const network = new GuestNetwork(all.vm, all.hypervisor, all.run, all.steps, all.directory, all.pool);
  return { domain: new GuestDomain(all, network), network, shell, events };
}

async function start(...of: Parameters<typeof domainOf>) {
  const { domain, network, shell, events } = domainOf(...of);
  await domain.start([]);
  shell.done();
  const xml = shell.commands.filter(({ argv }) => DEFINE.test(argv.join(" "))).map(textOf);
  const warnings = events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { xml, warnings, network, events };
}

const textOf = ({ stdin }: Command): string => String(stdin);
const stop = new AbortController().signal;

describe("a domain on passt", () => {
  it("is started with all of its ports, and asked for none", async () => {
    const steps: ScriptedStep[] = [ASK, [DEFINE, ""], [START, ""]];
    const { xml, network, events } = await start(steps, { type: "user", backend: "passt", forwards: [80] });
    const ports = [...(xml[0] ?? "").matchAll(/start="(\d+)" to="(\d+)"/g)].map(([, host, guest]) => [
      guest,
      host,
    ]);
    const [[, ssh] = [], [, web] = []] = ports;
    expect(ports.map(([guest]) => guest)).toEqual(["22", "80"]);
    expect(await network.locate(stop)).toEqual({ host: "127.0.0.1", port: Number(ssh) });
    expect(network.forwards.map(({ guest, host }) => [guest, host])).toEqual([[80, Number(web)]]);
    expect(events).toContainEqual(expect.objectContaining({ type: "forwarded", forwards: network.forwards }));
  });

  it("is on QEMU's own network where passt does not start and nobody asked for it", async () => {
    const steps: ScriptedStep[] = [
      ...([ASK, [DEFINE, ""], [START, BROKEN]] as const),
      ...([
        [DEFINE, ""],
        [START, ""],
        [ADD, LISTED],
      ] as const),
    ];
    const { xml, warnings, network } = await start(steps, { type: "user", backend: "passt" });
    expect(xml.map((each) => /passt/.test(each))).toEqual([true, false]);
    expect(warnings).toEqual([
      expect.stringMatching(/^passt does not start there.*Couldn't create user namespace/),
    ]);
    expect(await network.locate(stop)).toEqual({ host: "127.0.0.1", port: 40_022 });
  });

  it("is an error where the user asked for passt", async () => {
    const net = { type: "user", backend: "passt" };
    await expect(start([ASK, [DEFINE, ""], [START, BROKEN]], net, "passt")).rejects.toMatchObject({
      kind: "passt",
      hint: "`backend: default` in `net` is QEMU's own user network",
    });
  });
});

const CREATE = /^sh -c cat \| virsh .* create --validate --paused/;
const GONE = { code: 1, stderr: "error: failed to get domain 'x'" };
const RESTORE = /virsh .* restore /;
const SAVED = `<domain type="qemu"><name>x</name><metadata><farm:domain xmlns:farm="f"></farm:domain></metadata>
<devices><disk><source file="/pool/farm/vms/x/disk-0.qcow2"/></disk><interface type="user"/></devices></domain>`;

/** Goes on with what was saved without passt. */
async function resume(...of: Parameters<typeof domainOf>) {
  const { domain, shell } = domainOf(...of);
  const uuid = "0b7ef6b3-7d55-4b0f-8a2e-33d6f7a1c001";
  const point = manifest({ domain: { name: "x", uuid, directory: "/pool/farm/vms/x" } });
  await domain.resume(point, SAVED);
  shell.done();
  return domain.uuid === uuid;
}

describe("a guest that was saved on QEMU's own network where passt did not start", () => {
  const net = { type: "user", backend: "passt" };

  it("boots on passt as soon as that starts", async () => {
    let shown = "";
    const steps: ScriptedStep[] = [
      ASK,
      [
        CREATE,
        (command) => {
          expect(textOf(command)).toMatch(/<backend type="passt"\/>/);
          expect(textOf(command)).not.toContain("<disk");
          shown = textOf(command).replace("<domain ", '<domain id="1" ');
          return "";
        },
      ],
      [/ dumpxml /, () => shown],
      [/ destroy /, ""],
      [/ undefine /, GONE],
    ];
    await expect(resume(steps, net)).rejects.toThrow(
      "it is on QEMU's own user network, and by now passt starts there",
    );
  });

  it("goes on as it is for as long as passt does not start", async () => {
    const steps: ScriptedStep[] = [
      ...([ASK, [CREATE, BROKEN]] as const),
      ...([
        [/ dumpxml /, GONE],
        [RESTORE, ""],
        [ADD, LISTED],
      ] as const),
    ];
    expect(await resume(steps, net)).toBe(true);
  });

  it("boots where the user asks for passt, and goes on where he asks for QEMU's own", async () => {
    await expect(resume([], net, "passt")).rejects.toThrow("and passt is wanted");
    const steps: ScriptedStep[] = [
      [RESTORE, ""],
      [ADD, LISTED],
    ];
    expect(await resume(steps, { type: "user", backend: "default" }, "default")).toBe(true);
  });
});
