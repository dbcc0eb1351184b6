import type { DomainDescription } from "../../../src/libvirt/domain/ownership.js";
import { withoutInstance } from "../../../src/naming.js";
import { deadVms } from "../../../src/provision/garbage/collect-garbage.js";
import { garbage, type Removal } from "../../../src/restore/garbage.js";
import type { PointKind } from "../../../src/restore/manifest.js";
import type { PointStore } from "../../../src/restore/store.js";
import { manifest } from "../restore/manifests.js";
import { storedVm } from "../restore/stored-vms.js";

const [POOL, URI] = ["/pool", "qemu:///session"];
export const VMS = ["a", "a+x", "b", "c"] as const;
/** A VM of the same name in another project. */
const OF_ANOTHER = { directory: "c", project: "another", vm: "a" } as const;
export const MINUTE = 60_000;

interface Point {
  readonly name: string;
  readonly kind: PointKind;
  /** Of a checkpoint. */
  readonly tasks?: number;
  /** The VM's directory that made it. */
  readonly vm: string;
  readonly below: string | null;
  readonly image: string;
  readonly created: number;
  /** What it was made from. */
  readonly ram: number;
  usedAt: number;
}

/** What is really so of one VM on the hypervisor, whoever knows. */
interface Vm {
  /** The run that works on it. */
  lock: string | undefined;
  directory:
    | { readonly by: string; readonly points: string[]; readonly image: string | undefined }
    | undefined;
  /** The run that its domain belongs to. */
  domain: string | undefined;
}

/** A hypervisor on which farms come and go. */
export class Hypervisor {
  readonly points = new Map<string, Point>();
  readonly images = new Map<string, number>();
  readonly vms = new Map<string, Vm>(
    VMS.map((name) => [name, { lock: undefined, directory: undefined, domain: undefined }]),
  );
  /** Those that are written down, and whether they live. */
  readonly runs = new Map<string, boolean>();
  /** Half-made points, by the VM that they are of. */
  readonly parts = new Map<string, string>();
  #count = 0;

  /** Every event takes a minute. */
  now = 0;

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  vm(name: string): Vm {
    const found = this.vms.get(name);
    if (!found) throw new Error(`no VM ${name}`);
    return found;
  }

  /** The next step of whoever works on a VM; a farm begins with one that nobody has. */
  goOn(name: string, which: number): void {
    const { lock, directory, domain } = this.vm(name);
    if (lock === undefined) this.begin(name);
    else if (directory && directory.by !== lock) this.sweep(name);
    else if (!directory && (which % 3 === 0 || this.points.size === 0)) this.boot(name, which);
    else if (!directory) this.restore(name, which);
    else if (domain === undefined) this.start(name);
    else if (which % 5 === 0) this.half(name);
    else this.save(name, which);
  }

  /** A farm begins with a VM that nobody else has. */
  begin(name: string): void {
    const vm = this.vm(name);
    if (vm.lock !== undefined) return;
    const run = `run${this.#next()}`;
    this.runs.set(run, true);
    vm.lock = run;
  }

  /** What another run has left of the VM goes. */
  sweep(name: string): void {
    const vm = this.vm(name);
    if (vm.lock === undefined || vm.directory?.by === vm.lock) return;
    Object.assign(vm, { directory: undefined, domain: undefined });
    this.parts.delete(name);
    this.#forget();
  }

  boot(name: string, which: number): void {
    const vm = this.vm(name);
    if (vm.lock === undefined || vm.directory) return;
    const image = `sha256-${String(which % 3).repeat(64)}.qcow2`;
    this.images.set(image, this.now);
    vm.directory = { by: vm.lock, points: [], image };
  }

  /** Its domain comes after its disks. */
  start(name: string): void {
    const vm = this.vm(name);
    if (vm.lock !== undefined && vm.directory?.by === vm.lock) vm.domain = vm.lock;
  }

  restore(name: string, which: number): void {
    const vm = this.vm(name);
    const own = [...this.points.values()].filter(
      (point) => point.kind === "clean" || withoutInstance(point.vm) === withoutInstance(name),
    );
    const point = own[which % Math.max(1, own.length)];
    if (vm.lock === undefined || vm.directory || !point) return;
    point.usedAt = this.now;
    vm.directory = { by: vm.lock, points: [point.name], image: undefined };
  }

