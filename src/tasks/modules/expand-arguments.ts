import { quote } from "../../transport/quote.js";

type Argv = readonly [string, ...string[]];

const VARIABLE = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})/;
const HOME = /^~([A-Za-z_][\w.-]*)?(?:\/|$)/;

/**
 * What runs a program with the variables and home directories in its words replaced by what they are on the machine, as Ansible's
 * command does; a variable that is not set stays as it is written. Undefined when there is nothing to replace.
 */
export function expandedArgv(argv: Argv): Argv | undefined {
  if (!argv.some((word) => VARIABLE.test(word) || HOME.test(word))) return undefined;
  return ["sh", "-c", `exec ${argv.map(shellWord).join(" ")}`];
}

/** Only names go into the line as they are; everything else is quoted. */
function shellWord(word: string): string {
  // With its slash: one in quotes would not end a user's name.
  const home = HOME.exec(word)?.[0] ?? "";
  const parts = word.slice(home.length).split(new RegExp(VARIABLE, "g"));
  // Of each match there are three parts: the text before it, and its name without or with braces.
  let code = home;
  for (let at = 0; at < parts.length; at += 3) {
    const text = parts[at] ?? "";
    if (text !== "") code += quote(text);
    const name = parts[at + 1] ?? parts[at + 2];
    if (name === undefined) continue;
    const written = parts[at + 1] === undefined ? `\${${name}}` : `$${name}`;
    code += `"\${${name}-${written.replace("$", "\\$").replace("}", "\\}")}}"`;
  }
  return code === "" ? "''" : code;
}
