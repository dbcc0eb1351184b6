import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { JSON_SCHEMAS } from "../../src/report/json-schemas.js";

const ROOT = join(import.meta.dirname, "../..");
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");
const names = Object.keys(JSON_SCHEMAS);

const judges = new Map<string, z.ZodType>();
/** Whether a YAML text is right by a schema. */
function isRight(name: string, yaml: string): boolean {
  const judge = judges.get(name) ?? z.fromJSONSchema(JSON.parse(text(`schemas/${name}`)));
  judges.set(name, judge);
  return judge.safeParse(parse(yaml, { logLevel: "silent" })).success;
}

test.each(names)("schemas/%s is what farm makes: `farm doc --schema NAME > schemas/NAME`", (name) => {
  expect(text(`schemas/${name}`)).toBe(`${JSON.stringify(JSON_SCHEMAS[name]?.(), undefined, 1)}\n`);
});

const below = (directory: string): string[] =>
  readdirSync(join(ROOT, directory), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => join(directory, file));

test.each([
  ...[...below("platforms"), ...below("targets")].map((file) => ["definition.json", file]),
  ...below("inventories").map((file) => ["inventory.json", file]),
  ...below("phases").map((file) => ["tasks.json", file]),
  ...["any", "debian", "system", "restarts"].map((name) => [
    "tasks.json",
    `test/fixtures/guests/${name}.yaml`,
  ]),
  ...readdirSync(join(ROOT, "test/fixtures/playbooks"))
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ["tasks.json", `test/fixtures/playbooks/${name}`]),
])("%s: %s is right", (schema = "", file = "") => {
  expect(isRight(schema, text(file))).toBe(true);
});

test.each([
  ["tasks.json", "- copy: { src: a, dest: b, mod: '0644' }"],
  ["tasks.json", "- block:\n    - copy: { dst: b }"],
  ["tasks.json", "a: 1"],
  ["definition.json", "vm: { vcpus: many }"],
  ["definition.json", "extend: debian"],
  ["definition.json", "vm: { net: { type: wifi } }"],
  ["inventory.json", "all: { host: {} }"],
  ["inventory.json", "all: { hosts: { localhost: { config: { list: [{ platform: a }] } } } }"],
])("%s: %j is wrong", (schema, yaml) => {
  expect(isRight(schema, yaml)).toBe(false);
});

test.each([
  ["tasks.json", "- copy: { src: '{{ a }}', dest: b, backup: '{{ c }}', mode: 0644 }"],
  ["tasks.json", "- ansible.builtin.copy: { src: a }\n- my_own: { a: 1 }\n- shell: make -j2"],
  ["definition.json", "vm: { vcpus: '{{ n }}', ram: '512', disks: { $append: [{ src: x }] } }"],
])("%s: %j is right", (schema, yaml) => {
  expect(isRight(schema, yaml)).toBe(true);
});
