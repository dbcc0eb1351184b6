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

/** Starts a VM's domain. @param backend that the user asked for */
async function start(steps: ScriptedStep[], net: Record<string, unknown>, backend?: string) {
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
  const domain = new GuestDomain(all, network);
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
