import type { RemoteFile } from "../remote/content.js";
import { byteText } from "../text-edit/byte-text.js";
import { linesOf } from "../text-edit/lines.js";

/** A file of /etc/modules-load.d or /etc/modprobe.d. */
export interface ConfigFile {
  readonly path: string;
  readonly file: RemoteFile | undefined;
}

/** A file as it shall be. */
export interface FileChange {
  readonly path: string;
  readonly before: RemoteFile | undefined;
  readonly content: Buffer;
}

/** What is told of a module for the next boots. */
export interface Persistent {
  readonly loads: readonly ConfigFile[];
  readonly options: readonly ConfigFile[];
}

const LOADS = "/etc/modules-load.d";
const OPTIONS = "/etc/modprobe.d";

/** Changes that load a module, with just these parameters, at every boot. */
export function loadAtBoot(name: string, params: readonly string[], now: Persistent): FileChange[] {
  const isLoaded = now.loads.some(({ file }) => fileLines(file).some((line) => loads(line, name)));
  const present = new Set(
    now.options.flatMap(({ file }) => fileLines(file).flatMap((line) => given(line, name))),
  );
  const isSame = present.size === new Set(params).size && params.every((each) => present.has(each));
  const own = `${OPTIONS}/${name}.conf`;
  return [
    ...(isLoaded ? [] : [whole(`${LOADS}/${name}.conf`, `${name}\n`, now.loads)]),
    ...(isSame ? [] : withoutOptions(name, now).filter(({ path }) => path !== own)),
    ...(isSame ? [] : [whole(own, params.map((each) => `options ${name} ${each}\n`).join(""), now.options)]),
  ];
}

/** Changes that make comments of all that loads a module at boot. */
export const notAtBoot = (name: string, now: Persistent): FileChange[] => [
  ...commentedOut(now.loads, (line) => loads(line, name)),
  ...withoutOptions(name, now),
];

const withoutOptions = (name: string, { options }: Persistent): FileChange[] =>
  commentedOut(options, (line) => given(line, name).length > 0);

function commentedOut(files: readonly ConfigFile[], concerns: (line: string) => boolean): FileChange[] {
  return files.flatMap(({ path, file }) => {
    const form = byteText(file?.content);
    const edited = linesOf(form.text)
      .map((line) => (concerns(line) ? `#${line}` : line))
      .join("");
    return edited === form.text ? [] : [{ path, before: file, content: form.bytes(edited) }];
  });
}

const whole = (path: string, text: string, files: readonly ConfigFile[]): FileChange => ({
  path,
  before: files.find((each) => each.path === path)?.file,
  content: Buffer.from(text),
});

const fileLines = (file: RemoteFile | undefined): string[] => linesOf(byteText(file?.content).text);

/** The kernel makes no difference between - and _. */
const same = (name: string | undefined): string => (name ?? "").replaceAll("-", "_");
const loads = (line: string, name: string): boolean =>
  same(/^ *(\S+?) *(?:[#;].*)?$/.exec(line.trimEnd())?.[1]) === same(name);

/** The parameters that a line gives the module. */
function given(line: string, name: string): string[] {
  const [word, of, ...params] = line
    .replace(/\s[#;].*$/s, "")
    .trim()
    .split(/\s+/);
  return word === "options" && same(of) === same(name) ? params : [];
}
