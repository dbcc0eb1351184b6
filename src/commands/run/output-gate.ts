/** What is written while the gate is shut comes out, in its order, when it opens. */
export interface OutputGate {
  readonly write: (text: string) => void;
  /** @returns what opens it */
  shut(): () => void;
}

export function outputGate(through: (text: string) => void): OutputGate {
  let held: string[] | undefined;
  return {
    write: (text) => {
      if (held) held.push(text);
      else through(text);
    },
    shut: () => {
      held ??= [];
      return () => {
        const texts = held ?? [];
        held = undefined;
        for (const text of texts) through(text);
      };
    },
  };
}
