import { ConfigError, type Position } from "../../errors.js";
import { didYouMean } from "../../load/nearest.js";
import { evaluateText } from "../../template/evaluate.js";
import { Template } from "../../template/template.js";
import type { Handler } from "../task.js";
import type { Session } from "./session.js";

/** Marks the handlers of a name or topic. @throws ConfigError when there is none */
export function notify(name: string, session: Session, position: Position): void {
  const topic = session.handlers.filter((handler) => "listen" in handler && handler.listen.includes(name));
  // Of several handlers with one name the last counts, as in Ansible.
  const named = session.handlers.findLast((handler) => namesOf(handler, session).includes(name));
  const found = new Set([...(named ? [named] : []), ...topic]);
  if (found.size === 0) {
    const known = session.handlers.flatMap((handler) => namesOf(handler, session));
    throw new ConfigError(`there is no handler '${name}'${didYouMean(name, known)}`, {
      position,
      hint: "handlers stand in handlers.yaml beside the task file, in a play's handlers or in a role",
    });
  }
  for (const handler of found) session.notified.add(handler);
}

/** The next handler to run. */
export const pending = (session: Session): Handler | undefined =>
  session.handlers.find((handler) => session.notified.has(handler));

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
