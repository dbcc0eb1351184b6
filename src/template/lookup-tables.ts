import { parseRows } from "./csv.js";
import type { Call } from "./filters/call.js";
import { compilePython } from "./filters/regex.js";
import { pythonText, truthy } from "./python.js";

/** Look-ups in files of tables: csvfile and ini. */

interface Term {
  readonly key: string;
  readonly option: (name: string, otherwise?: unknown) => unknown;
}

/** `key file=x col=1`, where keywords of the call win. */
function termOf(call: Call, term: unknown): Term {
  const words = pythonText(term).match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  const plain = words.filter((word) => !/^\w+=/.test(word));
  const given = Object.fromEntries(
    words.flatMap((word) => {
      const [, name, value] = /^(\w+)=([\s\S]*)$/.exec(word) ?? [];
      return name === undefined ? [] : [[name, (value ?? "").replace(/^(["'])([\s\S]*)\1$/, "$2")]];
    }),
  );
  return {
    key: plain.join(" "),
    option: (name, otherwise) => call.kwargs[name] ?? given[name] ?? otherwise,
  };
}

type ReadText = (call: Call, path: string) => string;

/** The cell of a column in the row that begins with the key. */
export const csvfile =
  (read: ReadText) =>
  (call: Call): unknown[] =>
    call.args.slice(1).flatMap((term) => {
      const { key, option } = termOf(call, term);
      const delimiter = pythonText(option("delimiter", "\t"));
      const column = Number(option("col", 1));
      const text = read(call, pythonText(option("file", "ansible.csv")));
      const rows = parseRows(text, /^(?:TAB|t|\\t)$/.test(delimiter) ? "\t" : delimiter);
      const row = rows.find(([first]) => first === key);
      if (row === undefined) return [option("default", "")];
      return [row[column] ?? call.fail(`finds no column ${column} in the row '${key}'`)];
    });

/** The value of an option in a section; `re=true`: of all that match. */
export const ini =
  (read: ReadText) =>
  (call: Call): unknown[] =>
    call.args.slice(1).flatMap((term) => options(call, termOf(call, term), read));

function options(call: Call, { key, option }: Term, read: ReadText): unknown[] {
  const isProperties = option("type", "ini") === "properties";
  const section = isProperties ? "java_properties" : pythonText(option("section", "global"));
  const file = read(call, pythonText(option("file", "ansible.ini")));
  const sensitive = truthy(option("case_sensitive", false));
  const values = iniSection(isProperties ? `[${section}]\n${file}` : file, section, sensitive);
  if (truthy(option("re", false)))
    return [...(values ?? [])].filter(([name]) => compilePython(`^(?:${key})`, "").test(name)).map(last);
  const found = values?.get(sensitive ? key : key.toLowerCase());
  if (found !== undefined || values !== undefined) return [found ?? option("default", "")];
  return [option("default", undefined) ?? call.fail(`finds no section '${section}'`)];
}

const last = ([, value]: readonly [string, string]): string => value;

/** The options of one section, those of `[DEFAULT]` among them; a line that is indented goes on with the last. */
export function iniSection(text: string, wanted: string, sensitive = false): Map<string, string> | undefined {
  const sections = new Map<string, Map<string, string>>();
  let here: Map<string, string> | undefined;
  let latest = "";
  for (const line of text.split(/\r?\n/)) {
    const section = /^\[([^\]]+)\]/.exec(line)?.[1];
    const [, name = "", value = ""] = /^([^\s#;[][^:=]*?)\s*[:=]\s*(.*)$/.exec(line) ?? [];
    if (section !== undefined) {
      here = sections.get(section) ?? new Map();
      sections.set(section, here);
    } else if (name !== "") {
      latest = sensitive ? name : name.toLowerCase();
      here?.set(latest, value.trim());
    } else if (/^\s+[^\s#;]/.test(line) && here?.has(latest))
      here.set(latest, `${here.get(latest)}\n${line.trim()}`);
  }
  const own = sections.get(wanted);
  return own && new Map([...(sections.get("DEFAULT") ?? []), ...own]);
}
