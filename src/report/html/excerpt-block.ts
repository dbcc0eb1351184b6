import { html, type Markup } from "./markup.js";
import type { Excerpt } from "./run-record.js";

/** @param file where the whole of it is */
export function excerptBlock({ head, tail, left }: Excerpt, file: string, label: string): Markup {
  const note =
    left > 0 &&
    html`<span class="left">… ${left.toLocaleString("en")} characters are left out here; all of it is in ${file} …</span>\n`;
  const gap = left > 0 && head !== "" && !head.endsWith("\n") ? "\n" : "";
  return html`<pre tabindex="0" role="region" aria-label="${label}">${head}${gap}${note}${tail}</pre>`;
}
