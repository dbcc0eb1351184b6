import { iniSection } from "../../template/lookup-tables.js";
import { type Mapping, setEntry } from "../../values/mapping.js";

/** Where a machine keeps facts of its own, as Ansible has it. */
export const FACTS_D = "/etc/ansible/facts.d";

/**
 * Shell text that tells the machine's own facts of the directory `$facts_d`: `=NAME`, then what the file or program NAME.fact
 * says, each line behind a colon, the exit status the last of them.
 */
export const LOCAL_FACTS = `for fact in "$facts_d"/*.fact; do
  [ -f "$fact" ] && [ -r "$fact" ] || continue
  name=\${fact##*/}
  case $name in *'
'*) continue ;; esac
  printf '=%s\\n' "\${name%.fact}"
  { if [ -x "$fact" ]; then "$fact" </dev/null; else cat "$fact"; fi; printf '\\n%s\\n' "$?"; } |
    while IFS= read -r line; do printf ':%s\\n' "$line"; done
done`;

/** `ansible_local`: JSON, or INI by sections; what is neither is told in its place, as Ansible does. */
export function localFacts(lines: readonly string[]): Mapping {
  const facts: Record<string, unknown> = {};
  const said = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines) {
    if (line.startsWith("=")) {
      current = [];
      said.set(line.slice(1), current);
    } else if (line.startsWith(":")) current.push(line.slice(1));
  }
  for (const [name, content] of said) setEntry(facts, name, factOf(name, content));
  return facts;
}

function factOf(name: string, content: readonly string[]): unknown {
  const status = content.at(-1) ?? "0";
  if (status !== "0") return `Failure executing fact script (${name}.fact), rc: ${status}`;
  const text = content.slice(0, -1).join("\n");
  return json(text) ?? ini(text) ?? `error loading facts as JSON or ini - please check content: ${name}.fact`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Then it may be INI.
    return undefined;
  }
}

function ini(text: string): Mapping | undefined {
  const first = text.split("\n").find((line) => line.trim() !== "" && !/^\s*[#;]/.test(line));
  if (first !== undefined && !first.startsWith("[")) return undefined;
  const sections: Record<string, unknown> = {};
  for (const [, name = ""] of text.matchAll(/^\[([^\]]+)\]/gm)) {
    const section: Record<string, unknown> = {};
    for (const [key, value] of iniSection(text, name) ?? []) setEntry(section, key, value);
    setEntry(sections, name, section);
  }
  return sections;
}
