/** Lines with their ends, as Python's `readlines`: only a line feed ends one, the last may have none. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** A line without its end, of Windows or not. */
export const bare = (line: string): string => line.replace(/[\r\n]+$/, "");

/** Whether what follows starts a line of its own. */
export const isEnded = (line: string): boolean => /[\r\n]$/.test(line);
