import { collectArtifacts } from "../../artifacts/collect.js";
import { vmDirectoryOf } from "../../artifacts/local-path.js";
import { asFarmError } from "../../errors.js";
import type { Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";

const DEADLINE_MS = 10 * 60_000;

/** After the last phase, whether or not all went well: a guest that does not give its files has not failed for that. */
export async function bringArtifacts(
  vm: PlacedVm,
  guest: Shell,
  { artifacts, emit, stop, clock }: RunContext,
  attempt: number,
): Promise<void> {
  const { artifacts: patterns, artifactsMaxSize: maxSize } = vm.blueprint.settings;
  if (artifacts === undefined || patterns.length === 0 || stop.aborted) return;
  const warn = (message: string) => emit({ type: "warning", vm: vm.name, message });
  const directory = vmDirectoryOf(artifacts, vm.name, attempt);
  const what = "its artifacts";
  emit({ type: "waiting", vm: vm.name, what, deadlineMs: DEADLINE_MS });
  try {
    const brought = await collectArtifacts(guest, {
      directory,
      patterns,
      maxSize,
      clock,
      deadlineMs: DEADLINE_MS,
      signal: stop,
      warn,
    });
    emit({ type: "artifacts-collected", vm: vm.name, directory, ...brought });
  } catch (error) {
    warn(`not all artifacts were brought: ${asFarmError(error).message}`);
  }
}
