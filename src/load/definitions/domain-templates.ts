import { join } from "node:path";
import { ConfigError, type Position } from "../../errors.js";
import type { Scope } from "../../template/scope.js";
import type { FileSearch } from "../../template/search.js";
import type { TemplateFile } from "../../template/template-file.js";
import { didYouMean } from "../../values/nearest.js";
import { isFile, namesIn } from "../files/directory.js";
import { shownPath } from "../files/user-file.js";
import type { UserFiles } from "../files/user-files.js";

/** A user's own XML of a domain, with what its expressions see besides `vm` and `farm`. */
export interface DomainTemplate extends TemplateFile {
  readonly scope: Scope;
}

/** What a template for a VM's domain may be called by. */
interface TemplateNames {
  /** `metadata.template`. */
  readonly template?: string | undefined;
  /** The VM's. */
  readonly name: string;
  readonly arch: string;
  /** Where the user names the template. */
  readonly position?: Position | undefined;
}

/** The file, and how it finds and names others. */
type Found = TemplateFile & { readonly search: FileSearch };
export type FindTemplate = (names: TemplateNames) => Found | undefined;

const FOLDER = "templates";
const EXTENSIONS = [".xml.j2", ".xml"];

/**
 * The first of `templates/NAME.xml.j2` and `.xml` there is, by the name of the template, of the VM, of the architecture, then `default`.
 * @throws ConfigError when the one that the user names is not there
 */
export function findDomainTemplate(
  { template, name, arch, position }: TemplateNames,
  directories: readonly string[],
  files: UserFiles,
): Found | undefined {
  const folders = directories.map((directory) => join(directory, FOLDER));
  const find = (wanted: string) =>
    isFileName(wanted)
      ? folders
          .flatMap((folder) => EXTENSIONS.map((extension) => join(folder, wanted + extension)))
          .find(isFile)
      : undefined;
  const named = template === undefined ? undefined : find(template);
  if (template !== undefined && named === undefined) throw missing(template, folders, files, position);
  const path = named ?? [name, arch, "default"].map(find).find((found) => found !== undefined);
  if (path === undefined) return undefined;
  const text = (each: string) => files.textNow(each);
  const shown = (each: string) => shownPath(each, files.cwd);
  return { path, text: text(path), search: { directories: [], text, shown } };
}

const isFileName = (name: string): boolean => !/[/\\\p{Cc}]/u.test(name) && name !== "." && name !== "..";

function missing(
  name: string,
  folders: readonly string[],
  files: UserFiles,
  position: Position | undefined,
): ConfigError {
  const known = folders.flatMap(namesIn).flatMap((file) => /^(.+?)\.xml(?:\.j2)?$/.exec(file)?.[1] ?? []);
  const places = folders.map((folder) => shownPath(folder, files.cwd)).join(", ");
  return new ConfigError(`there is no domain template '${name}'${didYouMean(name, new Set(known))}`, {
    position,
    hint: `looked for ${name}.xml.j2 and ${name}.xml in ${places}`,
  });
}
