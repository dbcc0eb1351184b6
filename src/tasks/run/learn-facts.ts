import { evaluate } from "../../template/evaluate.js";
import type { Scope } from "../../template/scope.js";
import type { ModuleResult } from "../module/module.js";
import type { Task } from "../task.js";
import { flag } from "./circumstances.js";
import type { Session } from "./session.js";

/** Takes over `ansible_facts` of a result: they are the task's host's, with `delegate_facts` those of the machine that it ran on. */
export function learnFacts(task: Task, result: ModuleResult, scope: Scope, session: Session): void {
  const { delegateTo, delegateFacts } = task.directives;
  if (!result.ansible_facts) return;
  const owner = delegateTo !== undefined && flag(delegateFacts, scope, task) && evaluate(delegateTo, scope);
  if (typeof owner === "string" && owner !== "" && owner !== session.name)
    session.world.learn(owner, task.module.name, result);
  else session.learn(task.module.name, result);
}
