import { Environment } from "minijinja-js";
import { ConfigError, type Position } from "../errors.js";
import { linePlace, plainMessage } from "./engine-message.js";

let environment: Environment | undefined;

/**
 * Sees whether the engine can read a template that is in its form, without rendering it.
 * @param lineIn where a line stands in the user's file, by what the engine calls the template
 * @throws ConfigError
 */
export function checkSyntax(
  code: string,
  name = "template0",
  lineIn?: (name: string, line: number) => Position | undefined,
): void {
  environment ??= new Environment();
  try {
    environment.addTemplate(name, code);
  } catch (error) {
    // After an error the engine may be broken.
    environment = undefined;
    throw new ConfigError(plainMessage(error), { position: linePlace(error, lineIn), cause: error });
  }
}
