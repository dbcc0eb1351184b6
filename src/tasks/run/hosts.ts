import { globPattern } from "../../glob.js";
import type { Session } from "./session.js";

/** Whether a play's `hosts` names this machine: `all`, its name, a group of its, globs; `!` excludes, `&` demands. */
export function playMatches(pattern: string, session: Session): boolean {
  const names = ["all", session.name, ...session.world.groupsOf(session.name)];
  const matches = (part: string) => {
    const wanted = globPattern(part);
    return names.some((name) => wanted.test(name));
  };
  const parts = pattern
    .split(/[,:]/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
  const plain = parts.filter((part) => !/^[!&]/.test(part));
  return (
    (plain.length === 0 || plain.some(matches)) &&
    parts.filter((part) => part.startsWith("&")).every((part) => matches(part.slice(1))) &&
    !parts.filter((part) => part.startsWith("!")).some((part) => matches(part.slice(1)))
  );
}
