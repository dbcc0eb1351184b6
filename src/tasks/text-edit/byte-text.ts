/** A file's text that loses no byte: one that is no UTF-8 has a character for each byte. */
export interface ByteText {
  readonly text: string;
  /** What the user gave, in the same form. */
  given(argument: string): string;
  /** The bytes of a text in this form. */
  bytes(text: string): Buffer;
}

/** @param content undefined: nothing is there */
export function byteText(content: Buffer = Buffer.alloc(0)): ByteText {
  const text = content.toString("utf8");
  if (Buffer.from(text).equals(content))
    return { text, given: (argument) => argument, bytes: (edited) => Buffer.from(edited) };
  return {
    text: content.toString("latin1"),
    given: (argument) => Buffer.from(argument).toString("latin1"),
    bytes: (edited) => Buffer.from(edited, "latin1"),
  };
}
