import { pythonText } from "../python.js";
import type { Call, Filters } from "./call.js";

const MAX_COUNT = 1_000;

interface Style {
  readonly beginning?: string;
  readonly decoration: string;
  readonly end?: string;
}

const STYLES: Readonly<Record<string, Style>> = {
  plain: { decoration: "# " },
  erlang: { decoration: "% " },
  c: { decoration: "// " },
  cblock: { beginning: "/*", decoration: " * ", end: " */" },
  xml: { beginning: "<!--", decoration: " - ", end: "-->" },
};

function styleOf(call: Call): Style {
  const name = call.text(0, "style", "plain");
  const style = Object.hasOwn(STYLES, name) ? STYLES[name] : undefined;
  return style ?? call.fail(`takes style: ${Object.keys(STYLES).join(", ")}; not '${name}'`);
}

/** Ansible's `comment`, whose every part may be given. */
function comment(call: Call): string {
  const style = styleOf(call);
  const option = (name: string, fallback: string) => pythonText(call.kwargs[name] ?? fallback);
  const count = (name: string) => Math.min(Number(call.kwargs[name] ?? 1), MAX_COUNT);
  const decoration = option("decoration", style.decoration);
  const newline = option("newline", "\n");
  const edge = decoration.trimEnd();
  const [beginning, end] = [option("beginning", style.beginning ?? ""), option("end", style.end ?? "")];
  const prefix = option("prefix", edge);
  const postfix = option("postfix", edge);
  const body = (decoration + pythonText(call.value).replaceAll(newline, newline + decoration)).replaceAll(
    decoration + newline,
    edge + newline,
  );
  return [
    beginning === "" ? "" : beginning + newline,
    prefix === "" ? "" : (prefix === newline ? newline : prefix + newline).repeat(count("prefix_count")),
    body,
    (newline + postfix).repeat(count("postfix_count")),
    end === "" ? "" : newline + end,
  ].join("");
}

export const COMMENT_FILTERS: Filters = { comment };
