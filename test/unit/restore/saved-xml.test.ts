import { expect, test } from "vitest";
import { parseOwnership } from "../../../src/libvirt/domain/ownership.js";
import { movedDomain, renamedDomain } from "../../../src/restore/saved-xml.js";

const ownership = {
  project: "a <b> & 'c'",
  vm: "vm",
  run: "run 2",
  directory: "/pool & more/farm/vms/new",
  created: "2026-11-24T01:00:00.000Z",
};
const saved = `<domain type='qemu'>
  <name>vm</name>
  <metadata>
    <farm:domain xmlns:farm="urn:farm:domain:1">
      <farm:project>p</farm:project>
      <farm:vm>vm</farm:vm>
      <farm:run>run 1</farm:run>
      <farm:directory>/pool &amp; more/farm/vms/old</farm:directory>
      <farm:created>2026</farm:created>
    </farm:domain>
  </metadata>
  <devices>
    <disk><source file='/pool &amp; more/farm/vms/old/disk-0.qcow2'/></disk>
    <disk><source file='/pool &amp; more/farm/vms/older/disk-0.qcow2'/></disk>
  </devices>
</domain>`;

test("files and owner are the new run's, all else is as QEMU had it", () => {
  const moved = movedDomain(saved, "/pool & more/farm/vms/old", ownership);
  expect(parseOwnership(moved)).toEqual(ownership);
  expect(moved).toContain("'/pool &amp; more/farm/vms/new/disk-0.qcow2'");
  expect(moved).toContain("'/pool &amp; more/farm/vms/older/disk-0.qcow2'");
  expect(moved).toContain("<name>vm</name>");
});

test("a disk has one layer of its own, and its file tells what that stands on", () => {
  const layers = `<domain><devices>
    <disk><source file='/pool &amp; more/farm/vms/old/disk-10.2.qcow2'/>
      <backingStore type='file'><format type='qcow2'/>
        <source file='/pool &amp; more/farm/vms/old/disk-10.1.qcow2'/>
        <backingStore type='file' index='3'>
          <source file='/pool &amp; more/farm/vms/old/disk-10.qcow2'/><backingStore/>
        </backingStore>
      </backingStore>
      <target dev='vda'/></disk>
    <disk><source file='/images/disk-0.1.qcow2'/><backingStore/></disk>
  </devices></domain>`;
  const moved = movedDomain(
    saved.replace(/<devices>[\s\S]*/, () => layers.slice("<domain>".length)),
    "/pool & more/farm/vms/old",
    ownership,
  );
  expect(moved.slice(moved.indexOf("<devices>")).replace(/\s+/g, "")).toBe(
    "<devices><disk><sourcefile='/pool&amp;more/farm/vms/new/disk-10.qcow2'/><targetdev='vda'/></disk>" +
      "<disk><sourcefile='/images/disk-0.1.qcow2'/></disk></devices></domain>",
  );
});

test("another name and UUID replace the saved ones", () => {
  const renamed = renamedDomain(
    "<domain>\n  <name>vm</name>\n  <uuid>1</uuid>\n  <title><name>x</name></title></domain>",
    "vm-$&<b>",
    "2",
  );
  expect(renamed).toBe(
    "<domain>\n  <name>vm-$&amp;&lt;b&gt;</name>\n  <uuid>2</uuid>\n  <title><name>x</name></title></domain>",
  );
});

test("a directory's name is no pattern", () => {
  const moved = movedDomain(saved, "/pool & more/farm/vms/old", { ...ownership, directory: "/p/$&" });
  expect(moved).toContain("'/p/$&amp;/disk-0.qcow2'");
});

test("a domain without an owner is refused", () => {
  expect(() => movedDomain("<domain/>", "/x", ownership)).toThrow(/does not say whose it is/);
});
