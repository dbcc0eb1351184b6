import type { Provided } from "../images/follow-callbacks.js";
import { baseOf, knownDigest } from "../images/made-images.js";
import type { OwnCallback } from "../images/own-callback.js";
import { expandHome, isHttp, sourceKey } from "../images/source-url.js";
import type { Survey } from "../restore/survey.js";
import { type CallbackRules, callbackJudge } from "./callback-maker.js";
import type { PlacedVm } from "./model.js";

/** What is known of a VM's images without asking anybody: of a plan, which changes nothing. */
export class KnownImages {
  /** Callbacks of the user's whose result is there already. */
  readonly there = new Set<OwnCallback>();

  /** @param home of farm's user on the hypervisor */
  constructor(
    private readonly vm: PlacedVm,
    private readonly home: string,
    private readonly survey: Survey,
    private readonly rules: CallbackRules,
  ) {}

  /** The digests that the images have, in order of the recipes; undefined when one was never fetched or made. */
  async digests(): Promise<string[] | undefined> {
    const digests = await Promise.all(this.vm.recipes.map((recipe) => this.#digest(recipe)));
    return digests.every((digest) => digest !== undefined) ? digests : undefined;
  }

  async #digest(recipe: Provided): Promise<string | undefined> {
    if (recipe.made) return this.#made(recipe, recipe.made);
    const { url } = recipe;
    const known = knownDigest(recipe);
    if (known !== undefined) return known;
    return this.survey.images.get(sourceKey(isHttp(url) ? url : expandHome(url, this.home), recipe));
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
