import { describe, expect, test } from "vitest";
import { ConfigError, ConfigErrors } from "../../../../src/errors.js";
import { callbacksOf, grownPartition } from "../../../../src/images/recipe/own-callback.js";
import { imageRecipes, imageWork } from "../../../../src/images/recipe/recipe.js";
import { type NamedFiles, NO_FILES } from "../../../../src/load/definitions/named-files.js";
import { VmDefinition } from "../../../../src/load/definitions/vm-definition.js";

const URL = "https://example.org/debian.qcow2";
const hex = "ab".repeat(32);

type Callbacks = Record<string, unknown>[];

const definition = (
  before: Callbacks,
  overrides: { disk?: object; onProvision?: object; sources?: unknown[] } = {},
) =>
  VmDefinition.parse({
    metadata: {
      name: "vm",
      hostname: "vm",
      platform_name: "p",
      target_name: "t",
      connection: "qemu:///session",
      libvirt_pool_dir: "~/pool/",
      tmp_dir: "~/tmp/",
      auth: {},
      sources: overrides.sources ?? [
        { before_provision: before, on_provision: { src: "image", dest: "disk", ...overrides.onProvision } },
      ],
    },
    virt_domain: "qemu",
    arch: "x86_64",
    vcpus: 1,
    ram: 512,
    disks: [{ src: "disk", ...overrides.disk }],
    net: {},
  });

const fetch = { callback: "fetch", src: URL, dest: "image" };
const only = (before: Callbacks, overrides = {}) => imageRecipes(definition(before, overrides))[0];
const plain = { dest: "disk", url: URL, inject: "none", inPlace: false };

describe("the data flow", () => {
  test.each<[string, Callbacks, object]>([
    ["fetch alone", [fetch], plain],
    ["callbacks by path", [{ ...fetch, callback: "callbacks/sources/fetch.yaml" }], plain],
    [
      "a digest",
      [{ ...fetch, checksum: `sha256:${hex}` }],
      { ...plain, checksum: { algorithm: "sha256", hex } },
    ],
    [
      "a SUMS file",
      [{ ...fetch, checksum: `${URL}.sums` }],
      { ...plain, checksum: { sumsUrl: `${URL}.sums` } },
    ],
    [
      "mirrors",
      [{ ...fetch, mirrors: ["https://Mirror.example.org/a.img#x", "http://x/b"] }],
      { ...plain, mirrors: ["https://mirror.example.org/a.img", "http://x/b"] },
    ],
    ["a file", [{ ...fetch, src: "file:///srv/a.img" }], { ...plain, url: "/srv/a.img" }],
    ["a path at home", [{ ...fetch, src: "~/a.img" }], { ...plain, url: "~/a.img" }],
    [
      "copies",
      [
        { ...fetch, dest: "a" },
        { callback: "copy", src: "a", dest: "b" },
        { callback: "copy", src: "./b", dest: "image" },
      ],
      plain,
    ],
    [
      "extend in place",
      [
        fetch,
        {
          callback: "extend_and_convert",
          src: "image",
          dest: "image",
          size: "10G",
          partition_number: 1,
          from_format: "qcow2",
          to_format: "qcow2",
        },
      ],
      { ...plain, sizeBytes: 10 * 2 ** 30, partitionNumber: 1, format: "qcow2" },
    ],
    [
      "an archive of a raw image",
      [
        { ...fetch, dest: "disk.raw.xz" },
        { callback: "unarchive", src: "disk.raw.xz" },
        { callback: "img_convert", src: "disk.raw", dest: "image", from: "raw", to: "qcow2" },
      ],
      { ...plain, unpack: {}, format: "raw", convertTo: "qcow2" },
    ],
    [
      "a member of an archive",
      [
        { ...fetch, dest: "all.tar.gz" },
        { callback: "callbacks/sources/unarchive.yml", src: "all.tar.gz", dest: "image", member: "disk.img" },
      ],
      { ...plain, unpack: { member: "disk.img" } },
    ],
    ["setup_image", [fetch, { callback: "setup_image", src: "image" }], { ...plain, inject: "nocloud" }],
    [
      "setup_image by credential",
      [fetch, { callback: "setup_image.yml", src: "image", inject: "credential", keys_path: "~/k" }],
      { ...plain, inject: "credential", guest: { keysPath: "~/k" } },
    ],
  ])("%s", (_name, before, expected) => expect(only(before)).toEqual(expected));

  test("the seed's platform", () => {
    const before = [
      { callback: "callbacks/sources/fetch.yaml", src: URL, dest: "i" },
      { callback: "callbacks/sources/copy.yaml", src: "i", dest: "tmp-i" },
      {
        callback: "callbacks/sources/extend_and_convert.yaml",
        src: "tmp-i",
        dest: "tmp-i",
        from_format: "qcow2",
        to_format: "qcow2",
        partition_number: 1,
        size: "10G",
      },
      { callback: "callbacks/sources/setup_image.yaml", src: "tmp-i", keys_path: "~/tmp/id_ssh_rsa_vm" },
    ];
    expect(only(before, { onProvision: { src: "tmp-i" } })).toMatchObject({
      url: URL,
      sizeBytes: 10 * 2 ** 30,
      inject: "nocloud",
    });
  });

  test("a copy is not changed by what happens to its original afterwards", () => {
    const before = [
      { ...fetch, dest: "a" },
      { callback: "copy", src: "a", dest: "image" },
      { callback: "setup_image", src: "a" },
    ];
    expect(only(before)?.inject).toBe("none");
  });

  test("a disk's own size beats extend's", () => {
    const extend = { callback: "extend_and_convert", src: "image", size: "10G" };
    expect(only([fetch, extend], { disk: { size: "20G" } })?.sizeBytes).toBe(20 * 2 ** 30);
  });

  test("a later source sees what an earlier one fetched", () => {
    const sources = [
      { before_provision: [fetch], on_provision: { src: "image", dest: "x" } },
      { on_provision: { callback: "install_to_libvirt", src: "image", dest: "disk" } },
    ];
    expect(only([], { sources })).toEqual(plain);
  });

  test.each([
    ["seed.iso", "~/pool/seed.iso"],
    ["/srv/x.img", "/srv/x.img"],
    ["~/x.img", "~/x.img"],
  ])("disk %s that no source makes is a file used in place", (src, url) => {
    expect(only([fetch], { disk: { src } })).toEqual({ dest: src, url, inject: "none", inPlace: true });
    expect(only([fetch], { disk: { src, type: "raw" } })).toMatchObject({ format: "raw" });
  });
});

