import { z } from "zod";
import { bool, text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module, ModuleContext, ModuleResult } from "../module/module.js";
import { HOME } from "./home.js";
import { script } from "./script.js";
import { lastLine } from "./status.js";

const FLAG_ARGS = {
  attributes: text()
    .optional()
    .describe("flags of chattr: `+i` and `-i` add and take away, `de` are all of them"),
  seuser: text()
    .optional()
    .describe("user of the SELinux context; where SELinux is off, contexts are nothing"),
  serole: text().optional().describe("its role"),
  setype: text().optional().describe("its type; `_default` as the machine's policy has it"),
  selevel: text().optional().describe("its level"),
  unsafe_writes: bool().optional().describe("accepted: files are always replaced whole"),
};
const FlagArgs = z.object(FLAG_ARGS);
type Flags = z.infer<typeof FlagArgs>;

const PARTS = ["seuser", "serole", "setype", "selevel"] as const;
/** Of chcon. */
const OPTIONS = { seuser: "-u", serole: "-r", setype: "-t", selevel: "-l" } as const;

/** What `file-flags` told. */
interface Found {
  /** Undefined where the file system knows none, or nothing tells them. */
  readonly flags: string | undefined;
  /** Undefined where SELinux is off. */
  readonly context: string | undefined;
  /** What the policy would have; empty when it is not known. */
  readonly usual: string;
}

const ASK = `${HOME}
[ -e "$1" ] || [ -h "$1" ] || exit 0
echo there
lsattr -d -- "$1" 2>/dev/null | cut -d' ' -f1
echo
[ -e /sys/fs/selinux/enforce ] || exit 0
stat -c %C -- "$1"
matchpathcon -n -- "$1" 2>/dev/null`;

/** Undefined: there is no such file. */
export function parseFlags(stdout: string): Found | undefined {
  const [there, flags = "", ...rest] = stdout.split("\n");
  if (there !== "there") return undefined;
  const [context = "", usual = ""] = rest.filter((line) => line !== "");
  return {
    flags: flags === "" ? undefined : flags.replaceAll("-", ""),
    context: context === "" ? undefined : context,
    usual,
  };
}

/** What chattr is told; undefined when all is as wanted. Flag `e` is the file system's own: it counts only when it is named. */
export function flagsChange(found: string | undefined, wanted: string): string | undefined {
  const [, sign = "=", letters = ""] = /^([-+=]?)([A-Za-z]*)$/.exec(wanted) ?? [];
  const there = new Set(found);
  if (!letters.includes("e")) there.delete("e");
  const all = [...letters];
  const settled =
    sign === "+"
      ? all.every((each) => there.has(each))
      : sign === "-"
        ? !all.some((each) => there.has(each))
        : there.size === new Set(all).size && all.every((each) => there.has(each));
  return settled ? undefined : `${sign || "="}${letters}`;
}

/** Options of chcon for what of a context is not as wanted. */
export function contextChange({ context, usual }: Found, wanted: Flags): string[] {
  if (context === undefined) return [];
  // user:role:type:level, and a level has colons of its own.
  const split = (text: string) => /^([^:]*):([^:]*):([^:]*):?(.*)$/.exec(text)?.slice(1) ?? [];
  const [now, policy] = [split(context), split(usual)];
  return PARTS.flatMap((part, at) => {
    const value = wanted[part] === "_default" ? policy[at] : wanted[part];
    if (wanted[part] === "_default" && !value)
      throw new ModuleFailure(`the machine does not tell what ${part} is by default`);
    return value === undefined || value === now[at] ? [] : [OPTIONS[part], value];
  });
}

const SET = `${HOME}
flags=$2 path=$1; shift 2
if [ "$flags" ]; then chattr "$flags" -- "$path" || exit; fi
if [ "$#" -gt 0 ]; then chcon -h "$@" -- "$path"; fi`;

async function settle(
  path: string,
  wanted: Flags,
  result: ModuleResult,
  context: ModuleContext,
): Promise<ModuleResult> {
  const { stdout } = await context.ask({ ...script("file-flags", ASK, [path]), readOnly: true });
  const found = parseFlags(stdout);
  // In a check it is yet to be made: that is a change already.
  if (!found) return result;
  const flags = wanted.attributes === undefined ? undefined : flagsChange(found.flags, wanted.attributes);
  const options = contextChange(found, wanted);
  if (flags === undefined && options.length === 0) return result;
  const { code, stderr } = await context.act(script("set-file-flags", SET, [path, flags ?? "", ...options]));
  if (code !== 0)
    throw new ModuleFailure(
      `cannot set attributes or the SELinux context of ${path}: ${lastLine(stderr, code)}`,
      { path },
    );
  return { ...result, changed: true };
}

/** A module that makes files, with chattr's flags and the SELinux context of what it made. @param pathOf the file, of arguments and result */
export function withFileFlags<Args extends object>(
  module: Module<Args>,
  pathOf: (args: Args, result: ModuleResult) => unknown = (args, result) =>
    result["dest"] ?? result["path"] ?? ("path" in args ? args.path : undefined),
): Module<Args & Flags> {
  const args = module.args.extend(FLAG_ARGS) as unknown as Module<Args & Flags>["args"];
  return {
    ...module,
    args,
    aliases: { ...module.aliases, attr: "attributes" },
    async run(given, context) {
      const { attributes, seuser, serole, setype, selevel, unsafe_writes: _, ...own } = given;
      const wanted: Flags = { attributes, seuser, serole, setype, selevel };
      if (attributes !== undefined && !/^[-+=]?[A-Za-z]+$/.test(attributes))
        throw new ModuleFailure(`attributes are flags of chattr such as +i, not '${attributes}'`);
      const result = await module.run(own as unknown as Args, context);
      const path = pathOf(own as unknown as Args, result);
      const isIdle = Object.values(wanted).every((each) => each === undefined);
      if (!isIdle && "recurse" in own && own.recurse === true)
        throw new ModuleFailure("attributes and SELinux contexts are set of one path, not with recurse");
      if (isIdle || result.failed || result.skipped || typeof path !== "string") return result;
      if (result["state"] === "absent") return result;
      return settle(path, wanted, result, context);
    },
  };
}
