import { lstatSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Call, Filters } from "./filters/call.js";
import { flagsOf, pythonRegex } from "./filters/regex.js";
import { convertBool } from "./filters/text.js";
import { equal, isMapping, pythonText, truthy } from "./python.js";
import { versionHolds } from "./version.js";

/** A field of what a task registered. */
const field = (name: string) => (call: Call) => {
  if (!isMapping(call.value)) return call.fail("asks about the result of a task");
  return truthy(call.value[name] ?? false);
};
const failed = field("failed");
const succeeded = (call: Call) => !failed(call);

function regexTest(call: Call, kind: "search" | "match" | "fullmatch"): boolean {
  const flags = flagsOf(call, call.arg(1, "ignorecase"), call.arg(2, "multiline"));
  // A sticky expression matches at the beginning only.
  const sticky = kind === "search" ? flags : `${flags}y`;
  return pythonRegex(call, call.text(0, "pattern"), sticky, kind === "fullmatch").test(
    pythonText(call.value),
  );
}

const match = (call: Call) => regexTest(call, "match");
const search = (call: Call) => regexTest(call, "search");

function regex(call: Call): boolean {
  const kind = pythonText(call.kwargs["match_type"] ?? "search");
  if (kind !== "search" && kind !== "match" && kind !== "fullmatch")
    return call.fail(`takes match_type: search, match, fullmatch; not '${kind}'`);
  return regexTest(call, kind);
}

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

const judged = (call: Call): boolean =>
  truthy(truthy(call.arg(0, "convert_bool", false)) ? convertBool(call.value) : call.value);

/** Whether an address is of the schemes, and has a scheme and a host when it is an URL. As with Ansible any text is an URI. */
function isAddress(call: Call, needsHost: boolean): boolean {
  const [, scheme, host] = /^([a-z][a-z\d+.-]*):(?:\/\/([^/?#]+))?/i.exec(pythonText(call.value)) ?? [];
  const wanted = call.arg(0, "schemes");
  const known = wanted === null || call.list(wanted).includes(scheme);
  return known && (!needsHost || (scheme !== undefined && host !== undefined));
}

const isLink = (call: Call): boolean =>
  lstatSync(pythonText(call.value), { throwIfNoEntry: false })?.isSymbolicLink() ?? false;

function isSameFile(call: Call): boolean {
  const [one, other] = [pythonText(call.value), call.text(0, "path")].map((path) =>
    statSync(path, { throwIfNoEntry: false }),
  );
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino;
}

/** Whether another file system begins there. */
function isMount(call: Call): boolean {
  const path = pythonText(call.value);
  const [here, above] = [path, join(path, "..")].map((each) => lstatSync(each, { throwIfNoEntry: false }));
  if (!here || !above || here.isSymbolicLink()) return false;
  return here.dev !== above.dev || here.ino === above.ino;
}

/** The tests that Ansible adds to Jinja's. */
export const TESTS: Filters = {
  match,
  search,
  regex,
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
  truthy: (call) => judged(call),
  falsy: (call) => !judged(call),
  any: (call) => call.list().some(truthy),
  all: (call) => call.list().every(truthy),
  file: (call) => onDisk(call, "isFile"),
  directory: (call) => onDisk(call, "isDirectory"),
  exists: (call) => onDisk(call, "any"),
  link: (call) => isLink(call),
  url: (call) => isAddress(call, true),
  uri: (call) => isAddress(call, false),
  nan: (call) => Number.isNaN(call.value),
  started: (call) => Number(call.mapping()["started"] ?? 1) === 1,
  finished: (call) => Number(call.mapping()["finished"] ?? 1) === 1,
  is_file: (call) => onDisk(call, "isFile"),
  is_dir: (call) => onDisk(call, "isDirectory"),
  is_link: (call) => isLink(call),
  link_exists: (call) => isLink(call) || onDisk(call, "any"),
  is_abs: (call) => pythonText(call.value).startsWith("/"),
  isnan: (call) => Number.isNaN(call.value),
  reachable: (call) => !truthy(call.mapping()["unreachable"] ?? false),
  mount: isMount,
  is_mount: isMount,
  same_file: isSameFile,
  is_same_file: isSameFile,
  urn: (call) => /^urn:[a-z\d][a-z\d-]*:./i.test(pythonText(call.value)),
  abs: (call) => pythonText(call.value).startsWith("/"),
};
