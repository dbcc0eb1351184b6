import type { Warmth } from "../../dispatch/model.js";
import type { Emit } from "../../events.js";
import type { Provided } from "../../images/recipe/image-recipe.js";
import { expandHome } from "../../images/recipe/source-url.js";
import type { UpstreamChange } from "../../images/upstream.js";
import { findGuestKey } from "../../keys/guest-key.js";
import { Fingerprints } from "../../restore/fingerprint.js";
import { parseSurveys, type Survey, type Surveys, surveyHypervisor } from "../../restore/survey.js";
import type { Hypervisors } from "../hypervisors.js";
import type { HypervisorSession, PlacedVm, PointRules } from "../model.js";
import { homeOf, VmPoints } from "../vm-points.js";
import { KnownImages } from "./known-images.js";
import type { PlannedVm } from "./make-plan.js";
import { knownOtherKeys } from "./other-keys.js";

const NOTHING: Survey = { points: [], images: new Map(), traces: new Map() };

/** What farm has on each hypervisor that answered, by its name. */
export type Known = ReadonlyMap<string, Surveys>;

/** Looks at all hypervisors at the same time; nothing is changed. */
export async function surveyHypervisors({ sessions }: Hypervisors, signal: AbortSignal): Promise<Known> {
  const all = [...sessions.values()].map(async ({ name, shell }): Promise<[string, Surveys]> => {
    const { stdout } = await shell.run(surveyHypervisor, { signal });
    return [name, parseSurveys(stdout)];
  });
  return new Map(await Promise.all(all));
}

/** Which restore points of a project's VMs are where, whether or not they will do: `clean` ones also of other projects, which may be the same. */
export function warmth(
  known: Known,
  project: string,
): (vm: string, hypervisor: string) => Warmth | undefined {
  const found = new Map<string, Warmth>();
  const keyOf = (vm: string, hypervisor: string) => JSON.stringify([vm, hypervisor]);
  for (const [hypervisor, surveys] of known) {
    const points = [...surveys.values()].flatMap((survey) => survey.points);
    for (const { vm, kind, project: of } of points) {
      const key = keyOf(vm, hypervisor);
      if (of === project && kind !== "clean") found.set(key, "init");
      else if ((of === project || kind === "clean") && !found.has(key)) found.set(key, "clean");
    }
  }
  return (vm, hypervisor) => found.get(keyOf(vm, hypervisor));
}

/** Adds to each VM of a plan what is to become of its restore points. */
export async function choosePoints(
  plan: readonly PlannedVm[],
  { sessions }: Hypervisors,
  known: Known,
  rules: PointRules,
  upstream?: Upstream,
): Promise<PlannedVm[]> {
  const keyed = new Map<string, Fingerprints>();
  return Promise.all(
    plan.map(async (planned) => {
      const { placed, blueprint } = planned;
      const session = placed && sessions.get(placed.hypervisor);
      if (!placed || !session) return planned;
      const survey = surveyOf(placed, session, known.get(session.name));
      const key = await findGuestKey({ keyFile: blueprint.settings.privateKeyFile });
      // Without a key no guest was ever made.
      const shown = key ?? { privateKey: "", publicKey: "", path: "" };
      const fingerprints = keyed.get(shown.privateKey) ?? new Fingerprints(shown.privateKey);
      keyed.set(shown.privateKey, fingerprints);
      const others = await knownOtherKeys(placed);
      const points = new VmPoints(placed, session.state, rules, shown, fingerprints, others);
      const { project, directory, environment } = rules;
      const callbackRules = { fingerprints, project, directory, environment };
      const images = new KnownImages(placed, homeOf(session.state), survey, callbackRules, (recipe) =>
        upstream?.change(session, placed.definition.metadata.libvirt_pool_dir, recipe),
      );
      const digests = await images.digests();
      const choices = await points.choose(survey.points, digests, Date.now());
      return { ...planned, choices, there: images.there };
    }),
  );
}

function surveyOf(
  { definition }: PlacedVm,
  { state }: HypervisorSession,
  surveys: Surveys | undefined,
): Survey {
  const pool = expandHome(definition.metadata.libvirt_pool_dir, homeOf(state)).replace(/(.)\/+$/, "$1");
  return surveys?.get(pool) ?? NOTHING;
}

/** Asks servers whether they have what the store has; each image once. */
export class Upstream {
  readonly #asked = new Map<string, Promise<UpstreamChange | undefined>>();

  constructor(
    private readonly emit: Emit,
    private readonly signal: AbortSignal,
  ) {}

  change(session: HypervisorSession, pool: string, recipe: Provided): Promise<UpstreamChange | undefined> {
    const key = JSON.stringify([session.name, pool, recipe.url, recipe.checksum]);
    const asked = this.#asked.get(key) ?? this.#ask(session, pool, recipe);
    this.#asked.set(key, asked);
    return asked;
  }

  async #ask(
    session: HypervisorSession,
    pool: string,
    recipe: Provided,
  ): Promise<UpstreamChange | undefined> {
    const change = await session.store(pool).upstream(recipe, this.signal);
    if (change) this.emit({ type: "warning", hypervisor: session.name, message: change.message });
    return change;
  }
}