describe("callbacks of the user's", () => {
  const named: NamedFiles = {
    ...NO_FILES,
    callback: (written) =>
      /(^|\/)(mark|fetch)(\.yaml)?$/.test(written) ? { path: `/p/${written}`, shown: written } : undefined,
    callbacksNear: (written) => ({ names: ["mark"], places: [`callbacks/${written}`] }),
  };
  const work = (before: Callbacks, overrides = {}) =>
    imageWork(definition(before, overrides), undefined, named);
  const mark = { callback: "mark", src: "image" };

  test("what comes before one is what it is given, and what comes behind is of what it makes", () => {
    const grow = { callback: "extend_and_convert", src: "image", size: "10G", partition_number: 1 };
    const { recipes } = work([
      fetch,
      { callback: "setup_image", src: "image" },
      grow,
      mark,
      { ...grow, size: "20G" },
    ]);
    const [{ made, ...rest } = { made: undefined }] = recipes;
    expect(rest).toEqual({
      dest: "disk",
      url: "mark",
      inject: "nocloud",
      inPlace: false,
      sizeBytes: 20 * 2 ** 30,
      partitionNumber: 1,
    });
    expect(made).toMatchObject({
      file: "/p/mark",
      task: mark,
      dest: "image",
      source: { on_provision: { src: "image" } },
    });
    expect(made?.from).toMatchObject({ name: "image", recipe: { url: URL, sizeBytes: 10 * 2 ** 30 } });
    expect(grownPartition(made?.from?.recipe ?? { url: "", inject: "none", inPlace: false })).toBe(1);
  });

  test("one makes an image of nothing, with arguments of its own", () => {
    const { recipes } = work([{ callback: "mark", src: URL, dest: "image", size: 5, deep: { a: [1] } }]);
    expect(recipes[0]?.made).not.toHaveProperty("from");
    expect(recipes[0]?.made?.task).toEqual({
      callback: "mark",
      src: URL,
      dest: "image",
      size: 5,
      deep: { a: [1] },
    });
  });

  test("one behind the other", () => {
    const { recipes } = work([fetch, { ...mark, dest: "b" }, { ...mark, src: "b", dest: "image" }]);
    expect(recipes.flatMap(callbacksOf).map(({ dest }) => dest)).toEqual(["b", "image"]);
  });

  test("one that names no file makes none", () => {
    const { recipes, besides } = work([fetch, { callback: "callbacks/mark.yaml", port: 1 }]);
    expect(recipes[0]).toEqual(plain);
    expect(besides.map(({ task }) => task)).toEqual([{ callback: "callbacks/mark.yaml", port: 1 }]);
  });

  test("a path is the user's file before farm's own, a name farm's own", () => {
    const by = (callback: string) => work([{ ...fetch, callback }]).recipes[0]?.made?.shown;
    expect(by("callbacks/sources/fetch.yaml")).toBe("callbacks/sources/fetch.yaml");
    expect(by("fetch")).toBeUndefined();
  });

  test.each<[string, object, RegExp, RegExp]>([
    ["a slip", { callback: "marc", src: "image" }, /no callback 'marc'/, /did you mean 'mark'/],
    [
      "one far from all",
      { callback: "something" },
      /no callback 'something'/,
      /looked for callbacks\/something/,
    ],
    [
      "a file that nothing makes",
      { ...mark, src: "imagee" },
      /no earlier callback makes 'imagee'/,
      /'image'/,
    ],
    ["a way out", { ...mark, dest: "../image" }, /'\.\.\/image' leads out/, /undefined/],
    ["an absolute dest", { ...mark, dest: "/etc/passwd" }, /leads out/, /undefined/],
  ])("refuses %s", (_name, callback, message, hint) => {
    const error = thrown(() => work([fetch, callback as Record<string, unknown>]));
    expect(error.message).toMatch(message);
    expect(String((error as ConfigError).hint)).toMatch(hint);
  });
});

