import { z } from "zod";
import { Definition } from "../load/definitions/definition-file.js";
import { SettingVariables } from "../load/definitions/settings.js";
import { RUN_TIMEOUT } from "../load/definitions/time-limits.js";
import { VmDefinition } from "../load/definitions/vm-definition.js";
import { HypervisorVariables } from "../load/inventory/hypervisors.js";
import type { AnyModule } from "../tasks/module/module.js";
import { allModules } from "../tasks/modules/registry.js";
import { BLOCK_KEYWORDS, PLAY_KEYWORDS, TASK_KEYWORDS } from "../tasks/read/keywords.js";

/** A JSON Schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

const DRAFT = { $schema: "https://json-schema.org/draft/2020-12/schema" };

/** Forms that stand in many places; each schema has them in `$defs`. */
const FORMS = {
  expression: { type: "string", pattern: "\\{\\{" },
  truth: { enum: ["yes", "no", "on", "off", "True", "False", "true", "false", 1, 0, "1", "0", null] },
  digits: { type: ["string", "null"], pattern: "^\\s*-?[0-9.]+\\s*$" },
  scalar: { type: ["string", "number", "boolean", "null"] },
  // A list where a text is taken is shown as Python would.
  plain: { type: ["number", "boolean", "array", "null"] },
  edit: { type: ["string", "object", "null"] },
  nothing: { type: "null" },
} as const;
const form = (name: keyof typeof FORMS): Schema => ({ $ref: `#/$defs/${name}` });
const EXPRESSION = form("expression");
const ANYTHING = {};
const NEVER = { not: {} };

/**
 * For editors, by file name: what users write, before anything of it is evaluated. So every value may be an expression as well, and
 * what farm understands leniently (`yes`, a list as a text) is right.
 */
export const JSON_SCHEMAS: Readonly<Record<string, () => Schema>> = {
  "tasks.json": () => ({ ...DRAFT, title: "A task file of farm", ...taskFile(allModules()) }),
  "definition.json": () => ({ ...DRAFT, title: "A platform or a target of farm", ...definition() }),
  "inventory.json": () => ({ ...DRAFT, title: "An inventory of farm", ...inventory() }),
};

function taskFile(modules: readonly AnyModule[]): Schema {
  const steps = { type: ["array", "null"], items: { $ref: "#/$defs/step" } };
  const listed = (names: readonly string[], more: Schema): Schema => ({
    type: "object",
    properties: { ...Object.fromEntries(names.map((name) => [name, ANYTHING])), ...more },
  });
  const parts = { block: steps, rescue: steps, always: steps };
  return {
    type: ["array", "null"],
    items: { $ref: "#/$defs/step" },
    $defs: {
      ...FORMS,
      step: {
        anyOf: [
          { ...listed(BLOCK_KEYWORDS, parts), required: ["block"] },
          {
            ...listed(PLAY_KEYWORDS, { tasks: steps, pre_tasks: steps, post_tasks: steps, handlers: steps }),
            required: ["hosts"],
          },
          {
            ...listed(TASK_KEYWORDS, {
              ...Object.fromEntries(modules.map((module) => [module.name, argumentsOf(module)])),
              checkpoint: { type: "boolean" },
              block: NEVER,
              hosts: NEVER,
            }),
          },
        ],
      },
    },
  };
}

/** What stands behind a module's name: its arguments, other names of them included, or a text. */
function argumentsOf({ args, aliases = {}, handsOn, summary }: AnyModule): Schema {
  const { properties = {}, additionalProperties: more = false } = schemaOf(args) as {
    properties?: Record<string, Schema>;
    additionalProperties?: unknown;
  };
  const own = Object.entries(properties).map(([name, each]) => [name, lenient(each)] as const);
  const named = new Map(own);
  const further = handsOn?.map((name) => [name, ANYTHING] as const) ?? [];
  const additionalProperties = handsOn === undefined ? more : false;
  const others = Object.entries(aliases).map(([alias, name]) => [alias, named.get(name) ?? ANYTHING]);
  return {
    description: summary,
    anyOf: [
      {
        type: "object",
        properties: Object.fromEntries([...further, ...own, ...others]),
        additionalProperties,
      },
      form("scalar"),
    ],
  };
}

