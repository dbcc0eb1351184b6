import { join } from "node:path";
import { ConfigError } from "../errors.js";
import type { VmSettings } from "../load/definitions/settings.js";
import { isDirectory, isFile } from "../load/files/directory.js";
import { shownPath, userPath } from "../load/files/user-file.js";
import { FILE_PHASES, type FilePhase } from "../phases.js";

/** Where a phase's tasks are; null when the user wrote none for this VM. */
export interface PhaseFile {
  readonly name: FilePhase;
  readonly file: string | null;
}

interface PhasesOfVm {
  readonly platform: string;
  readonly target: string;
  readonly settings: Pick<VmSettings, "phasesDirectory" | "phasesDirectoryPosition">;
}

/** Where phases are when nobody says; the second is where ansible_farm has them. */
const UNSET = ["phases", "provision_phases"];

/**
 * The most specific file for each phase: `PLATFORM/TARGET/NAME.yaml`, else `PLATFORM/NAME.yaml`, else `NAME.yaml` (or `.yml`).
 * @throws ConfigError when there is no directory of phases, or a directory is called like a phase
 */
export async function findPhases(
  project: { readonly directory: string; readonly cwd: string },
  { platform, target, settings }: PhasesOfVm,
): Promise<PhaseFile[]> {
  const base = phasesDirectory(project, settings);
  const folders = [join(base, platform, target), join(base, platform), base];
  return FILE_PHASES.map((name) => {
    const files = folders.flatMap((folder) =>
      [`${name}.yaml`, `${name}.yml`].map((file) => join(folder, file)),
    );
    const wrong = files.find(isDirectory);
    if (wrong !== undefined)
      throw new ConfigError(`${shownPath(wrong, project.cwd)} is a directory`, {
        hint: "a phase is a file of tasks",
      });
    const file = files.find(isFile);
    return { name, file: file === undefined ? null : shownPath(file, project.cwd) };
  });
}

function phasesDirectory(
  { directory, cwd }: { readonly directory: string; readonly cwd: string },
  { phasesDirectory: written, phasesDirectoryPosition: position }: PhasesOfVm["settings"],
): string {
  const names = written === undefined ? UNSET : [written];
  const places = names.flatMap((name) => [directory, cwd].map((base) => userPath(name, base)));
  const candidates = [...new Set(places)];
  const found = candidates.find(isDirectory);
  if (found !== undefined) return found;
  const tried = candidates.map((path) => shownPath(path, cwd)).join(" and ");
  if (written !== undefined)
    throw new ConfigError(`phases_lookup_dir_path '${written}' is not a directory`, {
      position,
      hint: `looked for ${tried}`,
    });
  throw new ConfigError("there are no phases, so nothing would run in the VMs", {
    hint: `set phases_lookup_dir_path, or make ${tried}`,
  });
}
