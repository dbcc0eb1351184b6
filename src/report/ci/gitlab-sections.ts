const ERASE = "\u001b[0K";

/** The line that begins a section of GitLab's log. @param name letters, digits, `_`, `.` and `-` @param at its time */
export const sectionStart = (name: string, title: string, at: Date, collapsed = true): string =>
  `${ERASE}section_start:${seconds(at)}:${name}${collapsed ? "[collapsed=true]" : ""}\r${ERASE}${title}\n`;

export const sectionEnd = (name: string, at: Date): string =>
  `${ERASE}section_end:${seconds(at)}:${name}\r${ERASE}\n`;

const seconds = (at: Date): number => Math.floor(at.getTime() / 1000);
