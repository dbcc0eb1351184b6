import jmespath from "jmespath";
import { create } from "xmlbuilder2";
import { isMapping, pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";

/** `json_query('hosts[?up].name')`: JMESPath, as community.general has it. */
function jsonQuery(call: Call): unknown {
  const expression = call.text(0, "expr");
  try {
    return jmespath.search(call.value, expression) ?? null;
  } catch (error) {
    return call.fail(`cannot evaluate the query '${expression}': ${(error as Error).message}`);
  }
}

/** XML as xmltodict has it: attributes under `@name`, text under `#text`, repeated elements as lists, empty ones none. */
function fromXml(call: Call): unknown {
  const text = pythonText(call.value);
  if (/<!DOCTYPE/i.test(text)) call.fail("takes no XML with a document type");
  if (!text.trimStart().startsWith("<")) call.fail("needs XML, which begins with <");
  try {
    return plain(create(text).toObject({ group: true }));
  } catch (error) {
    return call.fail(`needs XML: ${(error as Error).message.split("\n")[0]}`);
  }
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "string") return value.trim() === "" ? null : value;
  if (!isMapping(value)) return value ?? null;
  const entries = Object.entries(value).flatMap(([key, entry]) => {
    if (key === "@" && isMapping(entry))
      return Object.entries(entry).map(([name, text]) => [`@${name}`, text]);
    if (key === "#") return typeof entry === "string" && entry.trim() === "" ? [] : [["#text", entry]];
    return [[key, plain(entry)]];
  });
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

/** The way back; one root element. */
function toXml(call: Call): string {
  const root = Object.keys(call.mapping());
  if (root.length !== 1) call.fail("needs a mapping with one key, the root element");
  const indent =
    call.text(1, "indent", "tabs") === "spaces" ? " ".repeat(call.number(2, "indent_width", 4)) : "\t";
  const document = create({ encoding: "utf-8" }, forBuilder(call.mapping()) as Record<string, unknown>);
  return document.end({ prettyPrint: true, indent });
}

/** The builder's own keys: `@name` are attributes there too, text is `#`. */
function forBuilder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(forBuilder);
  if (!isMapping(value)) return value === null ? "" : pythonText(value);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key === "#text" ? "#" : key, forBuilder(entry)]),
  );
}

const URL_PARTS = /^(?:([A-Za-z][\w+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

/** The parts of an address by Python's names, or the one that is asked for. */
function urlsplit(call: Call): unknown {
  const [, scheme = "", netloc = "", path = "", query = "", fragment = ""] =
    URL_PARTS.exec(pythonText(call.value)) ?? [];
  const at = netloc.lastIndexOf("@");
  const [user, password] = at < 0 ? [] : netloc.slice(0, at).split(/:(.*)/s);
  const [, host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(netloc.slice(at + 1)) ?? [];
  const parts: Record<string, unknown> = {
    fragment,
    hostname: host ? host.replace(/^\[|\]$/g, "").toLowerCase() : null,
    netloc,
    password: password ?? null,
    path,
    port: port ? Number(port) : null,
    query,
    scheme: scheme.toLowerCase(),
    username: user ?? null,
  };
  const wanted = call.text(0, "query");
  if (wanted === "") return parts;
  if (!Object.hasOwn(parts, wanted)) call.fail(`knows no part '${wanted}': ${Object.keys(parts).join(", ")}`);
  return parts[wanted];
}

export const QUERY_FILTERS: Filters = {
  json_query: jsonQuery,
  from_xml: fromXml,
  to_xml: toXml,
  urlsplit,
};
