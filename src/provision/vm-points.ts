import { randomBytes } from "node:crypto";
import { accessFor, type GuestAccess } from "../images/access/access.js";
import type { Inputs } from "../inputs.js";
import type { GuestKey } from "../keys/guest-key.js";
import type { VmDefinition } from "../load/definitions/vm-definition.js";
import type { FilePhase } from "../phases.js";
import type { PointChoices } from "../restore/choices.js";
import { type Choice, choosePoint } from "../restore/choose.js";
import type { Fingerprints } from "../restore/fingerprint.js";
import { cleanInputs, projectInputs } from "../restore/made-from.js";
import type { Manifest, PointKind } from "../restore/manifest.js";
import { type Surroundings, takeTrace } from "../restore/trace.js";
import type { Trace } from "../trace.js";
import { emulatorOf } from "./emulator.js";
import type { HypervisorSession, PlacedVm, PointRules } from "./model.js";

/** The kinds that a point in the midst of a phase can be part of. */
const MIDWAY_KINDS = ["dependencies", "init"] as const;
export type MidwayKind = (typeof MIDWAY_KINDS)[number];

interface AccessOptions {
  readonly hashPassword?: (password: string) => string;
  /** An instance's own. */
  readonly definition?: VmDefinition;
  readonly again?: string;
}

/** The phases whose work a point holds. */
const PHASES_IN: Readonly<Record<PointKind, readonly FilePhase[]>> = {
  clean: [],
  dependencies: ["dependencies"],
  init: ["dependencies", "init"],
};

/** Seconds in the units of `init_max_age` are the user's; here it is milliseconds. */
const SECOND = 1000;

/** The restore points of one VM: what they would be made from now, and which of those that are there are the same. */
export class VmPoints {
  readonly #surroundings: Surroundings;

