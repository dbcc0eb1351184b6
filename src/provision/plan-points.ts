import { findProjectKey } from "../keys/project-key.js";
import type { Project } from "../load/project.js";
import { Fingerprints } from "../restore/fingerprint.js";
import { parseSurvey, type Survey, surveyCommand } from "../restore/survey.js";
import type { Hypervisors } from "./hypervisors.js";
import type { PlannedVm } from "./make-plan.js";
import type { HypervisorSession, PlacedVm } from "./model.js";
import { imageKeys, type PointRules, VmPoints } from "./vm-points.js";

const NOTHING: Survey = { points: [], images: new Map() };

/** Adds to each VM of a plan what is to become of its restore points. Every pool is looked at once, and nothing is changed. */
export async function choosePoints(
  plan: readonly PlannedVm[],
  project: Project,
  hypervisors: Hypervisors,
  rules: PointRules,
  signal: AbortSignal,
): Promise<PlannedVm[]> {
  const surveys = await surveyPools(plan, hypervisors, signal);
  const keyed = new Map<string, Fingerprints>();
  return Promise.all(
    plan.map(async (planned) => {
      const { placed, blueprint } = planned;
      const session = placed && hypervisors.sessions.get(placed.hypervisor);
      if (!placed || !session) return planned;
      const survey = surveys.get(poolOf(placed)) ?? NOTHING;
      const key = await findProjectKey({
        project: project.projectId,
        keyFile: blueprint.settings.privateKeyFile,
      });
      // Without a key no guest was ever made.
      const shown = key ?? { privateKey: "", publicKey: "", path: "" };
      const fingerprints = keyed.get(shown.privateKey) ?? new Fingerprints(shown.privateKey);
      keyed.set(shown.privateKey, fingerprints);
      const points = new VmPoints(placed, session.state, rules, shown, fingerprints);
      const images = knownImages(placed, session, survey);
      return { ...planned, choices: await points.choose(survey.points, images, Date.now()) };
    }),
  );
}

const poolOf = ({ hypervisor, definition }: PlacedVm): string =>
  JSON.stringify([hypervisor, definition.metadata.libvirt_pool_dir]);

async function surveyPools(
  plan: readonly PlannedVm[],
  hypervisors: Hypervisors,
  signal: AbortSignal,
): Promise<Map<string, Survey>> {
  const pools = new Map<string, PlacedVm[]>();
  for (const { placed } of plan)
    if (placed) pools.set(poolOf(placed), [...(pools.get(poolOf(placed)) ?? []), placed]);
  const asked = [...pools].map(async ([key, vms]): Promise<[string, Survey]> => {
    const [first] = vms;
    const session = first && hypervisors.sessions.get(first.hypervisor);
    if (!first || !session) return [key, NOTHING];
    const sources = vms.flatMap((vm) => imageKeys(vm, session.state));
    const pool = first.definition.metadata.libvirt_pool_dir;
    const { stdout } = await session.shell.run(surveyCommand({ pool, sources }), { signal });
    return [key, parseSurvey(stdout)];
  });
  return new Map(await Promise.all(asked));
}

/** The digests that the images have by what is known now; undefined when one was never fetched. */
function knownImages(vm: PlacedVm, session: HypervisorSession, { images }: Survey): string[] | undefined {
  const keys = imageKeys(vm, session.state);
  const digests = vm.recipes.map(({ checksum }, index) => {
    if (checksum && "hex" in checksum && checksum.algorithm === "sha256") return checksum.hex;
    return images.get(keys[index] ?? "");
  });
  return digests.every((digest) => digest !== undefined) ? digests : undefined;
}
