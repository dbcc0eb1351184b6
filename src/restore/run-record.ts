import { z } from "zod";
import { plainText } from "../transport/plain-text.js";

const text = z.string().max(1000).transform(plainText);

/** What a run writes down of itself in a pool directory that it works in. */
const RunRecord = z.object({
  run: text,
  project: text,
  /** user@host, process N */
  owner: text,
  /** ISO 8601 */
  since: text,
  /** The VMs that it wants there, by their names in the plan. */
  vms: z.array(text).max(100_000),
  instance: text.optional(),
});
export type RunRecord = z.infer<typeof RunRecord>;

/** Where a pool directory has them, each named by its run. */
export const runsDirectory = (pool: string): string => `${pool}/farm/runs`;

/** Undefined for what farm has not written. @param name of its file */
export function readRunRecord(name: string, json: string): RunRecord | undefined {
  try {
    const { data } = RunRecord.safeParse(JSON.parse(json));
    return data?.run === name ? data : undefined;
  } catch {
    return undefined; // Cut off, or somebody else's file.
  }
}

/** What a run is called in the locks that it holds. */
export const ownerOf = ({ owner, run }: Pick<RunRecord, "owner" | "run">): string => `${owner}, run ${run}`;

/** The run by which a VM's directory was made, in what its lock's owner is called. */
export const runOf = (owner: string): string | undefined => /, run ([A-Za-z0-9-]+)$/.exec(owner)?.[1];

/** For people: whose it is, and since when. */
export const describeRun = ({ run, owner, since }: RunRecord): string =>
  `run ${run} of ${owner}, begun ${since}`;
