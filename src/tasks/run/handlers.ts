import { ConfigError, type Position } from "../../errors.js";
import { evaluate, evaluateText } from "../../template/evaluate.js";
import { pythonText } from "../../template/python.js";
import type { Scope } from "../../template/scope.js";
import { didYouMean } from "../../values/nearest.js";
import { Template } from "../../values/template.js";
import type { Handler, Task } from "../task.js";
import type { TaskRun } from "./run.js";
import type { Session } from "./session.js";

/** Marks the handlers that a task which changed something names. @throws ConfigError when there is none of a name */
export async function notifyHandlers(
  task: Task,
  scope: Scope,
  session: Session,
  run: TaskRun,
): Promise<void> {
  for (const written of task.directives.notify) {
    const names = await session.evaluating(() => evaluate(written, scope), run.signal);
    for (const name of [names].flat()) notify(pythonText(name), session, task.position);
  }
}

/** Marks the handlers of a name or topic. @throws ConfigError when there is none */
function notify(name: string, session: Session, position: Position): void {
  const topic = session.play.handlers.filter(
    (handler) => "listen" in handler && handler.listen.includes(name),
  );
  // Of several handlers with one name the last counts, as in Ansible.
  const named = session.play.handlers.findLast((handler) => namesOf(handler, session).includes(name));
  const found = new Set([...(named ? [named] : []), ...topic]);
  if (found.size === 0) {
    const known = session.play.handlers.flatMap((handler) => namesOf(handler, session));
    throw new ConfigError(`there is no handler '${name}'${didYouMean(name, known)}`, {
      position,
      hint: "handlers stand in handlers.yaml beside the task file, in a play's handlers or in a role",
    });
  }
  for (const handler of found) session.play.notified.add(handler);
}

/** The next handler to run. */
export const pending = (session: Session): Handler | undefined =>
  session.play.handlers.find((handler) => session.play.notified.has(handler));

/** `NAME`, and `ROLE : NAME` for a role's. */
function namesOf({ name, directives }: Handler, session: Session): string[] {
  const plain = name instanceof Template ? nameWith(name, session, directives) : name;
  return directives.role ? [plain, `${directives.role.name} : ${plain}`] : [plain];
}

function nameWith(name: Template, session: Session, directives: Handler["directives"]): string {
  try {
    return evaluateText(name, session.scope(directives));
  } catch {
    // Its variables may not be there: then nobody can have meant it.
    return name.source;
  }
}