  /** What a VM stands on at the top. */
  #base({ directory }: Vm): Point | undefined {
    return this.points.get(directory?.points.at(-1) ?? "");
  }

  save(name: string, which: number): void {
    const vm = this.vm(name);
    if (vm.lock === undefined || vm.domain !== vm.lock || !vm.directory) return;
    const below = this.#base(vm);
    const kind = (["clean", "dependencies", "init"] as const)[which % 3] ?? "init";
    const id = this.#next();
    const point: Point = {
      name: `${kind}-0123456789abcdef-${String(id).padStart(8, "0")}`,
      kind,
      ...(kind !== "clean" && which % 4 === 0 && { tasks: 1 + (which % 3) }),
      vm: name,
      below: below?.name ?? null,
      image: below?.image ?? vm.directory.image ?? "",
      created: this.now,
      ram: which % 2,
      usedAt: this.now,
    };
    this.points.set(point.name, point);
    vm.directory.points.push(point.name);
  }

  /** A save that is under way. */
  half(name: string): void {
    const { lock, domain } = this.vm(name);
    if (lock !== undefined && domain === lock)
      this.parts.set(name, `init-0123456789abcdef-${String(this.#next()).padStart(8, "0")}.part-${name}`);
  }

  /** What runs goes on running, and nobody says that the run is over. */
  kill(name: string): void {
    const vm = this.vm(name);
    if (vm.lock !== undefined) this.runs.set(vm.lock, false);
    vm.lock = undefined;
  }

  end(name: string, keeps: boolean): void {
    const vm = this.vm(name);
    if (vm.lock === undefined) return;
    this.runs.delete(vm.lock);
    this.parts.delete(name);
    Object.assign(vm, { lock: undefined, ...(!keeps && { directory: undefined, domain: undefined }) });
  }

  /** A dead run's record goes with the last of what it made. */
  #forget(): void {
    const made = new Set([...this.vms.values()].map(({ directory }) => directory?.by));
    for (const [run, alive] of this.runs) if (!alive && !made.has(run)) this.runs.delete(run);
  }

  /** As `listStores` and `virsh` tell. */
  look(): { readonly store: PointStore; readonly domains: readonly DomainDescription[] } {
    const vms = [...this.vms].filter(([, { lock, directory }]) => lock !== undefined || directory);
    const bytes = 100;
    const store: PointStore = {
      pool: POOL,
      points: [...this.points.values()].map(({ usedAt, ram, image, vm, created, ...point }) => ({
        manifest: manifest({
          ...point,
          ...ownerOf(vm),
          created: new Date(created).toISOString(),
          inputs: { ram: String(ram) },
          images: [`${POOL}/farm/images/${image}`],
          domain: { ...manifest().domain, directory: `${POOL}/farm/vms/${vm}` },
        }),
        bytes,
        usedAt,
      })),
      images: [...this.images].map(([name, usedAt]) => ({ name, bytes, usedAt })),
      vms: vms.map(([name, { lock, directory }]) =>
        storedVm({
          name,
          exists: directory !== undefined,
          points: directory?.points ?? [],
          images: directory?.image === undefined ? [] : [directory.image],
          holder: lock ?? null,
          starting: lock !== undefined && directory?.by !== lock,
          run: directory?.by ?? null,
          uri: URI,
        }),
      ),
      parts: [...this.parts].map(([vm, name]) => ({ name, bytes, held: this.vm(vm).lock !== undefined })),
      downloads: [],
      runs: [...this.runs].map(([run, alive]) => ({
        record: { run, project: "project", owner: "me", since: "now", vms: [] },
        alive,
      })),
    };
    return { store, domains: vms.flatMap(([name, { domain }]) => (domain ? [domainOf(name, domain)] : [])) };
  }

  /** Of all that the VMs stand on that run, are kept, or are worked on, and may be about to. */
  needed(): Set<string> {
    const found = new Set<string>();
    const need = (name: string): void => {
      found.add(name);
      const point = this.points.get(name);
      if (point?.below) need(point.below);
      if (point) found.add(point.image);
    };
    for (const [name, vm] of this.vms) for (const each of this.#needs(name, vm)) need(each);
    return found;
  }

  #needs(name: string, { lock, directory, domain }: Vm): readonly string[] {
    const wanted = lock === undefined || directory?.by === lock ? [] : this.#wanted(name);
    const isOfTheDead = domain === undefined || this.runs.get(domain) === false;
    if (!directory || (lock === undefined && isOfTheDead)) return wanted;
    const image = directory.image === undefined ? [] : [directory.image];
    return [...wanted, ...directory.points, ...image];
  }

  /** What a VM may be about to boot from or to restore. */
  #wanted(name: string): string[] {
    const points = [...this.points.values()].filter(
      (point) => point.kind === "clean" || withoutInstance(point.vm) === withoutInstance(name),
    );
    return [...this.images.keys(), ...points.map((point) => point.name)];
  }

  collect(maxBytes: number, maxAgeMs: number): Removal[] {
    const { store, domains } = this.look();
    const dead = deadVms(store, domains, URI);
    const removals = garbage(store, { dead }, { perVm: 2, maxBytes, maxAgeMs }, this.now);
    for (const { what, name } of removals) {
      if (what === "vm") Object.assign(this.vm(name), { directory: undefined, domain: undefined });
      else if (what === "run") this.runs.delete(name);
      else if (what === "part") this.parts.delete(name.replace(/.*\.part-/, ""));
      else if (what === "image") this.images.delete(name);
      else this.points.delete(name);
    }
    return removals;
  }
}

const ownerOf = (directory: string): { readonly project: string; readonly vm: string } =>
  directory === OF_ANOTHER.directory
    ? { project: OF_ANOTHER.project, vm: OF_ANOTHER.vm }
    : { project: "project", vm: withoutInstance(directory) };

const domainOf = (vm: string, run: string): DomainDescription => ({
  name: vm,
  uuid: vm,
  active: true,
  ownership: { ...ownerOf(vm), run, directory: `${POOL}/farm/vms/${vm}`, created: "" },
});
