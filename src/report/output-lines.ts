import type { FarmEvent } from "../events.js";

/** What a task of a VM said: whole lines, without the last line end. */
export interface Said {
  readonly vm: string;
  readonly text: string;
}

/** Makes whole lines of the pieces that output comes in; what has no line end comes when its task ends. */
export function outputLines(): (event: FarmEvent) => Said[] {
  const rests = new Map<string, string>();
  return (event) => {
    if (event.type === "task-ended") {
      const rest = rests.get(event.vm) ?? "";
      rests.delete(event.vm);
      return rest === "" ? [] : [{ vm: event.vm, text: rest }];
    }
    if (event.type !== "task-output") return [];
    const lines = ((rests.get(event.vm) ?? "") + event.text).split("\n");
    rests.set(event.vm, lines.pop() ?? "");
    return lines.map((text) => ({ vm: event.vm, text }));
  };
}
