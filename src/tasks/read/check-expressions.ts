import { dirname } from "node:path";
import type { Position } from "../../errors.js";
import { Inputs, recordingInputs } from "../../inputs.js";
import { checkExpression, checkTemplates } from "../../template/check.js";
import { ANSIBLE_SYNTAX, withSettings } from "../../template/syntax.js";
import { checkFile } from "../../template/template-file.js";
import type { Mapping } from "../../values/mapping.js";
import { positionOf } from "../../values/position.js";
import { Template } from "../../values/template.js";
import { ModuleFailure } from "../module/failure.js";
import { controllerFiles } from "../run/controller-files.js";
import type { Step, Task } from "../task.js";
import type { Sources } from "./sources.js";

/** Keywords whose texts are expressions without marks. */
const CONDITIONS = ["when", "until", "failed_when", "changed_when"];

/** What holds steps, each of which is checked by itself. */
const STEPS = ["block", "rescue", "always", "pre_tasks", "tasks", "post_tasks", "handlers"];

/** What can be told of the expressions in a task, block or play before anything runs. @throws ConfigError at the mistake's place */
export function checkExpressions(written: Mapping): void {
  for (const [key, value] of Object.entries(written)) {
    if (STEPS.includes(key)) continue;
    checkTemplates(value);
    if (CONDITIONS.includes(key)) checkConditions(value, positionOf(written, key));
    if (key === "roles" && Array.isArray(value)) checkRoles(value);
  }
}

/** A play's: entries are names, or mappings with keywords of their own. */
function checkRoles(roles: readonly unknown[]): void {
  for (const role of roles) if (typeof role === "object" && role !== null) checkExpressions(role as Mapping);
}

function checkConditions(value: unknown, position: Position | undefined): void {
  if (typeof value === "string") checkExpression(value, position);
  if (Array.isArray(value))
    for (const [index, each] of value.entries())
      if (typeof each === "string") checkExpression(each, positionOf(value, index) ?? position);
}

/** The same for what only its module tells of a task: arguments that are expressions, and the file of a template. */
export async function checkModuleExpressions(step: Step, sources: Sources): Promise<void> {
  if (step.kind !== "task") return;
  for (const name of step.module.expressions ?? [])
    checkConditions(step.args[name], positionOf(step.args, name) ?? step.position);
  if (step.module.name === "template") await checkTemplateFile(step, sources);
}

/** A template that a task names without expressions; one that is not there may be made before the task runs. */
async function checkTemplateFile({ args, directives }: Task, sources: Sources): Promise<void> {
  const { src } = args;
  if (typeof src !== "string" || Object.values(marksOf(args)).some((value) => value instanceof Template))
    return;
  const { project, files } = sources.options;
  const controller = controllerFiles(directives, project, files);
  // Looking at it now makes nothing out of it: who runs the task notes what it uses.
  await recordingInputs(new Inputs(), async () => {
    const path = await controller.find("templates", src).catch((error: unknown) => {
      if (error instanceof ModuleFailure) return undefined;
      throw error;
    });
    if (path === undefined || (await files.isEncrypted(path))) return;
    const { role, directory } = directives;
    const directories = [...new Set([...(role ? [role.path] : []), directory, dirname(path), project])];
    const search = {
      directories,
      text: (name: string) => files.textNow(name),
      shown: (name: string) => sources.shown(name),
    };
    checkFile({ path, text: files.textNow(path) }, search, {
      syntax: withSettings(ANSIBLE_SYNTAX, marksOf(args)),
    });
  });
}

/** The arguments that say what the marks of a template are. */
const marksOf = (args: Mapping): Mapping =>
  Object.fromEntries(Object.entries(args).filter(([name]) => /_(?:start|end)_string$/.test(name)));
