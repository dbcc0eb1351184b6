import { baseOf, knownDigest } from "../../images/made-images.js";
import type { OwnCallback, Provided } from "../../images/recipe/image-recipe.js";
import { expandHome, isHttp, sourceKey } from "../../images/recipe/source-url.js";
import type { UpstreamChange } from "../../images/upstream.js";
import type { Survey } from "../../restore/survey.js";
import { type CallbackRules, callbackJudge } from "../callback-maker.js";
import type { PlacedVm } from "../model.js";

/** What is known of a VM's images: of a plan, which changes nothing. */
export class KnownImages {
  /** Callbacks of the user's whose result is there already. */
  readonly there = new Set<OwnCallback>();

  /**
   * @param home of farm's user on the hypervisor
   * @param change asks a server whether it has another image by now; without it nobody is asked
   */
  constructor(
    private readonly vm: PlacedVm,
    private readonly home: string,
    private readonly survey: Survey,
    private readonly rules: CallbackRules,
    private readonly change?: (recipe: Provided) => Promise<UpstreamChange | undefined> | undefined,
  ) {}

  /** The digests that the images have, in order of the recipes; undefined when one was never fetched or made, or is another by now. */
  async digests(): Promise<string[] | undefined> {
    const digests = await Promise.all(this.vm.recipes.map((recipe) => this.#digest(recipe)));
    return digests.every((digest) => digest !== undefined) ? digests : undefined;
  }

  async #digest(recipe: Provided): Promise<string | undefined> {
    if (recipe.made) return this.#made(recipe, recipe.made);
    const { url } = recipe;
    const known = knownDigest(recipe);
    if (known !== undefined) return known;
    const noted = this.survey.images.get(sourceKey(isHttp(url) ? url : expandHome(url, this.home), recipe));
    const change = noted === undefined ? undefined : await this.change?.(recipe);
    return change ? change.sha256 : noted;
  }

  async #made(recipe: Provided, callback: OwnCallback): Promise<string | undefined> {
    const { from } = callback;
    const digest = from && (await this.#digest(from.recipe));
    if (from && digest === undefined) return undefined;
    const { key, judge } = callbackJudge(this.vm, callback, this.rules);
    const base = from && digest !== undefined ? baseOf(from.recipe, digest) : undefined;
    for (const whose of ["any", "this"] as const) {
      const name = sourceKey(key(base, whose), recipe);
      const trace = this.survey.traces.get(name);
      if (!trace || (await judge(trace)) !== "same") continue;
      this.there.add(callback);
      return this.survey.images.get(name);
    }
    return undefined;
  }
}
