import { isAbsolute, join, relative, sep } from "node:path";
import { formatSize } from "../../values/size.js";
import { html, type Markup } from "./markup.js";
import type { ArtifactsRecord } from "./run-record.js";

/** More would bury the page; they are all in the directory. */
const MOST = 200;

/**
 * The files of one attempt.
 * @param reportDirectory absolute: what is below it goes where the report goes, and is linked
 */
export function artifactsBlock({ directory, files }: ArtifactsRecord, reportDirectory: string): Markup {
  const way = relative(reportDirectory, directory);
  const travels = !isAbsolute(way) && way !== ".." && !way.startsWith(`..${sep}`);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const more = files.length - MOST;
  const item = ({ path, bytes: size }: (typeof files)[number]): Markup => {
    const name = travels ? html`<a href="${address(join(way, path))}">${path}</a>` : html`${path}`;
    return html`<li>${name} <span class="hush">${formatSize(size)}</span></li>`;
  };
  const count = `${files.length} artifact${files.length === 1 ? "" : "s"}`;
  return html`<details class="small"><summary>${count} <span class="hush">(${formatSize(bytes)})</span></summary><p class="where"><code class="position">${directory}</code></p>
<ul>${files.slice(0, MOST).map(item)}${more > 0 && html`<li class="hush">and ${more} more</li>`}</ul></details>`;
}

/** A path as a relative reference: `./`, since a first part with a colon would be a scheme. */
const address = (path: string): string => `./${path.split(sep).map(encoded).join("/")}`;

const encoded = (part: string): string => encodeURIComponent(part.toWellFormed());
