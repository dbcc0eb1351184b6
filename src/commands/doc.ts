import { type Command, Option } from "commander";
import { ConfigError } from "../errors.js";
import { didYouMean } from "../load/nearest.js";
import { JSON_SCHEMAS } from "../report/json-schemas.js";
import { describeModule, modulesMarkdown, moduleText } from "../report/module-doc.js";
import { allModules, findModule, moduleNames } from "../tasks/modules/registry.js";
import type { CommandContext } from "./context.js";

/** `farm doc`: what modules there are, and what each takes. */
export function addDoc(program: Command, { stdout }: CommandContext): void {
  program
    .command("doc")
    .argument("[module]", "a module's name")
    .description("list the modules of the task language, or show the arguments of one")
    .option("--markdown", "all modules as one page of Markdown")
    .addOption(new Option("--schema <file>", "a JSON Schema for editors").choices(Object.keys(JSON_SCHEMAS)))
    .action((name: string | undefined, { markdown, schema }: { markdown?: boolean; schema?: string }) => {
      if (schema !== undefined) stdout(`${JSON.stringify(JSON_SCHEMAS[schema]?.(), undefined, 1)}\n`);
      else if (markdown) stdout(modulesMarkdown(allModules().map(describeModule)));
      else stdout(name === undefined ? listing() : page(name));
    });
}

function listing(): string {
  const width = Math.max(...moduleNames().map(({ length }) => length));
  return allModules()
    .map(({ name, summary }) => `${name.padEnd(width)}  ${summary}\n`)
    .join("");
}

function page(name: string): string {
  const module = findModule(name);
  if (module) return moduleText(describeModule(module));
  throw new ConfigError(`there is no module '${name}'${didYouMean(name, moduleNames())}`, {
    hint: "`farm doc` lists them",
  });
}
