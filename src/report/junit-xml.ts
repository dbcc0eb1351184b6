import { harmless } from "./harmless.js";
import type { JunitCase, JunitSuite, JunitTrouble } from "./junit-model.js";

/** A document that Surefire's and Jenkins' schemas take: a suite a VM, a case a task. */
export function junitXml(suites: readonly JunitSuite[]): string {
  const cases = suites.flatMap((suite) => suite.cases);
  const time = suites.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const root = element(
    "testsuites",
    { name: "farm", time: seconds(time), ...totals(cases) },
    suites.map(suiteXml),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

function suiteXml({ name, durationMs, properties, cases }: JunitSuite): string {
  const skipped = cases.filter((one) => one.skipped).length;
  const said = Object.entries(properties).map(([key, value]) => element("property", { name: key, value }));
  return element(
    "testsuite",
    { name, time: seconds(durationMs), ...totals(cases), skipped: String(skipped) },
    [...(said.length === 0 ? [] : [element("properties", {}, said)]), ...cases.map(caseXml)],
  );
}

const totals = (cases: readonly JunitCase[]) => ({
  tests: String(cases.length),
  errors: String(cases.filter(({ verdict }) => verdict?.element === "error").length),
  failures: String(cases.filter(({ verdict }) => verdict?.element === "failure").length),
});

/** The order of children is Surefire's. */
function caseXml(one: JunitCase): string {
  const { verdict, again, skipped, stdout, stderr } = one;
  const children = [
    verdict?.element === "failure" ? troubleXml(verdict) : "",
    ...again.filter(({ element: kind }) => kind.endsWith("Failure")).map(againXml),
    skipped ? element("skipped", {}) : "",
    verdict?.element === "error" ? troubleXml(verdict) : "",
    ...again.filter(({ element: kind }) => kind.endsWith("Error")).map(againXml),
    ...outputXml({ stdout, stderr }),
  ];
  const about = { name: one.name, classname: one.className, time: seconds(one.durationMs) };
  return element(
    "testcase",
    about,
    children.filter((child) => child !== ""),
  );
}

const troubleXml = (one: JunitTrouble): string =>
  `<${one.element}${attributes({ message: one.message, type: one.type })}>${escaped(one.text)}</${one.element}>`;

const againXml = (one: JunitTrouble): string =>
  element(one.element, { message: one.message, type: one.type }, [
    `<stackTrace>${escaped(one.text)}</stackTrace>`,
    ...outputXml(one),
  ]);

interface Said {
  readonly stdout?: string | undefined;
  readonly stderr?: string | undefined;
}

const outputXml = ({ stdout = "", stderr = "" }: Said): string[] => [
  ...(stdout === "" ? [] : [`<system-out>${escaped(stdout)}</system-out>`]),
  ...(stderr === "" ? [] : [`<system-err>${escaped(stderr)}</system-err>`]),
];

/** @param children lines of XML, each indented below the element */
function element(
  name: string,
  values: Readonly<Record<string, string>>,
  children: readonly string[] = [],
): string {
  const head = `<${name}${attributes(values)}`;
  return children.length === 0 ? `${head}/>` : `${head}>\n${children.join("\n")}\n</${name}>`;
}

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll("\n", "&#10;").replaceAll("\t", "&#9;")}"`)
    .join("");

const seconds = (ms: number): string => (ms / 1000).toFixed(3);

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Without the characters that XML 1.0 cannot hold, lone surrogates included. */
const escaped = (value: string): string =>
  harmless(value)
    .toWellFormed()
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (char) => ENTITIES[char] ?? char);
