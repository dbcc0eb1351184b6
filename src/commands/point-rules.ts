import type { GuestKey } from "../keys/guest-key.js";
import { version } from "../package.js";
import type { Project } from "../project/project.js";
import type { PointRules } from "../provision/model.js";
import { Fingerprints } from "../restore/fingerprint.js";
import { type FreshOptions, passedOver, type TagOptions, tagChoice } from "./options.js";

/** What the command line and the project say about restore points. */
export function pointRules(
  { projectId, directory, hosts }: Project,
  options: FreshOptions & TagOptions,
): PointRules {
  return {
    project: projectId,
    directory,
    hosts,
    farmVersion: version(),
    tags: tagChoice(options),
    fresh: passedOver(options),
    environment: process.env,
  };
}

/** One for each key, so that no file is read twice. */
export function fingerprintsOnce(): (key: GuestKey) => Fingerprints {
  const known = new Map<string, Fingerprints>();
  return ({ privateKey }) => {
    const fingerprints = known.get(privateKey) ?? new Fingerprints(privateKey);
    known.set(privateKey, fingerprints);
    return fingerprints;
  };
}
