import { IndexEntry, readJson } from "../images/layout/store-layout.js";
import type { Trace } from "../trace.js";
import type { Command } from "../transport/shell.js";
import { type Manifest, readManifest } from "./manifest.js";

/** What farm has in one pool directory. */
export interface Survey {
  readonly points: readonly Manifest[];
  /** Digests of images that were fetched before, by the keys of their sources. */
  readonly images: ReadonlyMap<string, string>;
  /** What callbacks of the user's looked at, by the keys of what they made. */
  readonly traces: ReadonlyMap<string, Trace>;
}

/** By the pool directory, absolute. */
export type Surveys = ReadonlyMap<string, Survey>;

const POOL = `
printf 'pool %s\\n' "$pool"
for manifest in "$pool"/farm/points/*/manifest.json; do
  [ -f "$manifest" ] || continue
  name=\${manifest%/manifest.json}
  case $name in *.part-*) continue ;; esac
  printf 'point %s ' "\${name##*/}"; cat -- "$manifest"
done
for index in "$pool"/farm/images/index/*.json; do
  case $index in */sha256-*|*/\\*.json) continue ;; esac
  name=\${index##*/}
  printf 'image %s ' "\${name%.json}"; cat -- "$index"
done`;

/** Of one pool; nothing is changed. @param pool absolute */
export const surveyPool = (pool: string): Command => ({
  argv: ["sh", "-c", `pool=$1${POOL}\nexit 0`, "farm-survey", pool],
  readOnly: true,
  timeoutMs: 60_000,
});

/** Of all pools that this user's farms have used on a hypervisor. */
export const surveyHypervisor: Command = {
  argv: [
    "sh",
    "-c",
    `[ -f "$HOME/.cache/farm/pools" ] || exit 0\nwhile IFS= read -r pool; do${POOL}\ndone <"$HOME/.cache/farm/pools"\nexit 0`,
    "farm-survey",
  ],
  readOnly: true,
  timeoutMs: 60_000,
};

/** Whatever is not as farm writes it counts as not there. */
export function parseSurveys(stdout: string): Surveys {
  const surveys = new Map<string, Survey>();
  for (const part of stdout.split(/^pool /m).slice(1)) {
    const [pool = "", ...lines] = part.split("\n");
    const images = entries(lines, "image");
    surveys.set(pool, {
      points: entries(lines, "point").flatMap(([name, json]) => readManifest(name, json) ?? []),
      images: new Map(images.flatMap(([key, json]) => digestIn(key, json))),
      traces: new Map(images.flatMap(([key, json]) => traceIn(key, json))),
    });
  }
  return surveys;
}

/** What follows a word at the beginning of lines: a name and JSON. */
const entries = (lines: readonly string[], word: string): [string, string][] =>
  lines.flatMap((line): [string, string][] => {
    const [, what, name = "", json = ""] = /^(\S+) (\S+) (.*)$/.exec(line) ?? [];
    return what === word ? [[name, json]] : [];
  });

function digestIn(key: string, json: string): [string, string][] {
  const [, sha256] = /"sha256":"([0-9a-f]{64})"/.exec(json) ?? [];
  return sha256 === undefined ? [] : [[key, sha256]];
}

function traceIn(key: string, json: string): [string, Trace][] {
  const trace = json.includes('"trace":') ? readJson(IndexEntry, json)?.trace : undefined;
  return trace === undefined ? [] : [[key, trace]];
}
