import { parseRows } from "../csv.js";
import { compare, isMapping, pythonText, truthy } from "../python.js";
import type { Call, Filters } from "./call.js";
import { combineMappings, listMergeOf } from "./mappings.js";

type Row = Readonly<Record<string, unknown>>;

/** Lists of mappings, put together where they have the same value under a key. */
function mergeBy(call: Call): Row[] {
  const terms = [call.value, ...call.args];
  const index = pythonText(terms.pop() ?? "");
  if (terms.length === 0) return call.fail("needs the key that the lists are merged by");
  const recursive = truthy(call.kwargs["recursive"] ?? false);
  const lists = listMergeOf(call);
  const merged = new Map<string, Row>();
  for (const item of terms.flatMap((term) => call.list(term)).flat()) {
    const row = call.mapping(item);
    if (!Object.hasOwn(row, index)) continue;
    const key = JSON.stringify(row[index]);
    merged.set(key, combineMappings(merged.get(key) ?? {}, row, recursive, lists));
  }
  return [...merged.values()].sort((one, other) => compare(one[index], other[index]));
}

function fromCsv(call: Call): Row[] {
  const dialect = call.text(0, "dialect", "excel");
  if (!["excel", "excel-tab", "unix"].includes(dialect))
    return call.fail(`takes dialect: excel, excel-tab, unix; not '${dialect}'`);
  const delimiter = call.text(2, "delimiter", dialect === "excel-tab" ? "\t" : ",");
  const text = pythonText(call.value).replace(/^\uFEFF/, "");
  const trims = truthy(call.arg(3, "skipinitialspace", false));
  const rows = parseRows(text, delimiter)
    .filter((row) => row.length > 1 || row[0] !== "")
    .map((row) => (trims ? row.map((cell) => cell.trimStart()) : row));
  const given = call.arg(1, "fieldnames");
  const names = given === null ? (rows.shift() ?? []) : call.list(given).map(pythonText);
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? null])));
}

function groupedAsDict(call: Call): Row {
  const key = call.text(0, "attribute");
  const result = new Map<string, unknown>();
  for (const item of call.list()) {
    const row = call.mapping(item);
    if (!Object.hasOwn(row, key)) call.fail(`found an item without '${key}'`);
    const name = pythonText(row[key]);
    if (result.has(name)) call.fail(`found two items with '${name}'`);
    result.set(name, item);
  }
  return Object.fromEntries(result);
}

function counter(call: Call): Row {
  const counts = new Map<string, number>();
  for (const item of call.list()) {
    if (Array.isArray(item) || isMapping(item)) call.fail("counts texts and numbers only");
    const key = pythonText(item);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

/** Filters of community.general that turn lists of mappings into others. */
export const TABLE_FILTERS: Filters = {
  lists_mergeby: mergeBy,
  from_csv: fromCsv,
  groupby_as_dict: groupedAsDict,
  counter,
  dict_kv: (call) => ({ [call.text(0, "key")]: call.value }),
};
