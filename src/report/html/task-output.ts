import { diffLines } from "../diff-text.js";
import { harmless } from "../harmless.js";
import type { Excerpt, OutputPart } from "./run-record.js";

type Result = Readonly<Record<string, unknown>>;

/** Said elsewhere, or of no use to who reads a report. */
const UNTOLD =
  /^(?:changed|failed|skipped|rc|(?:std(?:out|err)(?:_lines)?)|msg|diff|results|invocation|start|end|delta|_ansible.*)$/;
const SHORT = 2_000;

/** The beginning and, three times as long, the end of a text of at most `most` characters. */
export function excerpt(text: string, most: number): Excerpt {
  if (text.length <= most) return { head: text, tail: "", left: 0 };
  const head = text.slice(0, Math.floor(most / 4));
  const tail = text.slice(text.length - (most - head.length));
  return { head, tail, left: text.length - head.length - tail.length };
}

/** @param most characters a part */
export function taskOutput(result: Result, most: number): OutputPart[] {
  const parts = partsOf(result);
  const items = Array.isArray(result["results"]) ? (result["results"] as Result[]) : [];
  if (items.length > 0) parts.push(["items", items.map(itemText).join("\n")]);
  const said = parts.length > 0 ? parts : otherParts(result);
  return said.map(([name, text]) => ({ name, text: excerpt(text, most) }));
}

function partsOf(result: Result): [string, string][] {
  const { msg, rc, stdout, stderr, diff } = result;
  const message = msg === undefined || msg === "" ? [] : [textOf(msg)];
  const status = typeof rc === "number" && rc !== 0 ? [`exit status ${rc}`] : [];
  const parts: [string, string][] = [
    ["message", [...message, ...status].join(", ")],
    ["stdout", typeof stdout === "string" ? stdout : ""],
    ["stderr", typeof stderr === "string" ? stderr : ""],
    ["diff", diffLines(diff).join("\n")],
  ];
  return parts.filter(([, text]) => text !== "");
}

function itemText(item: Result): string {
  const label = item["_ansible_item_label"] ?? item["item"];
  const status = item["failed"] ? "FAILED" : item["skipped"] ? "skipped" : item["changed"] ? "changed" : "ok";
  const said = partsOf(item).map(([, text]) => text.replace(/^/gm, "    "));
  return [`${label === undefined ? "item" : textOf(label)}: ${status}`, ...said].join("\n");
}

function otherParts(result: Result): [string, string][] {
  const rest = Object.entries(result).filter(([key]) => !UNTOLD.test(key));
  if (rest.length === 0) return [];
  const text = JSON.stringify(Object.fromEntries(rest), undefined, 2);
  return [["result", text.length > SHORT ? `${text.slice(0, SHORT)}…` : text]];
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

/** The last lines of what a failed task said, fit for a card. */
export function lastLines(parts: readonly OutputPart[], most: number): string {
  const text = parts
    .filter(({ name }) => name !== "message" && name !== "diff")
    .map(({ text: { head, tail, left } }) => (left > 0 ? tail : head))
    .join("\n");
  return harmless(text).trimEnd().split("\n").slice(-most).join("\n");
}
