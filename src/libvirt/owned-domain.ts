import { HypervisorError } from "../errors.js";
import { type DomainDescription, describeDomain, type Ownership } from "./domain/ownership.js";
import { dumpDomain } from "./virsh.js";
import type { VirshRunner } from "./virsh-runner.js";

/** A domain that farm made. */
export interface OwnedDomain extends DomainDescription {
  readonly ownership: Ownership;
}

/** Which of farm's own domains a call is about; an owner of another project is none. */
export interface Claim {
  readonly project?: string;
  readonly run?: string;
}

/** The domain, when it is farm's; undefined when it is gone. @throws HypervisorError when it is another's. */
export async function claimedDomain(
  runner: VirshRunner,
  uuid: string,
  claim: Claim,
  signal?: AbortSignal,
): Promise<DomainDescription | undefined> {
  const result = await runner.unless("absent", "look at the VM", dumpDomain(runner.to, uuid), signal);
  if (!result) return undefined;
  const domain = describeDomain(result.stdout);
  // virsh falls back to names when it knows no such UUID.
  if (domain.uuid !== uuid) return undefined;
  const { ownership } = domain;
  const mine =
    ownership !== undefined &&
    (claim.project === undefined || claim.project === ownership.project) &&
    (claim.run === undefined || claim.run === ownership.run);
  if (mine) return domain;
  throw new HypervisorError(`the domain '${domain.name}' on '${runner.host}' is not ours: left alone`);
}
