import { type Command, Option } from "commander";
import { ConfigError } from "../../errors.js";
import { JSON_SCHEMAS } from "../../report/json-schemas.js";
import { describeModule, modulesMarkdown, moduleText } from "../../report/module-doc.js";
import { allModules, findModule, moduleNames } from "../../tasks/modules/registry.js";
import { didYouMean } from "../../values/nearest.js";
import type { CommandContext } from "../context.js";
import { manualPage } from "./command-manual.js";
import { commandsMarkdown } from "./command-markdown.js";
import { commandPages } from "./command-page.js";

interface DocOptions {
  readonly markdown?: boolean;
  readonly schema?: string;
  readonly cli?: boolean;
  readonly man?: boolean;
}

/** `farm doc`: what modules there are, and what each takes. */
export function addDoc(program: Command, { stdout }: CommandContext): void {
  program
    .command("doc")
    .argument("[module]", "a module's name")
    .description("list the modules of the task language, or show the arguments of one")
    .option("--markdown", "all modules as one page of Markdown")
    .option("--cli", "the command line as one page of Markdown")
    .option("--man", "the manual page farm(1)")
    .addOption(new Option("--schema <file>", "a JSON Schema for editors").choices(Object.keys(JSON_SCHEMAS)))
    .addHelpText(
      "after",
      "\nExamples:\n  $ farm doc apt\n  $ farm doc --man > farm.1\n  $ farm doc --schema inventory",
    )
    .action((name: string | undefined, { markdown, schema, cli, man }: DocOptions) => {
      if (cli) stdout(commandsMarkdown(commandPages(program)));
      else if (man) stdout(manualPage(program.description(), commandPages(program)));
      else if (schema !== undefined) stdout(`${JSON.stringify(JSON_SCHEMAS[schema]?.(), undefined, 1)}\n`);
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
