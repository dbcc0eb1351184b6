import { join } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import type { Scope } from "../../template/scope.js";
import type { FileSearch } from "../../template/search.js";
import type { TemplateFile } from "../../template/template-file.js";
import { didYouMean } from "../../values/nearest.js";
import { isFile, namesIn } from "../files/directory.js";
import { shownPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";

/** A user's own XML of a domain or a network, with what its expressions see besides `vm` and `farm`. */
export interface XmlTemplate extends TemplateFile {
  readonly scope: Scope;
}

/** What a template for XML of libvirt's may be called by. */
interface TemplateNames {
  readonly kind: "domain" | "network";
  /** The one that the user names: it must be there. */
  readonly named?: string | undefined;
  /** Those that are looked for else, the first one first. */
  readonly others: readonly string[];
  /** Where the user names the template. */
  readonly position?: Position | undefined;
}

/** The file, and how it finds and names others. */
type Found = TemplateFile & { readonly search: FileSearch };
export type FindTemplate = (names: TemplateNames) => Found | undefined;

const FOLDERS = { domain: "templates", network: join("templates", "networks") } as const;
const EXTENSIONS = [".xml.j2", ".xml"];

/**
 * The first of `templates/NAME.xml.j2` and `.xml` there is, by the names in their order; a network's is in `templates/networks/`.
 * @throws ConfigError when the one that the user names is not there
 */
export function findXmlTemplate(
  { kind, named, others, position }: TemplateNames,
  directories: readonly string[],
  files: UserFiles,
): Found | undefined {
  const folders = directories.map((directory) => join(directory, FOLDERS[kind]));
  const find = (wanted: string) =>
    isFileName(wanted)
      ? folders
          .flatMap((folder) => EXTENSIONS.map((extension) => join(folder, wanted + extension)))
          .find(isFile)
      : undefined;
  const path = (named === undefined ? others : [named]).map(find).find((found) => found !== undefined);
  if (named !== undefined && path === undefined) throw missing({ kind, named, position }, folders, files);
  if (path === undefined) return undefined;
  const text = (each: string) => files.textNow(each);
  const shown = (each: string) => shownPath(each, files.cwd);
  return { path, text: text(path), search: { directories: [], text, shown } };
}

const isFileName = (name: string): boolean => !/[/\\\p{Cc}]/u.test(name) && name !== "." && name !== "..";

function missing(
  { kind, named: name, position }: Omit<TemplateNames, "others"> & { readonly named: string },
  folders: readonly string[],
  files: UserFiles,
): ConfigError {
  const known = folders.flatMap(namesIn).flatMap((file) => /^(.+?)\.xml(?:\.j2)?$/.exec(file)?.[1] ?? []);
  const places = folders.map((folder) => shownPath(folder, files.cwd)).join(", ");
  return new ConfigError(`there is no ${kind} template '${name}'${didYouMean(name, new Set(known))}`, {
    position,
    hint: `looked for ${name}.xml.j2 and ${name}.xml in ${places}`,
  });
}
