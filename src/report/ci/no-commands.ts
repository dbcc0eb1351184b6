/** Where a log line may begin for a CI; it trims what is before. */
const LINE_COMMAND = /^(\s*):(?=:)/gm;
/** `##[error]` and the like stand anywhere in a line. */
const MARK = /##(?=\[|vso\[|teamcity\[)/g;
const SECTION = /section_(?=(?:start|end):)/g;

/**
 * Text for the log of a CI, in which no line is a command to it: what a guest prints must not become `::error::`, `##[group]` or
 * a section marker. A blank is put in the midst of those; all else stays.
 */
export const noCommands = (text: string): string =>
  text.replace(LINE_COMMAND, "$1: ").replace(MARK, "# #").replace(SECTION, "section _");

/** The same for a line of JSON, which stays the same value. */
export const noCommandsInJson = (json: string): string =>
  json.replace(MARK, "\\u0023#").replace(SECTION, "section\\u005f");
