/** What `npm list --json` says of a direct dependency. */
interface Listed {
  readonly version?: string;
  readonly missing?: boolean;
  readonly invalid?: unknown;
}

/** What `npm outdated --json` says of one. */
interface Outdated {
  readonly current?: string;
  readonly wanted?: string;
  readonly latest?: string;
}

interface NpmState {
  readonly dependencies: Readonly<Record<string, Listed>>;
  readonly outdated: Readonly<Record<string, Outdated>>;
  /** Whether package.json names something that is not there. */
  readonly isIncomplete: boolean;
}

/** What `npm-query` printed: a list, then what is outdated when it was asked for. */
export function parseNpmState(stdout: string): NpmState {
  const [list = "", outdated = ""] = stdout.split(/^farm-outdated$/m, 2);
  const listed = record(list);
  const dependencies = (listed["dependencies"] ?? {}) as Record<string, Listed>;
  const problems = Array.isArray(listed["problems"]) ? listed["problems"] : [];
  const lacks = Object.values(dependencies).some(({ missing, invalid }) => Boolean(missing || invalid));
  return {
    dependencies,
    outdated: record(outdated) as Record<string, Outdated>,
    isIncomplete: lacks || problems.some((text) => /^(?:missing|invalid):/.test(String(text))),
  };
}

function record(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // npm said something else: then nothing is known to be there.
    return {};
  }
}

interface NpmWanted {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly state: "present" | "latest" | "absent";
  readonly ci: boolean;
}

/** Whether something is to be done. */
export function isUnsettled({ name, version, state, ci }: NpmWanted, found: NpmState): boolean {
  if (ci) return true;
  if (name === undefined) {
    const newer = Object.values(found.outdated).some(({ current, wanted }) => current !== wanted);
    return found.isIncomplete || (state === "latest" && newer);
  }
  const there = found.dependencies[name];
  const installed = there !== undefined && !there.missing;
  if (state === "absent") return installed;
  if (!installed || there.invalid) return true;
  if (version !== undefined) return there.version !== version;
  const outdated = found.outdated[name];
  return state === "latest" && outdated !== undefined && outdated.current !== outdated.latest;
}

/** npm's errors without their codes and logs. */
export function npmError(stderr: string): string | undefined {
  const lines = [...stderr.matchAll(/^npm (?:ERR!|error) (.*)$/gm)].map(([, text = ""]) => text.trim());
  const useful = lines.filter(
    (line) => line !== "" && !/^(?:code |errno |syscall |A complete log|\/|Note that)/.test(line),
  );
  return useful.length === 0 ? undefined : useful.slice(0, 2).join(" ");
}
