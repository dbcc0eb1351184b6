import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isoImage } from "../../../src/images/seed/iso9660.js";

const files = {
  "user-data": `#cloud-config\n${"# long\n".repeat(1000)}`,
  "meta-data": "instance-id: é\n",
  "network-config": "",
};

let directory = "";
let image = "";
const run = (program: string, ...argv: string[]): string =>
  execFileSync(program, argv, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "farm-seed-"));
  image = join(directory, "seed.iso");
  writeFileSync(image, isoImage("cidata", files));
});
afterAll(() => rmSync(directory, { recursive: true }));

test("blkid, by which cloud-init finds it, says iso9660 and cidata", () => {
  const said = run("/sbin/blkid", "-p", "-o", "export", image).split("\n");
  expect(said).toEqual(expect.arrayContaining(["LABEL=cidata", "TYPE=iso9660"]));
});

test("xorriso reads exact names and contents through Rock Ridge", () => {
  const out = join(directory, "out");
  run("xorriso", "-osirrox", "on", "-indev", image, "-extract", "/", out);
  for (const [name, content] of Object.entries(files))
    expect(readFileSync(join(out, name), "utf8")).toBe(content);
});

test.each([
  ["Rock Ridge", "-R"],
  ["Joliet", "-J"],
])("isoinfo lists exact names by %s", (_name, option) => {
  const names = run("isoinfo", option, "-f", "-i", image).trim().split("\n").sort();
  expect(names.map((name) => name.replace(/;1$/, ""))).toEqual([
    "/meta-data",
    "/network-config",
    "/user-data",
  ]);
  expect(run("isoinfo", option, "-x", names[0] ?? "", "-i", image)).toBe(files["meta-data"]);
});
