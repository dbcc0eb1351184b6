import type { FarmEvent } from "../../events.js";
import type { Reporter } from "../emitter.js";
import { type ReportRequest, writeReport } from "./write-report.js";

/** Makes the HTML report of a run when the run's logs are complete. @param logs writes the directory that it is made from */
export function htmlReporter(logs: Reporter, request: Omit<ReportRequest, "runDirectory">): Reporter {
  let started: Extract<FarmEvent, { type: "run-started" }> | undefined;
  return {
    on: (event) => {
      if (event.type === "run-started") started = event;
    },
    close: async () => {
      await logs.close?.();
      if (started) await writeReport({ ...request, runDirectory: started.runDirectory });
    },
  };
}
