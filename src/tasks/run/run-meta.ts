import type { Meta } from "../task.js";
import { type Flow, ON } from "./flow.js";
import type { TaskRun } from "./run.js";
import { taskScope } from "./run-task.js";
import type { Session } from "./session.js";
import { allHold } from "./verdict.js";

/** How long a machine may take to answer again. */
const RECONNECT_MS = 60_000;

/** `meta`, when its `when` holds. @param flush runs the notified handlers */
export async function runMeta(
  { action, directives }: Meta,
  session: Session,
  run: TaskRun,
  flush: () => Promise<Flow>,
): Promise<Flow> {
  const scope = taskScope({ directives }, session, run);
  if (!(await session.evaluating(() => allHold(directives.when, scope), run.signal))) return ON;
  switch (action) {
    case "flush_handlers":
      return flush();
    case "end_host":
      return { kind: "end", of: "host" };
    case "end_play":
    case "end_batch":
      return { kind: "end", of: "play" };
    case "end_role":
      return { kind: "end", of: "role" };
    case "clear_facts":
      session.forgetFacts();
      return ON;
    case "reset_connection":
      await session.machine.connection?.renew(RECONNECT_MS);
      return ON;
    default:
      return ON;
  }
}
