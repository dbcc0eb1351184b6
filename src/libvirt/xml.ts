import { create } from "xmlbuilder2";
import { ConfigError, HypervisorError } from "../errors.js";

/** One element that was read: no prefixes, no comments, `text` is all text below it. */
export interface XmlElement {
  readonly name: string;
  readonly namespace: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

/** An element's content to write: `@name` is an attribute, `#` its text, an array repeats the element. */
export interface XmlTree {
  readonly [name: string]: XmlValue | readonly XmlValue[];
}
type XmlValue = string | number | XmlTree | undefined;

/**
 * Stands for an ampersand while xmlbuilder2 has the text, which takes `&lt;` in a string for markup and reads
 * `&amp;#65;` as `A`. No XML document may hold this character.
 */
const AMPERSAND = "\ufffe";
const restored = (text: string): string => text.replaceAll(AMPERSAND, "&");

/** Loose, as far as it can be read at all; entities of a document type are never expanded. @throws HypervisorError */
export function parseXml(text: string, what: string): XmlElement {
  const root = read(text, what);
  if (!root) throw new HypervisorError(`cannot read ${what}: it is not XML`);
  return toElement(root);
}

/** The children of that name, in order. */
export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? [];

/** The first element at the end of a path of names. */
export const at = (element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined =>
  path.reduce<XmlElement | undefined>((here, name) => childrenOf(here, name)[0], element);

/** Text without the white space around it; undefined when there is none. */
export const textAt = (element: XmlElement | undefined, ...path: readonly string[]): string | undefined =>
  at(element, ...path)?.text.trim() || undefined;

/**
 * A document of one element, whatever its strings hold.
 * @throws ConfigError for a control character or a line break, which XML does not bring back as it was.
 */
export const renderXml = (tree: XmlTree): string =>
  create(escaped(tree) as Record<string, unknown>)
    .end({ headless: true, prettyPrint: true })
    .replaceAll(AMPERSAND, "&amp;");

function escaped(value: unknown): unknown {
  if (typeof value === "string") return escapedText(value);
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(entries.map(([name, inner]) => [name, escaped(inner)]));
}

function escapedText(text: string): string {
  if (/\p{Cc}|\p{Surrogate}|[\ufffe\uffff]/u.test(text)) {
    throw new ConfigError(
      `${JSON.stringify(text)} cannot be part of a domain: it holds a control character or a line break`,
    );
  }
  return text.replaceAll("&", AMPERSAND);
}

type DomNode = ReturnType<typeof create>["node"];
type DomElement = Extract<DomNode, { readonly localName: string }> | DomElementLike;
interface DomElementLike {
  readonly localName: string;
  readonly namespaceURI: string | null;
  readonly textContent: string | null;
  readonly attributes: Iterable<{ readonly localName: string; readonly value: string }>;
  readonly firstChild: DomNode | null;
}

function read(text: string, what: string): DomElement | undefined {
  try {
    if (text.trim() === "") return undefined;
    const { node } = create(text.replaceAll("&amp;", AMPERSAND)).root();
    return isElement(node) ? node : undefined;
  } catch (cause) {
    throw new HypervisorError(`cannot read ${what}: it is not well-formed XML`, { cause });
  }
}

const ELEMENT_NODE = 1;
const isElement = (node: unknown): node is DomElementLike =>
  (node as { nodeType?: number } | undefined)?.nodeType === ELEMENT_NODE;

function toElement(node: DomElement): XmlElement {
  const children: XmlElement[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (isElement(child)) children.push(toElement(child));
  }
  return {
    name: node.localName,
    namespace: node.namespaceURI ?? undefined,
    attributes: new Map([...node.attributes].map(({ localName, value }) => [localName, restored(value)])),
    children,
    text: restored(node.textContent ?? ""),
  };
}
