import { z } from "zod";
import { script } from "../remote/script.js";
import { lastLine } from "../remote/status.js";
import { bool, text } from "./arguments.js";
import { ModuleFailure } from "./failure.js";
import type { Module } from "./module.js";

const Args = z.strictObject({
  database: text().describe("passwd, group, hosts, services ..."),
  key: text().optional().describe("one entry; without it, all"),
  split: text().optional().describe("what separates the fields"),
  service: text().optional().describe("the source to ask"),
  fail_key: bool().default(true).describe("fail when there is no such entry"),
});

const QUERY = `db=$1 key=$2 service=$3
if command -v getent >/dev/null 2>&1; then getent \${service:+-s "$service"} "$db" \${key:+"$key"}; exit; fi
[ -r "/etc/$db" ] || { echo "there is no /etc/$db" >&2; exit 1; }
if [ "$key" ]; then grep "^$key:" "/etc/$db" || exit 2; else cat "/etc/$db"; fi`;

/** Entries of the machine's databases. */
export const getent: Module<z.infer<typeof Args>> = {
  name: "getent",
  summary: "Reads databases such as passwd and hosts into `ansible_facts.getent_NAME`.",
  args: Args,
  async run({ database, key, split, service, fail_key }, context) {
    const { code, stdout, stderr } = await context.ask({
      ...script("getent", QUERY, [database, key ?? "", service ?? ""]),
      readOnly: true,
    });
    const name = `getent_${database}`;
    if (code === 2 && !fail_key) return { changed: false, ansible_facts: { [name]: { [key ?? ""]: null } } };
    if (code === 2)
      throw new ModuleFailure(`One or more supplied key could not be found in the database: ${key}`);
    if (code !== 0)
      throw new ModuleFailure(`cannot read ${database}: ${lastLine(stderr, code)}`, { rc: code });
    const separator = split ?? (["passwd", "shadow", "group", "gshadow"].includes(database) ? ":" : /\s+/);
    const entries = stdout
      .split("\n")
      .filter((line) => line.trim() !== "")
      .map((line) => line.split(separator));
    return {
      changed: false,
      ansible_facts: { [name]: Object.fromEntries(entries.map(([head = "", ...rest]) => [head, rest])) },
    };
  },
};
