import { z } from "zod";
import { text } from "../module/arguments.js";
import { ModuleFailure } from "../module/failure.js";
import type { Module } from "../module/module.js";

const Args = z.strictObject({
  jid: text().describe("`ansible_job_id` of the result of the task that was started"),
  mode: z
    .enum(["status", "cleanup"])
    .default("status")
    .describe("cleanup forgets nothing: nothing is kept on the machine"),
});

/** What became of a task that `async` with `poll: 0` left running. */
export const asyncStatus: Module<z.infer<typeof Args>> = {
  name: "async_status",
  summary: "Asks what became of a task that was started with `async` and `poll: 0`.",
  args: Args,
  differs: ["Jobs end with the machine's session: none outlives farm."],
  run: async ({ jid, mode }, context) => {
    const about = { ansible_job_id: jid, results_file: "", stdout: "", stderr: "" };
    if (mode === "cleanup") return { changed: false, ...about, started: 0, finished: 0, erased: jid };
    const result = context.job?.(jid);
    if (!result) throw new ModuleFailure(`there is no job '${jid}'`, { ...about, started: 1, finished: 1 });
    return result;
  },
};
