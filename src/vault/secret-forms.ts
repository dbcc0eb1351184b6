/** A shorter line of several is a word of any text: to mask it would hide half of a log and protect nothing. */
const SHORTEST_LINE = 8;
const TEMPLATE_MARKS = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}|\{#[\s\S]*?#\}/;

/**
 * The texts by which a secret would be seen: itself, its lines, since output is shown by the line, and each as it looks in quotes.
 * Longer ones come first.
 */
export function secretForms(secret: string): string[] {
  const whole = secret.trim();
  const lines = whole.split(/\r?\n/).map((line) => line.trim());
  const parts = [whole, ...lines.filter((line) => line.length >= SHORTEST_LINE)];
  return [...new Set(parts.flatMap(quoted))].filter(Boolean).sort((a, b) => b.length - a.length);
}

/** The same for an expression: what it evaluates to is known only later, what stands around its marks is not. */
export const secretPieces = (source: string): string[] =>
  [source, ...source.split(TEMPLATE_MARKS)].flatMap(secretForms);

/** As it is, in JSON and in a shell's single quotes. */
const quoted = (text: string): string[] => [
  text,
  JSON.stringify(text).slice(1, -1),
  text.replaceAll("'", String.raw`'\''`),
];
