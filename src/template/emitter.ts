import { textAt } from "./operands.js";
import { type Token, tokenAt } from "./tokens.js";

/** A string as the engine's literal. */
export const literal = (text: string): string => JSON.stringify(text);

/** An open bracket: what it calls, whether the keyword mark is written, the keys of a mapping. */
interface Bracket {
  readonly bracket: string;
  readonly callee: string;
  marked: boolean;
  readonly keys: string[];
}

/** Goes through tokens from left to right, knowing the brackets it is in. */
export abstract class Emitter {
  /** The keys of each mapping that is written out. */
  readonly mappings: string[][] = [];
  readonly #open: Bracket[] = [];

  constructor(protected readonly tokens: readonly Token[]) {}

  /** The code for what begins at an index, and where that ends. */
  protected abstract one(at: number): [string, number];

  emit(from = 0, to = this.tokens.length): string {
    const parts: string[] = [];
    let at = from;
    while (at < to) {
      const [code, next] = this.one(at);
      parts.push(code);
      at = next;
    }
    return parts.join(" ");
  }

  protected text(index: number): string {
    return textAt(this.tokens, index);
  }

  /** What the user wrote, without its spaces. */
  protected source(from: number, to: number): string {
    return this.tokens
      .slice(from, to)
      .map((token) => token.text)
      .join("");
  }

  /** The innermost bracket. */
  protected get open(): Bracket | undefined {
    return this.#open.at(-1);
  }

  /** The code for what stands in a bracket. */
  protected inside(bracket: string, from: number, to: number): string {
    this.#open.push({ bracket, callee: "", marked: false, keys: [] });
    const code = this.emit(from, to);
    this.#open.pop();
    return code;
  }

  /** Opens or closes the bracket at an index, if there is one. */
  protected bracket(at: number): void {
    const text = this.text(at);
    if (text === "(" || text === "[" || text === "{") {
      const before = tokenAt(this.tokens, at - 1);
      const callee = text === "(" && before.kind === "name" ? before.text : "";
      this.#open.push({ bracket: text, callee, marked: false, keys: [] });
    } else if (text === ")" || text === "]" || text === "}") {
      const closed = this.#open.pop();
      if (closed?.bracket === "{" && closed.keys.length > 1) this.mappings.push(closed.keys);
    }
  }
}
