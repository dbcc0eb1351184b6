import { z } from "zod";
import { ConfigError, type Position } from "../../errors.js";
import { someText } from "../../values/lenient.js";
import { withoutNulls } from "../../values/mapping.js";
import { positionAt, positionOf } from "../../values/position.js";
import { parseWith } from "../../values/validate.js";

/** One VM that the inventory asks for, and where it does. */
export interface VmEntry {
  readonly platform: string;
  readonly target: string;
  /** Of a domain template. */
  readonly template?: string;
  readonly platformPosition: Position | undefined;
  readonly targetPosition: Position | undefined;
}

const names = z.array(someText);
const Config = z.strictObject({
  permutations: z.strictObject({ targets: names, platforms: names }).optional(),
  list: z
    .array(z.strictObject({ platform: someText, target: someText, template: someText.optional() }))
    .default([]),
});

const WHAT = "'config' of localhost";

/**
 * Every platform with every target of `permutations`, then `list`, each VM once.
 * @param config the evaluated variable `config` of localhost
 * @throws ConfigError(s)
 */
export function vmEntries(config: unknown): VmEntry[] {
  const { permutations, list } = parseWith(Config, withoutNulls(config), WHAT);
  const at = (...path: (string | number)[]) => positionAt(config, path);
  const product: VmEntry[] = (permutations?.platforms ?? []).flatMap((platform, row) =>
    (permutations?.targets ?? []).map((target, column) => ({
      platform,
      target,
      platformPosition: at("permutations", "platforms", row),
      targetPosition: at("permutations", "targets", column),
    })),
  );
  const listed: VmEntry[] = list.map(({ platform, target, template }, index) => ({
    platform,
    target,
    ...(template !== undefined && { template }),
    platformPosition: at("list", index, "platform"),
    targetPosition: at("list", index, "target"),
  }));
  const unique = new Map<string, VmEntry>();
  for (const entry of [...product, ...listed]) {
    const key = JSON.stringify([entry.platform, entry.target, entry.template]);
    if (!unique.has(key)) unique.set(key, entry);
  }
  if (unique.size === 0)
    throw new ConfigError(`${WHAT} asks for no VM`, {
      position: positionOf(config),
      hint: "give it permutations with targets and platforms, or a list of platform and target",
    });
  return [...unique.values()];
}

/** The error for an inventory that asks for nothing. @param position of localhost, or of the file @param other a host that does have a `config` */
export const noConfig = (position: Position, other: string | undefined): ConfigError =>
  new ConfigError("localhost has no variable 'config': nothing says which VMs to build", {
    position,
    hint:
      other === undefined
        ? "write `config: { permutations: { platforms: [debian_12], targets: [amd64] } }` below the host localhost"
        : `'${other}' has one: write it below the host localhost instead; farm itself gives each VM to a hypervisor`,
  });
