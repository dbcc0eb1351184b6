import type { Command } from "commander";
import { systemClock } from "../clock.js";
import { askAgain, askPatient, judge, offeredBy, type Patient } from "../doctor/examine.js";
import { type Examination, isReady } from "../doctor/finding.js";
import { install, missingPackages } from "../doctor/mend.js";
import { asFarmError, ConfigError } from "../errors.js";
import { type HypervisorHost, hypervisorHost } from "../load/inventory/hypervisors.js";
import { scopeOf } from "../load/inventory/magic.js";
import type { VmBlueprint } from "../project/project.js";
import { harmless } from "../report/harmless.js";
import { didYouMean } from "../values/nearest.js";
import type { CommandContext } from "./context.js";
import { doctorText } from "./doctor-text.js";
import { type FarmOptions, formatOption, type VariableOptions, withVariableOptions } from "./options.js";
import { readProject, type Secrecy, withSecrets } from "./prepare.js";

interface DoctorOptions extends VariableOptions {
  readonly inventory?: string;
  readonly fix?: boolean;
  readonly format: FarmOptions["format"];
}

/** `farm doctor`: what each hypervisor needs, what was found, and how to mend it. */
export function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command("doctor")
    .argument("[hypervisor...]", "only these of the inventory")
    .description("check what hypervisors need, and say how to mend what is missing")
    .option("-i, --inventory <file>", "Ansible YAML inventory; without one this machine is checked");
  withVariableOptions(command)
    .option("--fix", "install missing packages, as root or where sudo asks for no password")
    .addOption(formatOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 all are ready, 2 usage or configuration, 3 something that is needed is missing.\n\nExamples:\n  $ farm doctor\n  $ farm doctor -i inv.yaml tower\n  $ farm doctor -i inv.yaml --fix",
    )
    .action(async (names: string[], options: DoctorOptions) =>
      context.exit(await withSecrets(context.stop, (secrecy) => doctor(names, options, context, secrecy))),
    );
}

interface Practice {
  readonly hosts: readonly HypervisorHost[];
  readonly vms: readonly VmBlueprint[];
}

/** @returns the exit code @throws ConfigError(s) */
async function doctor(
  names: readonly string[],
  options: DoctorOptions,
  context: CommandContext,
  secrecy: Secrecy,
): Promise<number> {
  const { mask } = secrecy.secrets;
  const { hosts, vms } = await practice(names, options, secrecy);
  const asking = { vms, clock: systemClock, signal: context.stop };
  let patients = await Promise.all(hosts.map((host) => askPatient(host, asking)));
  try {
    if (options.fix) {
      const say = (text: string) => context.stderr(mask(`farm: ${harmless(text)}\n`));
      patients = await Promise.all(patients.map((patient) => fix(patient, patients, asking, say)));
    }
    const examinations = mask(judgeAll(patients));
    context.stdout(
      options.format === "json"
        ? `${JSON.stringify(
            examinations.map((each) => ({ ...each, ready: isReady(each) })),
            undefined,
            2,
          )}\n`
        : doctorText(examinations, context.terminal),
    );
    return examinations.every(isReady) ? 0 : 3;
  } finally {
    await Promise.all(patients.map(({ shell }) => shell?.close()));
  }
}

/** Who is examined, and which VMs they are to carry. @throws ConfigError(s) */
async function practice(
  names: readonly string[],
  options: DoctorOptions,
  secrecy: Secrecy,
): Promise<Practice> {
  const { inventory } = options;
  if (inventory === undefined) {
    if (names.length > 0)
      throw new ConfigError(`which inventory has '${names[0]}'?`, {
        hint: "name it by -i; without it this machine is checked",
      });
    return { hosts: [hypervisorHost("localhost", {}, scopeOf({}, {}))], vms: [] };
  }
  const { hypervisors, vms } = await readProject({ ...options, inventory }, secrecy);
  const known = hypervisors.map(({ name }) => name);
  for (const name of names)
    if (!known.includes(name))
      throw new ConfigError(`the inventory has no hypervisor '${name}'${didYouMean(name, known)}`, {
        hint: `its hypervisors: ${known.join(", ")}`,
      });
  const hosts = names.length === 0 ? hypervisors : hypervisors.filter(({ name }) => names.includes(name));
  return { hosts, vms };
}

function judgeAll(patients: readonly Patient[]): Examination[] {
  return patients.map((patient) => judge(patient, elsewhereOf(patient, patients)));
}

const elsewhereOf = (patient: Patient, patients: readonly Patient[]): ReadonlySet<string> =>
  new Set(patients.filter((other) => other !== patient).flatMap(offeredBy));

/** Installs what is missing and looks again; what could not be installed is said, and stays missing. */
async function fix(
  patient: Patient,
  patients: readonly Patient[],
  asking: Parameters<typeof askAgain>[1],
  say: (text: string) => void,
): Promise<Patient> {
  const packages = missingPackages(judge(patient, elsewhereOf(patient, patients)));
  try {
    const installed = await install(patient, packages, say, asking.signal);
    return installed ? await askAgain(patient, asking) : patient;
  } catch (error) {
    asking.signal.throwIfAborted();
    say(asFarmError(error).message);
    return patient;
  }
}
