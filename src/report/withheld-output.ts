import type { FarmEvent } from "../events.js";

type Output = FarmEvent & { readonly type: "task-output" };

/**
 * Output comes in pieces, and a secret may be cut in two: the end of a piece that may begin one waits for what comes next, at the latest
 * till something else is told of its VM.
 * @param beginning how many of a text's last characters may begin a secret
 * @returns what to tell now for each event
 */
export function withholding(beginning: (text: string) => number): (event: FarmEvent) => FarmEvent[] {
  const withheld = new Map<string, Output>();
  const release = (vm: string): Output[] => {
    const mine = [...withheld].filter(([, event]) => event.vm === vm);
    for (const [key] of mine) withheld.delete(key);
    return mine.map(([, event]) => event);
  };
  return (event) => {
    if (event.type !== "task-output")
      return "vm" in event && event.vm !== undefined ? [...release(event.vm), event] : [event];
    const key = JSON.stringify([event.vm, event.phase, event.task, event.stream]);
    const text = (withheld.get(key)?.text ?? "") + event.text;
    withheld.delete(key);
    const count = beginning(text);
    if (count === 0) return [{ ...event, text }];
    withheld.set(key, { ...event, text: text.slice(-count) });
    return count === text.length ? [] : [{ ...event, text: text.slice(0, -count) }];
  };
}
