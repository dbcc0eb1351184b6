import type { OwnCallback } from "../../images/recipe/image-recipe.js";
import { callbacksOf } from "../../images/recipe/own-callback.js";
import type { ImageWork } from "../../images/recipe/recipe.js";
import { Inputs, recordingInputs } from "../../inputs.js";
import type { Project } from "../../project/project.js";
import { loadTaskFile } from "../../tasks/read/load.js";
import { rolePlaces } from "../../tasks/read/roles-path.js";
import { Sources } from "../../tasks/read/sources.js";
import { Problems } from "../../values/problems.js";
import type { LoadedCallback } from "../model.js";
import type { PlannedVm } from "./make-plan.js";

/** All callbacks of the user's that a VM's images and their surroundings come from. */
export const ownCallbacks = ({ recipes, besides }: ImageWork): OwnCallback[] => [
  ...besides,
  ...recipes.flatMap(callbacksOf),
];

/**
 * Reads and checks the task files of callbacks, each once.
 * @returns by their paths @throws ConfigError(s) with the mistakes of all files
 */
export async function loadCallbacks(
  callbacks: readonly OwnCallback[],
  { directory, files }: Pick<Project, "directory" | "files">,
): Promise<ReadonlyMap<string, LoadedCallback>> {
  const sources = new Sources({ project: directory, files, rolePlaces: rolePlaces(directory, process.env) });
  const problems = new Problems();
  const paths = [...new Set(callbacks.map(({ file }) => file))];
  const loaded = await Promise.all(
    paths.map((path) =>
      problems.attemptAsync(async (): Promise<[string, LoadedCallback]> => {
        const inputs = new Inputs();
        const tasks = await recordingInputs(inputs, () => loadTaskFile(path, sources));
        return [path, { tasks, inputs }];
      }),
    ),
  );
  problems.throwIfAny();
  return new Map(loaded.filter((entry) => entry !== undefined));
}

/** Gives each VM of a plan its callbacks' tasks. @throws ConfigError(s) */
export async function withCallbacks(
  plan: readonly PlannedVm[],
  project: Pick<Project, "directory" | "files">,
): Promise<PlannedVm[]> {
  const all = plan.flatMap(({ placed }) => (placed ? ownCallbacks(placed) : []));
  const callbacks = await loadCallbacks(all, project);
  return plan.map((planned) =>
    planned.placed ? { ...planned, placed: { ...planned.placed, callbacks } } : planned,
  );
}
