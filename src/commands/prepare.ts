import { systemClock } from "../clock.js";
import { asFarmError, ConfigErrors } from "../errors.js";
import type { Emit } from "../events.js";
import { askHidden } from "../load/command-line/ask-hidden.js";
import { vaultPasswords } from "../load/command-line/vault-passwords.js";
import { type InventoryOnly, loadInventory, loadProject, type Project } from "../project/project.js";
import { askHypervisors, type Hypervisors } from "../provision/hypervisors.js";
import type { PointRules } from "../provision/model.js";
import { withCallbacks } from "../provision/plan/load-callbacks.js";
import { loadPhases, makePlan, type PlannedVm, type VmPhases } from "../provision/plan/make-plan.js";
import { namedPaths } from "../provision/plan/named-paths.js";
import { choosePoints, surveyHypervisors, Upstream, warmth } from "../provision/plan/plan-points.js";
import { Secrets } from "../report/mask.js";
import type { Answer } from "../tasks/read/prompts.js";
import type { Mapping } from "../values/mapping.js";
import { SecretValues } from "../vault/secret-values.js";
import { askVariables } from "./ask-variables.js";
import { chooseVms } from "./choose-vms.js";
import type { ChoiceOptions, FarmOptions, VariableOptions } from "./options.js";

/** Which project, and which of its VMs. */
type ProjectOptions = Omit<FarmOptions, "format">;

/** A project with the task files of all its VMs: everything that is known without asking a hypervisor. */
export interface ReadProject {
  readonly project: Project;
  readonly phases: ReadonlyMap<string, VmPhases>;
}

/** Where secrets come from, and who keeps them. */
export interface Secrecy {
  /** Comes to know every secret of the run. */
  readonly secrets: Secrets;
  /** Ends a question for a password. */
  readonly signal: AbortSignal;
  /** Once known: nobody is asked twice for a password. */
  values?: SecretValues;
}

/** Does a command's work; no error that comes out of it shows a secret. */
export async function withSecrets<T>(
  signal: AbortSignal,
  work: (secrecy: Secrecy) => Promise<T>,
): Promise<T> {
  const secrets = new Secrets();
  try {
    return await work({ secrets, signal });
  } catch (thrown) {
    const error = asFarmError(thrown);
    maskError(error, secrets);
    throw error;
  }
}

function maskError(error: unknown, secrets: Secrets): void {
  if (!(error instanceof Error)) return;
  const { message, stack } = error;
  Object.assign(error, secrets.mask({ message, stack, ...("hint" in error && { hint: error.hint }) }));
  if (error instanceof ConfigErrors) for (const each of error.errors) maskError(each, secrets);
  maskError(error.cause, secrets);
}

/** Reads a project's inventory, variables and definitions. @throws ConfigError(s) */
export async function readProject(options: ProjectOptions, secrecy: Secrecy): Promise<Project> {
  const { inventory, vars, extraVars, limit } = options;
  const { secrets } = secrecy;
  const values = await secretValues(options, secrecy);
  const project = await loadProject({
    inventory,
    vars,
    extraVars,
    limit,
    cwd: process.cwd(),
    secrets: values,
  });
  for (const { become } of project.hypervisors) secrets.add(become?.password);
  return project;
}

/** What an inventory says of its hosts, for a command that needs no VMs; without one there is no host. @throws ConfigError(s) */
export async function readInventory(
  options: VariableOptions & { readonly inventory?: string },
  secrecy: Secrecy,
): Promise<InventoryOnly> {
  const { inventory, vars, extraVars } = options;
  const values = await secretValues(options, secrecy);
  return loadInventory({ inventory, vars, extraVars, cwd: process.cwd(), secrets: values });
}

async function secretValues(options: VariableOptions, secrecy: Secrecy): Promise<SecretValues> {
  if (secrecy.values) return secrecy.values;
  const { secrets, signal } = secrecy;
  const [cwd, environment] = [process.cwd(), process.env];
  const ask = (question: string) =>
    askHidden(question, { input: process.stdin, output: process.stderr, signal });
  const passwords = await vaultPasswords(options, { cwd, environment, ask, signal });
  const learn = (secret: string) => secrets.add(secret);
  secrecy.values = new SecretValues({ passwords, environment, learn });
  return secrecy.values;
}

/** Asks whoever sits at the terminal for the variables of `vars_prompt`; in CI nobody does. */
export function askUser({ secrets, signal }: Secrecy, extra: Mapping): Answer {
  const { stdin, stderr, env } = process;
  const terminal = stdin.isTTY === true && !env["CI"] ? { input: stdin, output: stderr, signal } : undefined;
  return askVariables({ terminal, extra, secrets });
}

/**
 * The same with all task files of the VMs that were chosen, checked.
 * @param asks whether variables of `vars_prompt` are asked for; else they have their defaults @throws ConfigError(s)
 */
export async function readWithPhases(
  options: ProjectOptions & ChoiceOptions,
  secrecy: Secrecy,
  asks: boolean = false,
): Promise<ReadProject> {
  const project = await chooseVms(await readProject(options, secrecy), options);
  const answer = asks ? askUser(secrecy, project.extraVariables) : undefined;
  return { project, phases: await loadPhases(project, answer) };
}

/** A plan with the connections that it was made through; to be closed by whoever gets it. */
export interface Prepared {
  readonly plan: readonly PlannedVm[];
  readonly hypervisors: Hypervisors;
}

/**
 * All that comes before a VM is touched, the same for `plan` and `run`.
 * @param asksServers whether images have changed since they were fetched: a run finds out when it fetches
 * @throws ConfigError(s)
 */
export async function prepare(
  { project, phases }: ReadProject,
  rules: PointRules,
  emit: Emit,
  signal: AbortSignal,
  asksServers = false,
): Promise<Prepared> {
  const named = (hypervisor: string) => namedPaths(project.vms, hypervisor);
  const hypervisors = await askHypervisors(project.hypervisors, {
    ...{ emit, clock: systemClock, signal, named },
  });
  try {
    signal.throwIfAborted();
    const known = await surveyHypervisors(hypervisors, signal);
    const places = makePlan(project, phases, hypervisors.states, warmth(known, project.projectId));
    const plan = await withCallbacks(places, project);
    const upstream = asksServers ? new Upstream(emit, signal) : undefined;
    return { plan: await choosePoints(plan, hypervisors, known, rules, upstream), hypervisors };
  } catch (error) {
    await hypervisors.close();
    throw error;
  }
}
