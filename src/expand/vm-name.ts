import { checkDomainName } from "../domain-name.js";
import { ConfigError } from "../errors.js";
import { evaluate } from "../template/evaluate.js";
import type { Scope } from "../template/scope.js";
import { entryOf, type Mapping } from "../values/mapping.js";
import { positionAt } from "../values/position.js";
import { describeValue } from "../values/validate.js";
import { reachableNames, templateSources } from "./fact-names.js";

interface NameInput {
  readonly platform: string;
  readonly target: string;
  /** Target and platform merged, not evaluated. */
  readonly vm: Mapping;
  /** All that is known before the VM has a place: variables, no facts. */
  readonly scope: Scope;
  /** The variables again, to follow what the name is made of. */
  readonly layers: readonly Mapping[];
}

/** `metadata.name`, else `PLATFORM_TARGET`. @throws ConfigError for a name that libvirt refuses or that needs a hypervisor's facts */
export function vmName({ platform, target, vm, scope, layers }: NameInput): string {
  const written = entryOf(entryOf(vm, "metadata"), "name");
  const position = positionAt(vm, ["metadata", "name"]);
  const name = written ?? `${platform}_${target}`;
  const fact = [...reachableNames(templateSources(name), layers)].find(
    (each) => (each.startsWith("ansible_") || each === "kvm_host") && !scope.has(each),
  );
  if (fact !== undefined)
    throw new ConfigError(`metadata.name uses '${fact}', which is known only once the VM has a place`, {
      position,
      hint: "make the name of variables, vm.metadata.platform_name and vm.metadata.target_name",
    });
  const value = evaluate(name, scope.child({ vm }));
  if (typeof value !== "string" && typeof value !== "number")
    throw new ConfigError(`metadata.name must be a text, got ${describeValue(value)}`, { position });
  try {
    checkDomainName(String(value));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message, { position, hint: error.hint });
  }
  return String(value);
}
