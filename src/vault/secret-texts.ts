/** A shorter line of several is a word of any text: to mask it would hide half of a log and protect nothing. */
const SHORTEST_LINE = 8;
const TEMPLATE_MARKS = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/;

/** The texts by which a secret would be seen: itself, and its lines, since output is shown by the line. */
export function secretTexts(secret: string): string[] {
  const whole = secret.trim();
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  return [...new Set([whole, ...lines.filter((line) => line.length >= SHORTEST_LINE)])].filter(Boolean);
}

/** The same for an expression: what it evaluates to is known only later, what stands around its marks is not. */
export const secretPieces = (source: string): string[] =>
  [source, ...source.split(TEMPLATE_MARKS)].flatMap(secretTexts);
