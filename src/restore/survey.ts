import type { Command } from "../transport/shell.js";
import { type Manifest, readManifest } from "./manifest.js";

/** What to look for in a pool; everything in it is only read. */
export interface SurveyQuestion {
  /** May begin with `~/`. */
  readonly pool: string;
  /** Keys of images' sources, for which the index is asked. */
  readonly sources: readonly string[];
}

export interface Survey {
  readonly points: readonly Manifest[];
  /** Digests of images that were fetched before, by the keys of their sources. */
  readonly images: ReadonlyMap<string, string>;
}

const SCRIPT = `
case $1 in '~') pool=$HOME ;; '~/'*) pool=$HOME/\${1#'~/'} ;; *) pool=$1 ;; esac
shift
for manifest in "$pool"/farm/points/*/manifest.json; do
  [ -f "$manifest" ] || continue
  name=\${manifest%/manifest.json}
  case $name in *.part-*) continue ;; esac
  printf 'point %s ' "\${name##*/}"; cat -- "$manifest"
done
for key; do
  index=$pool/farm/images/index/$key.json
  [ ! -f "$index" ] || { printf 'image %s ' "$key"; cat -- "$index"; }
done
exit 0`;

export const surveyCommand = ({ pool, sources }: SurveyQuestion): Command => ({
  argv: ["sh", "-c", SCRIPT, "farm-survey", pool, ...new Set(sources)],
  readOnly: true,
  timeoutMs: 60_000,
});

/** Whatever is not as farm writes it counts as not there. */
export function parseSurvey(stdout: string): Survey {
  const points: Manifest[] = [];
  const images = new Map<string, string>();
  for (const line of stdout.split("\n")) {
    const [, what, name = "", json = ""] = /^(point|image) (\S+) (.*)$/.exec(line) ?? [];
    if (what === "point") {
      const manifest = readManifest(name, json);
      if (manifest) points.push(manifest);
    } else if (what === "image") {
      const [, sha256] = /"sha256":"([0-9a-f]{64})"/.exec(json) ?? [];
      if (sha256 !== undefined) images.set(name, sha256);
    }
  }
  return { points, images };
}
