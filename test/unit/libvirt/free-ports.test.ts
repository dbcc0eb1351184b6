import { describe, expect, it } from "vitest";
import { pickPorts } from "../../../src/libvirt/free-ports.js";

const RANGE = "32768\t60999\n";
// 61000 of TCP, 61002 of UDP over IPv6; the other side of the last line, 61003, is no port of this machine's.
const USED = `${RANGE}  sl  local_address rem_address   st tx_queue rx_queue tr
   0: 0100007F:EE48 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1
  12: 00000000000000000000000000000000:EE4A 00000000000000000000000000000000:0000 07 00000000:00000000
   1: 0200007F:8AAA 0100007F:EE4B 01 00000000:00000000 02:00000000 00000000     0        0 2 2
`;
/** How many there are outside of the kernel's own range. */
const QUIET = 32_768 - 20_000 + 65_536 - 61_000;

describe("pickPorts", () => {
  it("passes over what is in use", () => {
    const all = new Set(pickPorts(USED, QUIET - 2));
    expect(all.size).toBe(QUIET - 2);
    expect([61_000, 61_001, 61_002, 61_003].filter((port) => all.has(port))).toEqual([61_001, 61_003]);
  });

  it("keeps to ports that the kernel gives to no connection, and takes each once", () => {
    const ports = new Set(pickPorts(RANGE, QUIET - 1, new Set([20_000])));
    expect(ports.size).toBe(QUIET - 1);
    expect([...ports].filter((port) => port === 20_000 || (port >= 32_768 && port <= 60_999))).toEqual([]);
  });

  it.each([
    [0, 20_000],
    [0.999_999, 65_535],
  ])("draws: %d is %d, also where the kernel keeps all for itself", (random, port) => {
    expect(pickPorts("1024 65535\n", 1, new Set(), () => random)).toEqual([port]);
    expect(pickPorts(RANGE, 1, new Set(), () => random)).toEqual([port]);
  });
});
