import { systemClock } from "../../clock.js";
import { asFarmError } from "../../errors.js";
import { askHypervisors } from "../../provision/hypervisors.js";
import { listPools, type Pool } from "../../provision/pool.js";
import { harmless } from "../../report/harmless.js";
import { warningsTo } from "../../report/warning.js";
import type { CommandContext } from "../context.js";
import type { FarmOptions } from "../options.js";
import { readProject, type Secrecy } from "../prepare.js";

/**
 * Does something with every pool that this user's farms have used on a project's hypervisors, all of them at the same time; what
 * could not be asked is said on stderr.
 * @returns what came of it, and whether all could be asked @throws ConfigError(s)
 */
export async function withPools<T>(
  options: FarmOptions,
  context: CommandContext,
  secrecy: Secrecy,
  work: (pool: Pool) => Promise<T>,
): Promise<{ readonly results: readonly T[]; readonly complete: boolean }> {
  const { stop } = context;
  const stderr = (text: string) => context.stderr(secrecy.secrets.mask(text));
  const project = await readProject(options, secrecy);
  const hypervisors = await askHypervisors(project.hypervisors, {
    clock: systemClock,
    signal: stop,
    emit: warningsTo(stderr),
  });
  let complete = true;
  const complain = (problem: string) => {
    complete = false;
    stderr(`farm: ${harmless(problem)}\n`);
  };
  for (const { name, reachable, error } of hypervisors.states)
    if (!reachable) complain(`'${name}' was not asked: ${error}`);
  try {
    const all = [...hypervisors.sessions.values()].map(async (session) => {
      try {
        return await Promise.all((await listPools(session, project.hypervisors, stop)).map(work));
      } catch (thrown) {
        complain(asFarmError(thrown).message);
        return [];
      }
    });
    return { results: (await Promise.all(all)).flat(), complete };
  } finally {
    await hypervisors.close();
  }
}
