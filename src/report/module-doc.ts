import { z } from "zod";
import type { AnyModule } from "../tasks/module/module.js";

/** One argument of a module, as its schema has it. */
interface ArgumentDoc {
  readonly name: string;
  readonly aliases: readonly string[];
  /** In plain words: `text`, `list of texts`, `one of a, b`. */
  readonly type: string;
  readonly required: boolean;
  readonly default?: unknown;
  readonly description: string;
}

/** What a module's documentation says. */
export interface ModuleDoc {
  readonly name: string;
  readonly summary: string;
  readonly arguments: readonly ArgumentDoc[];
  /** It takes any other argument too. */
  readonly open: boolean;
  readonly freeForm?: string;
  readonly differs: readonly string[];
}

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly default?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** A module's documentation, made of its schema. */
export function describeModule(module: AnyModule): ModuleDoc {
  const schema = z.toJSONSchema(module.args, { io: "output", unrepresentable: "any" }) as Schema;
  const missing = new Set(module.args.safeParse({}).error?.issues.map(({ path }) => String(path[0])));
  const aliases = Object.entries(module.aliases ?? {});
  return {
    name: module.name,
    summary: module.summary,
    arguments: Object.entries(schema.properties ?? {}).map(([name, argument]) => ({
      name,
      aliases: aliases.filter(([, own]) => own === name).map(([alias]) => alias),
      type: typeText(argument),
      required: missing.has(name),
      ...(argument.default !== undefined && { default: argument.default }),
      description: argument.description ?? "",
    })),
    open: module.handsOn === undefined && module.args._zod.def.catchall?._zod.def.type === "unknown",
    ...(module.freeForm !== undefined && { freeForm: module.freeForm }),
    differs: [
      ...(module.differs ?? []),
      ...Object.entries(module.refuses ?? {}).map(([name, why]) => `\`${name}\` is refused: ${why}.`),
    ],
  };
}

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  integer: "whole number",
  number: "number",
  boolean: "yes or no",
  object: "mapping",
  null: "nothing",
};

function typeText(schema: Schema): string {
  if (schema.enum) return `one of ${schema.enum.map(String).join(", ")}`;
  if (schema.const !== undefined) return String(schema.const);
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(" or ");
  if (schema.type === "array") {
    const items = schema.items ? typeText(schema.items) : "any";
    return items === "any" ? "list" : `list of ${items}s`;
  }
  return typeof schema.type === "string" ? (WORDS[schema.type] ?? schema.type) : "any";
}

/** A page for terminals. */
export function moduleText(doc: ModuleDoc): string {
  const lines = [doc.name.toUpperCase(), `  ${doc.summary}`, ""];
  for (const each of doc.arguments) {
    const names = [each.name, ...each.aliases].join(", ");
    lines.push(`  ${names}  (${[each.type, ...remarks(each)].join("; ")})`, `      ${each.description}`);
  }
  if (doc.open) lines.push("  and any other argument");
  if (doc.freeForm !== undefined) lines.push("", `  A plain text is \`${doc.freeForm}\`.`);
  if (doc.differs.length > 0)
    lines.push("", "  Not as Ansible's:", ...doc.differs.map((each) => `  - ${each}`));
  return `${lines.join("\n")}\n`;
}

const remarks = (argument: ArgumentDoc): string[] => [
  ...(argument.required ? ["required"] : []),
  ...(argument.default === undefined ? [] : [`default ${defaultText(argument.default)}`]),
];

const defaultText = (value: unknown): string =>
  typeof value === "string" && value !== "" ? value : JSON.stringify(value);

/** All modules as one page of Markdown. */
export function modulesMarkdown(docs: readonly ModuleDoc[]): string {
  const head = [
    "# Modules",
    "",
    "Made of the modules' own schemas by `farm doc --markdown`; `farm doc NAME` shows one on the terminal. Names may be qualified as",
    "Ansible's are (`ansible.builtin.copy`). An unknown module or argument is an error before any VM is touched.",
    "",
    docs.map(({ name }) => `[${name}](#${name})`).join(" · "),
    "",
  ];
  return `${[...head, ...docs.flatMap(moduleMarkdown)].join("\n").trimEnd()}\n`;
}

function moduleMarkdown(doc: ModuleDoc): string[] {
  const rows = doc.arguments.map((each) => {
    const names = [each.name, ...each.aliases].map((name) => `\`${name}\``).join(", ");
    const cells = [names, [each.type, ...remarks(each)].join("; "), each.description];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  });
  return [
    `## ${doc.name}`,
    "",
    doc.summary,
    "",
    ...(rows.length > 0 ? ["| argument | value | |", "|---|---|---|", ...rows, ""] : []),
    ...(doc.open ? ["It takes any other argument too.", ""] : []),
    ...(doc.freeForm === undefined ? [] : [`A plain text is \`${doc.freeForm}\`.`, ""]),
    ...(doc.differs.length > 0
      ? ["Not as Ansible's:", "", ...doc.differs.map((each) => `- ${each}`), ""]
      : []),
  ];
}