  constructor(
    private readonly vm: PlacedVm,
    private readonly state: HypervisorSession["state"],
    private readonly rules: PointRules,
    private readonly key: GuestKey,
    fingerprints: Fingerprints,
    /** Public keys that may log in besides farm's. */
    private readonly otherKeys: readonly string[],
  ) {
    const { blueprint } = vm;
    this.#surroundings = {
      fingerprints,
      directory: rules.directory,
      variable: (name) => this.#variable(name),
      variables: () => Object.keys(blueprint.variables),
      environment: rules.environment,
    };
  }

  /** The phases with files that would run before a point of a kind is made. */
  phasesIn(kind: PointKind): FilePhase[] {
    const allowed = new Set<string>(this.vm.blueprint.settings.allowedPhases);
    return PHASES_IN[kind].filter((phase) => allowed.has(phase) && this.vm.files[phase] !== undefined);
  }

  /** Whether the VM has points of a kind at all. */
  has(kind: PointKind): boolean {
    if (kind === "clean") return true;
    const phases = this.phasesIn(kind).length;
    // One after dependencies is worth having only when init does more.
    return phases > 0 && (kind === "init" || this.phasesIn("init").length > phases);
  }

  /** @param images digests of the images, in order of the recipes; undefined when they are not known yet */
  async choose(
    points: readonly Manifest[],
    images: readonly string[] | undefined,
    time: number,
  ): Promise<PointChoices> {
    const allowed = new Set<string>(this.vm.blueprint.settings.allowedPhases);
    const owner = { project: this.rules.project, vm: this.vm.name };
    const choose = async (kind: PointKind, tasks?: number): Promise<Choice | undefined> => {
      if (tasks === undefined && !this.has(kind)) return undefined;
      if (!allowed.has(kind === "clean" ? "restore clean" : "restore init"))
        return { restore: undefined, again: false, because: "not in allowed_phases" };
      if (!images) return { restore: undefined, again: false, because: "its image is not there yet" };
      const { initMaxAge } = this.vm.blueprint.settings;
      const wanted = {
        kind,
        inputs: this.inputs(kind, images, tasks),
        ...(tasks !== undefined && { tasks }),
        fresh: this.rules.fresh === "all" || (this.rules.fresh === "init" && kind !== "clean"),
        ...(initMaxAge !== undefined && kind !== "clean" && { maxAgeMs: initMaxAge * SECOND }),
      };
      return choosePoint(points, wanted, owner, { ...this.#surroundings, time });
    };
    const [clean, dependencies, init, checkpoint] = await Promise.all([
      choose("clean"),
      choose("dependencies"),
      choose("init"),
      this.#lastCheckpoint(choose),
    ]);
    return {
      ...(clean && { clean }),
      ...(checkpoint && { checkpoint }),
      ...(dependencies && { dependencies }),
      ...(init && { init }),
    };
  }

  async #lastCheckpoint(
    choose: (kind: PointKind, tasks: number) => Promise<Choice | undefined>,
  ): Promise<Choice | undefined> {
    const phases = MIDWAY_KINDS.filter((phase) => this.phasesIn("init").includes(phase));
    const all = phases.flatMap((phase) =>
      (this.vm.files[phase]?.checkpoints ?? []).map(({ steps }) => choose(phase, steps)),
    );
    const choices = (await Promise.all(all)).reverse();
    return choices.find((choice) => choice?.restore) ?? choices[0];
  }

  /** @param tasks of the kind's last phase, when not all of them are behind the guest */
  inputs(kind: PointKind, images: readonly string[], tasks?: number): Record<string, string> {
    const { vm, rules, state } = this;
    const { fingerprints } = this.#surroundings;
    const access = this.access({ hashPassword: (password) => fingerprints.text(password) });
    const { definition, template, recipes } = vm;
    const parts = { definition, template, recipes, images, emulator: emulatorOf(vm, state), access };
    const clean = cleanInputs({ ...parts, publicKey: this.key.publicKey }, fingerprints);
    if (kind === "clean") return clean;
    const files = this.phasesIn(kind).map((phase) => [phase, vm.files[phase]?.path ?? ""]);
    const { only, skip } = rules.tags;
    return projectInputs(clean, {
      project: rules.project,
      revision: vm.blueprint.settings.projectRevision,
      farmVersion: rules.farmVersion,
      files: Object.fromEntries(files),
      tags: only.length + skip.length === 0 ? "" : JSON.stringify([only, skip]),
      tasks,
    });
  }

  /**
   * How farm gets into the guest: the same at every boot of its disks, since it shall do its first boot's work once.
   * @param again what makes a guest do that work again
   */
  access({ hashPassword, definition = this.vm.definition, again = "" }: AccessOptions = {}): GuestAccess {
    const [recipe] = this.vm.recipes;
    if (recipe === undefined) return {};
    const locate = (path: readonly (string | number)[]) => this.vm.blueprint.locate(path);
    const instanceId = `farm-${this.vm.definition.metadata.hostname}${again}`;
    return accessFor(definition, this.key.publicKey, recipe, {
      instanceId,
      locate,
      otherKeys: this.otherKeys,
      ...(hashPassword && { hashPassword }),
    });
  }

  /** @param inputs what the tasks looked at whose work the point holds */
  trace(inputs: Inputs): Promise<Trace> {
    return takeTrace(inputs, this.#surroundings);
  }

  newName(kind: PointKind, inputs: Readonly<Record<string, string>>): string {
    const made = this.#surroundings.fingerprints.text(JSON.stringify(inputs)).slice(0, 16);
    return `${kind}-${made}-${randomBytes(4).toString("hex")}`;
  }

  #variable(name: string): unknown {
    const { blueprint, definition, hypervisor } = this.vm;
    const { hosts } = this.rules;
    switch (name) {
      case "vm":
        return definition;
      case "kvm_host":
        return hypervisor;
      case "hostvars":
        return [...hosts].map(([host, { variables }]) => [host, variables]);
      case "groups":
        return [...hosts].map(([host, { groups }]) => [host, groups]);
      default:
        return Object.hasOwn(blueprint.variables, name) ? blueprint.variables[name] : undefined;
    }
  }
}

/** The home of farm's user there. */
export const homeOf = ({ facts }: HypervisorSession["state"]): string =>
  (facts["ansible_env"] as { HOME?: string } | undefined)?.HOME ?? "";
