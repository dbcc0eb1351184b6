import { instanceOf } from "../../naming.js";
import { harmless } from "../../report/harmless.js";
import { formatAge } from "../../values/age.js";
import { formatSize } from "../../values/size.js";
import type { ListedImage, ListedPart, ListedPoint, ListedPool, ListedRun, ListedVm } from "./ls-document.js";

type Row = readonly string[];

/** For people. @param now in milliseconds since the epoch */
export function poolText(listed: ListedPool, now: number): string {
  const { hypervisor, pool, points, images, vms, parts, downloads, runs } = listed;
  const bytes = [...points, ...images].reduce((sum, each) => sum + each.bytes, 0);
  const lines = [
    `${oneLine(hypervisor)}:${oneLine(pool)}: ${counted(points.length, "restore point")} and ${counted(images.length, "image")}, ${formatSize(bytes)}`,
    ...table(
      ["PROJECT", "VM", "POINT", "SIZE", "USED", "MEMORY", "ON", "NAME"],
      inOrder(points).map((point) => pointRow(point, now)),
    ),
    ...table(
      ["IMAGE", "SIZE", "USED", "FOR"],
      images.map((image) => imageRow(image, now)),
    ),
    ...table(["PROJECT", "VM", "STATE", "SIZE", "RUN", "ON", "DIRECTORY"], vms.map(vmRow)),
    ...table(
      ["PROJECT", "RUN", "STATE", "BEGUN", "OF", "VMS"],
      runs.map((run) => runRow(run, now)),
    ),
    ...parts.map((part) => partLine("half made", part)),
    ...downloads.map((part) => partLine("half fetched", part)),
  ];
  return `${lines.join("\n")}\n`;
}

const oneLine = (text: string): string => harmless(text).replace(/[\n\t]/g, " ");
const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;
const ago = (time: string, now: number): string => `${formatAge(now - Date.parse(time))} ago`;

/** What belongs together beside each other, a point below those that are built on it. */
const inOrder = (points: readonly ListedPoint[]): ListedPoint[] =>
  [...points].sort(
    (one, other) =>
      one.project.localeCompare(other.project) ||
      one.vm.localeCompare(other.vm) ||
      one.created.localeCompare(other.created),
  );

const pointRow = (point: ListedPoint, now: number): Row => [
  point.project,
  point.vm,
  point.kind,
  formatSize(point.bytes),
  ago(point.used, now),
  point.live ? "yes" : "no",
  point.below?.replace(/-.*/, "") ?? "image",
  point.vms.length > 0 ? `${point.name}, a VM stands on it` : point.name,
];

function imageRow({ name, bytes, used, points, vms }: ListedImage, now: number): Row {
  const users = [
    ...(points.length > 0 ? [counted(points.length, "point")] : []),
    ...(vms.length > 0 ? [counted(vms.length, "VM")] : []),
  ];
  const short = name.replace(/^(sha256-[0-9a-f]{12})[0-9a-f]*/, "$1");
  return [short, formatSize(bytes), ago(used, now), users.join(", ") || "nothing"];
}

function vmRow({ directory, bytes, point, holder, domain }: ListedVm): Row {
  const of = domain ?? { project: "-", vm: "-", run: "-" };
  // Who has begun it mostly works on it still, and the run has a column of its own.
  const own = `, run ${of.run}`;
  const who = holder?.endsWith(own) ? holder.slice(0, -own.length) : holder;
  const state = [domain?.state ?? "no domain", ...(who == null ? [] : [`in work by ${who}`])].join(", ");
  const size = bytes === 0 ? "-" : formatSize(bytes);
  const instance = instanceOf(directory);
  const vm = instance === undefined ? of.vm : `${of.vm}, instance ${instance}`;
  return [of.project, vm, state, size, of.run, point?.replace(/-.*/, "") ?? "image", directory];
}

const runRow = ({ project, run, state, directories, since, owner, vms }: ListedRun, now: number): Row => [
  project,
  run,
  state === "working" ? state : `died, ${counted(directories.length, "VM")} left`,
  ago(since, now),
  owner,
  vms.length > 3 ? `${vms.slice(0, 3).join(", ")} and ${vms.length - 3} others` : vms.join(", "),
];

const partLine = (what: string, { name, bytes, held }: ListedPart): string =>
  `  ${what}: ${oneLine(name)}, ${formatSize(bytes)}${held ? ", somebody is at it" : ""}`;

/** Columns as wide as their widest cell; nothing for no rows. */
function table(headings: Row, rows: readonly Row[]): string[] {
  if (rows.length === 0) return [];
  const all = [headings, ...rows.map((row) => row.map(oneLine))];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