describe("mistakes", () => {
  test.each<[string, Callbacks, RegExp, RegExp]>([
    [
      "typo in a name",
      [{ ...fetch, callback: "fech" }],
      /there is no callback 'fech'/,
      /did you mean 'fetch'/,
    ],
    [
      "a callback of nobody's",
      [{ callback: "setup_bootloader", src: "a" }],
      /there is no callback 'setup_bootloader'/,
      /farm's own are fetch/,
    ],
    [
      "a user's own that is not there",
      [{ callback: "callbacks/mine.yaml" }],
      /there is no callback 'callbacks\/mine.yaml'/,
      /farm's own are/,
    ],
    ["typo in an argument", [{ ...fetch, cheksum: "x" }], /no argument 'cheksum'/, /did you mean 'checksum'/],
    ["an argument missing", [{ callback: "fetch", dest: "image" }], /'fetch': src/, /undefined/],
    ["a relative source", [{ ...fetch, src: "a.img" }], /http\(s\) URL/, /undefined/],
    ["a bad URL", [{ ...fetch, src: "https://exa mple/" }], /http\(s\) URL/, /undefined/],
    [
      "a mirror that is a file",
      [{ ...fetch, mirrors: ["/a.img"] }],
      /a mirror is an http\(s\) URL/,
      /undefined/,
    ],
    [
      "mirrors of a file",
      [{ ...fetch, src: "/a.img", mirrors: ["http://x/a.img"] }],
      /mirrors: a file of the hypervisor has no mirrors/,
      /undefined/,
    ],
    ["a bad digest", [{ ...fetch, checksum: "sha256:12" }], /64 hexadecimal digits/, /undefined/],
    [
      "a bad size",
      [fetch, { callback: "extend_and_convert", src: "image", size: "big" }],
      /size: a size is/,
      /undefined/,
    ],
    [
      "a bad format",
      [fetch, { callback: "extend_and_convert", src: "image", from_format: "vmdk" }],
      /from_format/,
      /undefined/,
    ],
    [
      "a bad partition",
      [fetch, { callback: "extend_and_convert", src: "image", partition_number: 0 }],
      /partition_number/,
      /undefined/,
    ],
    [
      "a bad injection",
      [fetch, { callback: "setup_image", src: "image", inject: "sysprep" }],
      /inject/,
      /undefined/,
    ],
    [
      "a name that nothing makes",
      [fetch, { callback: "copy", src: "imagee", dest: "b" }],
      /no earlier callback makes 'imagee'/,
      /did you mean 'image'/,
    ],
    [
      "a URL where a name belongs",
      [fetch, { callback: "copy", src: URL, dest: "b" }],
      /no earlier callback/,
      /'fetch' bring it/,
    ],
  ])("%s", (_name, before, message, hint) => {
    const error = thrown(() =>
      only(before, before[0]?.["callback"] === "fetch" ? {} : { onProvision: { src: "/x" } }),
    );
    expect(error.message).toMatch(message);
    expect(String((error as ConfigError).hint)).toMatch(hint);
  });

  test("has the place in the user's file", () => {
    const position = { file: "platforms/p.yaml", line: 7, column: 3 };
    const bad = definition([fetch, { callback: "copy", src: "x", dest: "y" }]);
    const error = thrown(() =>
      imageRecipes(bad, (path) =>
        path.join(".") === "metadata.sources.0.before_provision.1.src" ? position : undefined,
      ),
    );
    expect((error as ConfigError).position).toEqual(position);
  });

  test("several are told at once", () => {
    const error = thrown(() => only([{ ...fetch, src: "x" }, { callback: "nope" }]));
    expect(error).toBeInstanceOf(ConfigErrors);
    expect((error as ConfigErrors).errors).toHaveLength(2);
  });

  test("an on_provision callback that is not the built-in one", () => {
    expect(thrown(() => only([fetch], { onProvision: { callback: "install_to_xen" } })).message).toMatch(
      /install_to_xen/,
    );
  });
});

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    expect(error instanceof ConfigError || error instanceof ConfigErrors).toBe(true);
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
