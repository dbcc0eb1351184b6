import type { CommandPage } from "./command-page.js";

/** `farm(1)` in the macros of man(7). */
export function manualPage(description: string, pages: readonly CommandPage[]): string {
  return [
    '.TH FARM 1 "" "farm" "User Commands"',
    ".SH NAME",
    `farm \\- ${roff("run a project's phases on a farm of virtual machines")}`,
    ".SH SYNOPSIS",
    ".B farm",
    roff("COMMAND [options]"),
    ".SH DESCRIPTION",
    roff(description),
    ".SH COMMANDS",
    ...pages.flatMap(section),
    "",
  ].join("\n");
}

function section({ usage, description, arguments: args, options, more }: CommandPage): string[] {
  return [
    `.SS ${roff(usage)}`,
    roff(`${description}.`),
    ...[...args, ...options].flatMap(([term, text]) => [".TP", `.B ${roff(term)}`, roff(text)]),
    ...(more === "" ? [] : [".PP", ".nf", ...more.split("\n").map(roff), ".fi"]),
  ];
}

/** Text that roff prints as it is, wherever a line of it begins. */
const roff = (text: string): string =>
  text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