function definition(): Schema {
  const { vm: _, ...file } = schemaOf(Definition)["properties"] as Record<string, Schema>;
  return {
    type: "object",
    properties: { ...file, vm: partial(lenient(schemaOf(VmDefinition))) },
    additionalProperties: false,
    $defs: FORMS,
  };
}

/** Of what stands in a file, before any default comes in. */
function schemaOf(type: z.ZodType): Schema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: "input", unrepresentable: "any" });
  return schema;
}

function inventory(): Schema {
  const list = { anyOf: [{ type: "array", items: { type: ["string", "number"] } }, EXPRESSION] };
  const one = {
    type: "object",
    properties: { platform: { type: "string" }, target: { type: "string" }, template: { type: "string" } },
    required: ["platform", "target"],
    additionalProperties: false,
  };
  const config = {
    type: "object",
    properties: {
      permutations: {
        type: "object",
        properties: { targets: list, platforms: list },
        required: ["targets", "platforms"],
        additionalProperties: false,
      },
      list: { anyOf: [{ type: "array", items: one }, EXPRESSION] },
    },
    additionalProperties: false,
  };
  const names = { ...HypervisorVariables.shape, ...SettingVariables.shape, [RUN_TIMEOUT]: ANYTHING };
  const known = Object.fromEntries(Object.keys(names).map((name) => [name, ANYTHING]));
  const variables = {
    type: ["object", "null"],
    properties: { ...known, config: { anyOf: [config, EXPRESSION] } },
  };
  const groups = { type: ["object", "null"], additionalProperties: { $ref: "#/$defs/group" } };
  return {
    type: "object",
    additionalProperties: { $ref: "#/$defs/group" },
    $defs: {
      ...FORMS,
      group: {
        type: ["object", "null"],
        properties: {
          hosts: { type: ["object", "null"], additionalProperties: variables },
          children: groups,
          vars: variables,
        },
        additionalProperties: false,
      },
    },
  };
}

interface Node extends Schema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

/** The same for what is written: expressions, texts that stand for truth values, numbers and lists, edits of inherited lists. */
function lenient(schema: Schema): Schema {
  const { description, default: _, ...node } = schema as Node & { readonly default?: unknown };
  const told = description === undefined ? {} : { description };
  const inner: Schema = {
    ...node,
    ...(node.properties && { properties: mapped(node.properties, lenient) }),
    ...(node.items && { items: lenient(node.items) }),
    ...(node.anyOf && { anyOf: node.anyOf.map(lenient) }),
  };
  const also = otherForms(node);
  return also.length === 0 ? { ...told, ...inner } : { ...told, anyOf: [inner, ...also] };
}

function otherForms({ type, anyOf }: Node): Schema[] {
  switch (type) {
    case "string":
      return [EXPRESSION, form("plain")];
    case "boolean":
      return [EXPRESSION, form("truth")];
    case "integer":
    case "number":
      return [EXPRESSION, form("digits")];
    case "array":
      return [form("edit")];
    case "object":
      return [EXPRESSION, form("nothing")];
    default:
      return anyOf ? [EXPRESSION, form("nothing")] : [];
  }
}

/** What is required may come from elsewhere: a file that is extended, farm's defaults. */
function partial(schema: Schema): Schema {
  const { required: _, ...node } = schema as Node & { readonly required?: unknown };
  return {
    ...node,
    ...(node.properties && { properties: mapped(node.properties, partial) }),
    ...(node.items && { items: partial(node.items) }),
    ...(node.anyOf && { anyOf: node.anyOf.map(partial) }),
  };
}

const mapped = (
  properties: Readonly<Record<string, Schema>>,
  change: (schema: Schema) => Schema,
): Record<string, Schema> =>
  Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, change(each)]));
