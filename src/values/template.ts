import type { Position } from "../errors.js";

/**
 * A string of the user's own that holds `{{ }}` or `{% %}`. Only the YAML loader and the command line make
 * these, so that what a guest, an image or a hypervisor says can never be evaluated: it stays a plain string.
 */
export class Template {
  constructor(
    readonly source: string,
    readonly position?: Position,
  ) {}
}

/** A Template when the text holds template marks, else the text. */
export const templateOr = (text: string, position?: Position): Template | string =>
  /\{\{|\{%|\{#/.test(text) ? new Template(text, position) : text;
