import { Environment } from "minijinja-js";
import { ConfigError, type Position } from "../errors.js";
import { plainMessage } from "./engine-message.js";

let environment: Environment | undefined;

/**
 * Sees whether the engine can read a template that is in its form, without rendering it.
 * @param placeOf where a line of it stands in the user's file
 * @throws ConfigError
 */
export function checkSyntax(code: string, placeOf?: (line: number) => Position | undefined): void {
  environment ??= new Environment();
  try {
    environment.addTemplate("template0", code);
  } catch (error) {
    // After an error the engine may be broken.
    environment = undefined;
    const line = Number(/\(in template0:(\d+)\)/.exec(String(error))?.[1] ?? 1);
    throw new ConfigError(plainMessage(error), { position: placeOf?.(line), cause: error });
  }
}
