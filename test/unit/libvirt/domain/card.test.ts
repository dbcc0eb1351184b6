import { expect, test } from "vitest";
import { cardOf, loginCard, networkOf, ONLY_CARD } from "../../../../src/libvirt/domain/card.js";
import { macOf } from "../../../../src/libvirt/network.js";

const [VM, INSTANCE] = ["/pool/farm/vms/vm-0123", "/pool/farm/vms/vm-0123+b"];
const MAC = "52:54:00:aa:00:01";

test.each<[string, Parameters<typeof cardOf>[0], string, string]>([
  ["a user network has one guest, which always has the same card", { type: "user" }, VM, ONLY_CARD],
  ["also an instance", { type: "user" }, INSTANCE, ONLY_CARD],
  ["the user's choice", { type: "user", mac: MAC }, INSTANCE, MAC],
  ["on a network with others each has its own", { type: "bridge" }, VM, macOf(VM)],
  ["an instance another one", { type: "bridge" }, INSTANCE, macOf(INSTANCE)],
  ["the user's choice is the VM's", { type: "vde", mac: MAC }, VM, MAC],
  ["and not an instance's", { type: "vde", mac: MAC }, INSTANCE, macOf(INSTANCE)],
])("%s", (_, net, directory, card) => {
  expect(cardOf(net, directory)).toBe(card);
});

test("farm logs in by the card on the network of its own, where there is one", () => {
  expect(loginCard({ type: "vde", mac: MAC }, VM)).toBe(ONLY_CARD);
  expect(loginCard({ type: "bridge", mac: MAC }, VM)).toBe(MAC);
});

test("what only one of two can have is the VM's, not its instance's", () => {
  const net = {
    type: "network" as const,
    mac: MAC,
    ip: "10.0.0.2",
    forwards: [{ guest: 80, host: 8080, protocol: "tcp" as const, address: "127.0.0.1" }],
  };
  expect(networkOf(net, VM)).toEqual(net);
  expect(networkOf(net, INSTANCE)).toEqual({
    type: "network",
    mac: macOf(INSTANCE),
    forwards: [{ guest: 80, protocol: "tcp", address: "127.0.0.1" }],
  });
});
