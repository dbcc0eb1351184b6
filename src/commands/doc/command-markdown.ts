import type { CommandPage } from "./command-page.js";

const HEAD = `# Command line

Made of farm's own definitions by \`farm doc --cli\`; \`man farm\` says the same.
`;

/** All commands as one page of Markdown. */
export const commandsMarkdown = (pages: readonly CommandPage[]): string =>
  [HEAD, ...pages.map(section)].join("\n");

function section({ name, usage, description, arguments: args, options, more }: CommandPage): string {
  const table = (what: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0
      ? ""
      : `\n| ${what} | meaning |\n|---|---|\n${rows.map(([key, text]) => `| \`${cell(key)}\` | ${cell(text).replaceAll("<", "&lt;")} |\n`).join("")}`;
  const behind = more === "" ? "" : `\n\`\`\`text\n${more}\n\`\`\`\n`;
  return `## farm ${name}\n\n${sentence(description)}\n\n    ${usage}\n${table("argument", args)}${table("option", options)}${behind}`;
}

const cell = (text: string): string => text.replaceAll("|", "\\|");

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
