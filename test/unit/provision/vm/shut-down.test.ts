import { expect, test } from "vitest";
import { systemClock } from "../../../../src/clock.js";
import { HypervisorError } from "../../../../src/errors.js";
import type { FarmEvent } from "../../../../src/events.js";
import { LibvirtDriver } from "../../../../src/libvirt/driver.js";
import type { VmParts } from "../../../../src/provision/guest/guest-domain.js";
import { stepsOf } from "../../../../src/provision/steps.js";
import { saveConsole } from "../../../../src/provision/vm/shut-down.js";
import { VirtualMachine } from "../../../../src/provision/vm/virtual-machine.js";
import { vmDirectory } from "../../../../src/provision/vm-directory.js";
import { type ScriptedStep, scriptedShell } from "../../../fakes/scripted-shell.js";
import { definition } from "../../libvirt/domain-input.js";

/** A VM on a switch that was not started yet. @param fails why no log can be written here */
function machineOf(script: readonly ScriptedStep[], fails?: string) {
  const shell = scriptedShell(script, { name: "nb" });
  const events: FarmEvent[] = [];
  const saveLog = async () => {
    if (fails !== undefined) throw new Error(fails);
  };
  const run = {
    ...{
      emit: (event: FarmEvent) => events.push(event),
      saveLog,
      clock: systemClock,
      project: "p",
      run: "r",
    },
  };
  const vm = {
    ...{ name: "x", hypervisor: "nb", definition: definition({ name: "x", net: { type: "vde" } }) },
    blueprint: { settings: {} },
  };
  const libvirt = new LibvirtDriver(shell, { uri: "qemu:///session" });
  const parts = {
    ...{ vm, net: vm.definition.net, run, pool: "/pool", directory: vmDirectory("/pool", "x") },
    hypervisor: { name: "nb", shell, libvirt: () => libvirt },
  } as unknown as VmParts;
  const machine = new VirtualMachine({ ...parts, steps: stepsOf(parts.vm, parts.run) });
  const warnings = () => events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  return { machine, shell, warnings };
}

const LEAVE = /farm-vde/;
const REMOVE = "rm -rf -- /pool/farm/vms/x";
const TAIL = /^tail /;

test("a console that cannot be read nor written down is a warning each", async () => {
  const { machine, warnings } = machineOf(
    [[TAIL, new HypervisorError("no answer")]],
    "ENOSPC: no space left",
  );
  await saveConsole(machine, 1);
  expect(warnings()).toEqual([
    "no console log: no answer",
    "no console log: internal error: ENOSPC: no space left",
  ]);
});

const fails = () => Promise.reject(new HypervisorError("the guest cannot be left"));

test("of a removal that fails, and of what was done meanwhile, both are told", async () => {
  const { machine, shell, warnings } = machineOf([[LEAVE, { code: 1, stderr: "busy" }]]);
  await expect(machine.remove(fails)).rejects.toThrow(/cannot have the VDE switch .* busy/);
  expect(warnings()).toEqual(["the guest cannot be left"]);
  shell.done();
});

test("a removal goes on to its end when what was done meanwhile fails", async () => {
  const steps: ScriptedStep[] = [
    [LEAVE, ""],
    [REMOVE, ""],
  ];
  const { machine, shell, warnings } = machineOf(steps);
  await expect(machine.remove(fails)).rejects.toThrow("the guest cannot be left");
  expect(warnings()).toEqual([]);
  shell.done();
});
