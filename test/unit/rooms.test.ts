import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** The rooms by CONTRIBUTING.md's table, each row's together, the lowest last. */
function rows(): string[][] {
  const table = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8").matchAll(/^\| (`src\/[^|]*) \|/gm);
  return [...table].map(([, cell]) =>
    [...(cell ?? "").matchAll(/`src\/([^`]+)`/g)].map(([, room]) => `${room}`),
  );
}

const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).filter((path) =>
  path.endsWith(".ts"),
);

/** A file of src/ itself belongs to the last row, but for those that have one of their own. */
function roomOf(path: string, rooms: ReadonlySet<string>): string {
  if (path.includes(sep)) return `${path.split(sep)[0]}/`;
  return rooms.has(path) ? path : "*.ts";
}

function imports(path: string): string[] {
  const text = readFileSync(join(ROOT, "src", path), "utf8");
  return [...text.matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)].map(([, name]) =>
    normalize(join(dirname(path), `${name}.ts`)),
  );
}

test("a room imports only from those below it", () => {
  const ranks = new Map(rows().flatMap((rooms, rank) => rooms.map((room) => [room, rank] as const)));
  const names = new Set(ranks.keys());
  const edges = sources.flatMap((path) => imports(path).map((imported) => ({ path, imported })));
  const upwards = edges.filter(({ path, imported }) => {
    const [from, to] = [roomOf(path, names), roomOf(imported, names)];
    return from !== to && !((ranks.get(from) ?? Number.NaN) < (ranks.get(to) ?? Number.NaN));
  });
  expect(edges.length).toBeGreaterThan(sources.length);
  expect(upwards.map(({ path, imported }) => `${path} imports ${imported}`)).toEqual([]);
});

test("each room stands in the table", () => {
  const named = new Set(rows().flat());
  expect(new Set(sources.map((path) => roomOf(path, named)))).toEqual(named);
});
