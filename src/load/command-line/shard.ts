import { ConfigError } from "../../errors.js";

/** One of several parts of a farm's VMs; `index` counts from 1. */
export interface Shard {
  readonly index: number;
  readonly total: number;
}

/** `2/5`. @throws ConfigError */
export function parseShard(text: string): Shard {
  const [, index, total] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  const shard = { index: Number(index), total: Number(total) };
  if (index === undefined || shard.index < 1 || shard.index > shard.total)
    throw new ConfigError(`'${text}' is no shard`, {
      hint: "--shard takes one like 2/5: the second of five",
    });
  return shard;
}

/**
 * The VMs of one shard, in their order. Every VM is in exactly one; shards differ by one VM at most, and by one VM of each target, since
 * the guests of a target are about equally slow. Only what the VMs are called decides, so all machines of a CI decide alike.
 */
export function shardVms<T extends { readonly name: string; readonly target: string }>(
  vms: readonly T[],
  { index, total }: Shard,
): T[] {
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const dealt = [...vms].sort((a, b) => order(a.target, b.target) || order(a.name, b.name));
  const mine = new Set(dealt.filter((_, place) => place % total === index - 1));
  return vms.filter((vm) => mine.has(vm));
}
