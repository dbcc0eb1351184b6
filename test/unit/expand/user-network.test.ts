import { describe, expect, it } from "vitest";
import type { GuestOffer, HypervisorState } from "../../../src/dispatch/model.js";
import { lackOf } from "../../../src/expand/machine-lack.js";
import { withUserNetwork } from "../../../src/expand/user-network.js";
import { definition } from "../libvirt/domain-input.js";

const THERE = { usable: true } as const;
const OLD = { usable: false, reason: "it needs libvirt 9.2.0, and this is 9.0.0" } as const;
type Passt = NonNullable<HypervisorState["passt"]>;

/** A hypervisor whose libvirt tells that of user networks. */
const state = (passt: Passt | undefined, netBackends: readonly string[] = []) => {
  const offer: GuestOffer = {
    ...{ emulator: undefined, machine: undefined, cpuModes: [], cpuModels: [], firmware: [], loaders: [] },
    netBackends,
  };
  return { ...(passt && { passt }), offer: () => offer };
};

describe("withUserNetwork", () => {
  it.each<[string, Record<string, unknown>, ReturnType<typeof state>, string | undefined]>([
    ["where it is there", { type: "user" }, state(THERE), "passt"],
    ["where libvirt tells of it", { type: "user" }, state(THERE, ["default", "passt"]), "passt"],
    ["beside a switch too", { type: "vde" }, state(THERE), "passt"],
    ["but not for an emulator without", { type: "user" }, state(THERE, ["default"]), undefined],
    ["nor where it is too old", { type: "user" }, state(OLD), undefined],
    ["nor where nobody asked", { type: "user" }, state(undefined), undefined],
    ["nor on another network", { type: "bridge", source: "br0" }, state(THERE), undefined],
    ["nor against the user's word", { type: "user", backend: "default" }, state(THERE), "default"],
    ["and by his word", { type: "user", backend: "passt" }, state(OLD), "passt"],
  ])("takes passt %s", (_, net, hypervisor, expected) => {
    expect(withUserNetwork(definition({ net }), hypervisor).net.backend).toBe(expected);
  });
});

describe("lackOf", () => {
  const lack = (
    net: { backend?: "passt" | "default"; type?: "network" },
    hypervisor: ReturnType<typeof state>,
  ) => lackOf({ arch: "x86_64", vcpus: 1, ramMiB: 1, net: { type: "user", ...net } }, "qemu", hypervisor);

  it.each<[Parameters<typeof lack>, string | undefined]>([
    [[{}, state(OLD)], undefined],
    [[{ backend: "passt" }, state(THERE)], undefined],
    [[{ backend: "passt" }, state(OLD)], "no passt: it needs libvirt 9.2.0, and this is 9.0.0"],
    [[{ backend: "passt" }, state(undefined)], "no passt: libvirt did not say what it is"],
    [[{ backend: "passt" }, state(THERE, ["default"])], "no passt: libvirt has none for x86_64"],
    [[{ backend: "default" }, state(THERE, ["default", "passt"])], undefined],
    [
      [{ backend: "default" }, state(THERE, ["passt"])],
      "QEMU for x86_64 has no user network of its own (slirp)",
    ],
    [[{}, state(THERE, ["passt"])], undefined],
    [
      [{}, state({ usable: false, reason: "the program passt is not installed" }, ["passt"])],
      "no user network for x86_64: QEMU has none of its own (slirp), nor passt: the program passt is not installed",
    ],
    [[{ type: "network", backend: "passt" }, state(OLD)], undefined],
  ])("says what is missing: %j", ([net, hypervisor], expected) => {
    expect(lack(net, hypervisor)).toBe(expected);
  });
});
