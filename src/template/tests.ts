import { statSync } from "node:fs";
import type { Call, Filters } from "./filters/call.js";
import { flagsOf, pythonRegex } from "./filters/regex.js";
import { equal, isMapping, pythonText, truthy } from "./python.js";
import { versionHolds } from "./version.js";

/** A field of what a task registered. */
const field = (name: string) => (call: Call) => {
  if (!isMapping(call.value)) return call.fail("asks about the result of a task");
  return truthy(call.value[name] ?? false);
};
const failed = field("failed");
const succeeded = (call: Call) => !failed(call);

function regexTest(call: Call, wrap: (pattern: string) => string): boolean {
  const flags = flagsOf(call, call.arg(1, "ignorecase"), call.arg(2, "multiline"));
  return pythonRegex(call, wrap(call.text(0, "pattern")), flags).test(pythonText(call.value));
}

const match = (call: Call) => regexTest(call, (pattern) => `(?<![\\s\\S])(?:${pattern})`);
const search = (call: Call) => regexTest(call, (pattern) => pattern);

const within = (some: readonly unknown[], all: readonly unknown[]) =>
  some.every((item) => all.some((other) => equal(item, other)));
const subset = (call: Call) => within(call.list(), call.list(call.args[0]));
const superset = (call: Call) => within(call.list(call.args[0]), call.list());

function contains(call: Call): boolean {
  const [wanted = null] = call.args;
  if (typeof call.value === "string") return call.value.includes(pythonText(wanted));
  return call.list().some((item) => equal(item, wanted));
}

const version = (call: Call) =>
  versionHolds(
    pythonText(call.value),
    call.text(1, "operator", "eq"),
    call.text(0, "version"),
    call.text(3, "version_type", truthy(call.arg(2, "strict", false)) ? "strict" : "loose"),
  );

/** Whether something stands at a path of the machine that farm runs on. */
function onDisk(call: Call, wanted: "isFile" | "isDirectory" | "any"): boolean {
  const stat = statSync(pythonText(call.value), { throwIfNoEntry: false });
  return stat !== undefined && (wanted === "any" || stat[wanted]());
}

/** The tests that Ansible adds to Jinja's. */
export const TESTS: Filters = {
  match,
  search,
  regex: (call) => (call.kwargs["match_type"] === "match" ? match(call) : search(call)),
  succeeded,
  success: succeeded,
  successful: succeeded,
  failed,
  failure: failed,
  changed: field("changed"),
  change: field("changed"),
  skipped: field("skipped"),
  skip: field("skipped"),
  unreachable: field("unreachable"),
  version,
  version_compare: version,
  subset,
  issubset: subset,
  superset,
  issuperset: superset,
  contains,
  truthy: (call) => truthy(call.value),
  falsy: (call) => !truthy(call.value),
  any: (call) => call.list().some(truthy),
  all: (call) => call.list().every(truthy),
  file: (call) => onDisk(call, "isFile"),
  directory: (call) => onDisk(call, "isDirectory"),
  exists: (call) => onDisk(call, "any"),
  abs: (call) => pythonText(call.value).startsWith("/"),
};
