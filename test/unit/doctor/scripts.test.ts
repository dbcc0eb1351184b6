import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { parseSystem, systemCommand } from "../../../src/doctor/examine-script.js";
import { parsePlaces, placesCommand } from "../../../src/doctor/places-script.js";
import type { Command } from "../../../src/transport/shell.js";

const output = ({ argv: [program, ...rest] }: Command) =>
  execFileSync(program, rest, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

test("the script's own answer is understood", () => {
  const system = parseSystem(output(systemCommand("#mark")), "#mark");
  expect(system).toMatchObject({ kernel: "Linux", uid: process.getuid?.() });
  expect(system?.programs.has("tar")).toBe(true);
  expect(Math.abs((system?.now ?? 0) * 1000 - Date.now())).toBeLessThan(60_000);
});

test("an answer that was cut off is none", () => {
  expect(parseSystem("\n#mark machine\nsystem=Linux\n", "#mark")).toBeUndefined();
  expect(parsePlaces("\n#mark pool\npath=/\n", "#mark")).toBeUndefined();
});

test("a pool that is not there is measured where it would be made; names are data", () => {
  const pool = "/tmp/no such $(directory)/images";
  const request = { pool, emulator: "", files: ["/bin/sh", "/no; file"] };
  const places = parsePlaces(output(placesCommand(request, "#mark")), "#mark");
  expect(places?.pool).toMatchObject({ path: pool, exists: "/tmp" });
  expect(places?.pool.freeBytes).toBeGreaterThan(0);
  expect([...(places?.readable ?? [])]).toEqual(["/bin/sh"]);
  expect(places?.userNetwork).toBe(false);
});

test("what an emulator can do for a network", () => {
  const said = (netdev: string) =>
    parsePlaces(`\n#m pool\npath=/p\nexists=/p\n\n#m netdev\n${netdev}\n\n#m end\n`, "#m")?.userNetwork;
  expect(said("Available netdev backend types:\nsocket\nuser\ntap")).toBe(true);
  expect(said("Available netdev backend types:\nsocket\nvhost-user")).toBe(false);
});
