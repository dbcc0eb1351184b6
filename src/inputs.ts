import { AsyncLocalStorage } from "node:async_hooks";

/** What a piece of work looked at, by name alone: it depends on nothing else of the user's. */
export class Inputs {
  /** Absolute paths of files and directories, also of those that were looked for and are not there. */
  readonly files = new Set<string>();
  /** Absolute paths of files of which only the first lines were needed, and how many at most. */
  readonly beginnings = new Map<string, number>();
  /** Absolute paths without endings: which files with an ending there are was looked at, and not what is in them. */
  readonly named = new Set<string>();
  /** Names of variables, also of those that are not defined. */
  readonly variables = new Set<string>();
  /** Names of environment variables of the controller. */
  readonly environment = new Set<string>();
  /** It went through the names of all variables. */
  allVariables = false;

  add(other: Inputs): void {
    for (const path of other.files) this.files.add(path);
    for (const [path, lines] of other.beginnings)
      this.beginnings.set(path, Math.max(lines, this.beginnings.get(path) ?? 0));
    for (const path of other.named) this.named.add(path);
    for (const name of other.variables) this.variables.add(name);
    for (const name of other.environment) this.environment.add(name);
    this.allVariables ||= other.allVariables;
  }
}

// Files and variables are looked at deep inside the template engine, whose calls carry nothing of ours.
const current = new AsyncLocalStorage<Inputs>();

/** Does the work, and notes in `inputs` what it looks at; whoever records around it notes that too. */
export async function recordingInputs<T>(inputs: Inputs, work: () => Promise<T>): Promise<T> {
  const outer = current.getStore();
  try {
    return await current.run(inputs, work);
  } finally {
    outer?.add(inputs);
  }
}

/** @param path absolute */
export const noteFile = (path: string): void => void current.getStore()?.files.add(path);

/** @param path absolute, without an ending */
export const noteNamed = (path: string): void => void current.getStore()?.named.add(path);

export const noteVariable = (name: string): void => void current.getStore()?.variables.add(name);

export const noteAllVariables = (): void => {
  const inputs = current.getStore();
  if (inputs) inputs.allVariables = true;
};

export const noteEnvironment = (name: string): void => void current.getStore()?.environment.add(name);

/** Notes what an earlier piece of work looked at whose result is used again. */
export const noteAgain = (inputs: Inputs): void => current.getStore()?.add(inputs);
