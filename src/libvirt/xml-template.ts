import { ConfigError } from "../errors.js";
import type { XmlTemplate } from "../load/definitions/xml-templates.js";
import { XML_SYNTAX } from "../template/syntax.js";
import { renderFile } from "../template/template-file.js";
import { parseXml, renderXml, type XmlElement, type XmlTree } from "./xml.js";

export type Fail = (message: string, hint?: string) => ConfigError;

interface Rendered {
  /** One element, no declaration and no comments. */
  readonly text: string;
  readonly root: XmlElement;
  /** Makes an error that names the template and its file. */
  readonly fail: Fail;
}

/** @param element what the template must make @throws ConfigError when it makes something else */
export function renderTemplate(
  template: XmlTemplate,
  values: Record<string, unknown>,
  element: string,
): Rendered {
  const rendered = renderFile(template, template.scope.child(values), { syntax: XML_SYNTAX });
  // No comment can be taken for an element then.
  const text = rendered.replace(/^\s*<\?xml[^>]*\?>/, "").replace(/<!--[\s\S]*?-->/g, "");
  const fail: Fail = (message, hint) =>
    new ConfigError(`the ${element} template ${message}`, {
      position: { file: template.scope.files?.shown(template.path) ?? template.path, line: 1, column: 1 },
      hint,
    });
  const root = wellFormed(text, element, fail);
  if (root.name !== element) throw fail(`makes <${root.name}>, not <${element}>`);
  return { text, root, fail };
}

function wellFormed(text: string, element: string, fail: Fail): XmlElement {
  try {
    return parseXml(text, "it");
  } catch (cause) {
    const error = fail(
      "does not make well-formed XML",
      `the text that it makes must be one element <${element}>`,
    );
    throw Object.assign(error, { cause });
  }
}

/** The inside of an element. */
export const markup = (tree: XmlTree): string => {
  const found = /^<x>\s*([\s\S]*?)\s*<\/x>$/.exec(renderXml({ x: tree }));
  return found?.[1] ?? "";
};

/** The elements of a tree as markup, by their names. */
export const markupByName = (tree: XmlTree): Record<string, string> =>
  Object.fromEntries(
    Object.entries(tree)
      .filter(([name]) => !name.startsWith("@"))
      .map(([name, value]) => [name, markup({ [name]: value })]),
  );

/** @param tag an element's name @param more put behind its start tag */
export const behindStart = (text: string, tag: string, more: string): string =>
  text.replace(new RegExp(`<${tag}(?=[\\s>])(?:"[^"]*"|'[^']*'|[^"'>])*>`), (found) => found + more);
