const LONGEST = 300;

/** What another machine said, fit for one line of a message: control characters harmless, not too long. */
export function plainText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const oneLine = text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, " ").trim();
  return oneLine.length > LONGEST ? `${oneLine.slice(0, LONGEST)}...` : oneLine;
}
