/** A name as one word at a line's end, as printf's %b reads it; blanks at the ends would be lost otherwise. */
export const encodeName = (name: string): string =>
  name
    .replace(/\\/g, "\\0134")
    .replace(/\n/g, "\\0012")
    .replace(/^[ \t]|[ \t]$/g, (blank) => (blank === " " ? "\\0040" : "\\0011"));
