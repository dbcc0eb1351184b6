import { type CollectedFile, collectArtifacts } from "../../artifacts/collect.js";
import type { FetchedFiles } from "../../artifacts/fetched.js";
import { asFarmError } from "../../errors.js";
import type { Shell } from "../../transport/shell.js";
import type { PlacedVm, RunContext } from "../model.js";

const DEADLINE_MS = 10 * 60_000;

/**
 * After the last phase, whether or not all went well: a guest that does not give its files has not failed for that.
 * @param fetched what `fetch` tasks took before
 */
export async function bringArtifacts(
  vm: PlacedVm,
  guest: Shell,
  run: RunContext,
  fetched: FetchedFiles,
): Promise<void> {
  const { directory } = fetched;
  const named = await bringNamed(vm, guest, run, directory);
  if (named === undefined && fetched.files.length === 0) return;
  const all = new Map([...fetched.files, ...(named ?? [])].map((file) => [file.path, file]));
  const list = [...all.values()];
  const bytes = list.reduce((sum, file) => sum + file.bytes, 0);
  run.emit({ type: "artifacts-collected", vm: vm.name, directory, files: list.length, bytes, list });
}

/** What `artifacts` names; undefined where it names nothing. */
async function bringNamed(
  vm: PlacedVm,
  guest: Shell,
  { emit, stop, clock }: RunContext,
  directory: string,
): Promise<CollectedFile[] | undefined> {
  const { artifacts: patterns, artifactsMaxSize: maxSize } = vm.blueprint.settings;
  if (patterns.length === 0 || stop.aborted) return undefined;
  const warn = (message: string) => emit({ type: "warning", vm: vm.name, message });
  emit({ type: "waiting", vm: vm.name, what: "its artifacts", deadlineMs: DEADLINE_MS });
  const limits = { maxSize, clock, deadlineMs: DEADLINE_MS, signal: stop };
  try {
    return await collectArtifacts(guest, { directory, patterns, ...limits, warn });
  } catch (error) {
    warn(`not all artifacts were brought: ${asFarmError(error).message}`);
    return undefined;
  }
}
