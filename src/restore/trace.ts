import { isAbsolute, join, relative } from "node:path";
import type { Inputs } from "../inputs.js";
import type { Trace } from "../trace.js";
import type { Fingerprints } from "./fingerprint.js";

/** What the names in a trace stand for today. */
export interface Surroundings {
  readonly fingerprints: Fingerprints;
  /** The project's directory, absolute. */
  readonly directory: string;
  /** A variable as the user wrote it; undefined when there is none. */
  readonly variable: (name: string) => unknown;
  /** The names of all variables. */
  readonly variables: () => readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The name under which a trace has all variables. */
const ALL = "*";

/** Fingerprints all that a piece of work looked at. */
export async function takeTrace(inputs: Inputs, now: Surroundings): Promise<Trace> {
  const files = await Promise.all(
    [...inputs.files].map(async (path) => [shown(path, now.directory), await now.fingerprints.file(path)]),
  );
  const beginnings = await Promise.all(
    [...inputs.beginnings].map(async ([path, atMost]) => {
      const { lines, fingerprint } = await now.fingerprints.beginning(path, atMost);
      return [`${shown(path, now.directory)}:1-${lines}`, fingerprint];
    }),
  );
  const named = await Promise.all(
    [...inputs.named].map(async (path) => [
      `${shown(path, now.directory)}${ANY_ENDING}`,
      await now.fingerprints.named(path),
    ]),
  );
  const variables = [...inputs.variables, ...(inputs.allVariables ? [ALL] : [])];
  return {
    files: Object.fromEntries([...files, ...beginnings, ...named]),
    variables: Object.fromEntries(variables.map((name) => [name, variable(name, now)])),
    environment: Object.fromEntries([...inputs.environment].map((name) => [name, environment(name, now)])),
  };
}

/** The first thing that is no longer as it was, in words; undefined when all is. */
export async function traceDifference(trace: Trace, now: Surroundings): Promise<string | undefined> {
  for (const [name, was] of Object.entries(trace.variables)) {
    const what = name === ALL ? "the variables" : `variable ${name}`;
    const change = changed(what, was, variable(name, now));
    if (change !== undefined) return change;
  }
  for (const [name, was] of Object.entries(trace.environment)) {
    const change = changed(`environment variable ${name}`, was, environment(name, now));
    if (change !== undefined) return change;
  }
  const files = await Promise.all(
    Object.entries(trace.files).map(async ([name, was]) => {
      return changed(name, was, await fileNow(name, now));
    }),
  );
  return files.find((change) => change !== undefined);
}

const BEGINNING = /:1-(\d+)$/;
const ANY_ENDING = ".*";

async function fileNow(name: string, { directory, fingerprints }: Surroundings): Promise<string | null> {
  const lines = BEGINNING.exec(name)?.[1];
  const path = isAbsolute(name) ? name : join(directory, name);
  if (name.endsWith(ANY_ENDING)) return fingerprints.named(path.slice(0, -ANY_ENDING.length));
  if (lines === undefined) return fingerprints.file(path);
  return (await fingerprints.beginning(path.replace(BEGINNING, ""), Number(lines))).fingerprint;
}

function changed(what: string, was: string | null, is: string | null): string | undefined {
  if (was === is) return undefined;
  if (was === null) return `${what} is new`;
  return is === null ? `${what} is gone` : `${what} changed`;
}

function variable(name: string, now: Surroundings): string | null {
  if (name !== ALL) return now.fingerprints.value(now.variable(name));
  return now.fingerprints.value(now.variables().map((each) => [each, now.variable(each)]));
}

const environment = (name: string, { fingerprints, environment: all }: Surroundings): string | null =>
  fingerprints.value(all[name]);

function shown(path: string, directory: string): string {
  const inside = relative(directory, path);
  return inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}
