import { relative, resolve } from "node:path";
import { harmless } from "../harmless.js";
import { noCommands } from "./no-commands.js";
import { type NotPassed, phaseOf } from "./not-passed.js";

/** Where the files of a project are: annotations name them from the top of the repository. */
export interface Places {
  readonly cwd: string;
  readonly workspace: string;
}

/** GitHub shows ten of a kind and step. */
const MOST = 10;

/** Workflow commands that GitHub shows beside the files: an error for each VM that did not pass, a warning for a flaky one. */
export function annotations(all: readonly NotPassed[], places: Places): string[] {
  const errors = all.filter(({ outcome }) => outcome.kind !== "flaky");
  const warnings = all.filter(({ outcome }) => outcome.kind === "flaky");
  return [...ofKind("error", errors, places), ...ofKind("warning", warnings, places)];
}

function ofKind(kind: "error" | "warning", all: readonly NotPassed[], places: Places): string[] {
  if (all.length <= MOST) return all.map((one) => annotation(kind, one, places));
  const shown = all.slice(0, MOST - 1).map((one) => annotation(kind, one, places));
  const names = all.slice(MOST - 1).map(({ outcome }) => outcome.vm);
  return [...shown, `::${kind} title=${property(`${names.length} more VMs`)}::${data(names.join(", "))}`];
}

function annotation(kind: "error" | "warning", { outcome, position }: NotPassed, places: Places): string {
  const phase = phaseOf(outcome);
  const title = [outcome.vm, outcome.kind, phase && `in ${phase}`].filter(Boolean).join(" ");
  const fields = { ...placeOf(position, places), title };
  const properties = Object.entries(fields).map(([name, value]) => `${name}=${property(value)}`);
  return `::${kind} ${properties.join(",")}::${data(outcome.message)}`;
}

/** Nothing for a file that is not in the repository: GitHub would show a path that leads nowhere. */
function placeOf(position: string | undefined, { cwd, workspace }: Places): Record<string, string> {
  const [, file, line = "", col = ""] = /^(.+):(\d+):(\d+)$/.exec(position ?? "") ?? [];
  if (file === undefined) return {};
  const path = relative(workspace, resolve(cwd, file));
  return path.startsWith("..") ? {} : { file: path, line, col };
}

/** A message of GitHub's: percent, and line ends, are escaped. */
const data = (text: string): string =>
  noCommands(harmless(text)).replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** A property has colons and commas escaped as well. */
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
