import { expect, test } from "vitest";
import { complaint, load } from "../project-files.js";

const withHypervisors = (group: string) =>
  `all: { hosts: { localhost: { config: { list: [{ platform: deb, target: pc }] } } }, children: { ${group} } }\n`;
const hosts = async (group: string, extraVars: string[] = []) =>
  (await load({ "inventory.yaml": withHypervisors(group) }, { extraVars })).hypervisors;

test("localhost is this machine", async () => {
  expect(await hosts("hypervisors: { hosts: { localhost: } }")).toMatchObject([
    {
      name: "localhost",
      connection: "local",
      libvirtUri: "qemu:///session",
      kvmProbe: true,
      fetchVia: "hypervisor",
    },
  ]);
});

test("variables, old spellings, texts from the command line, children", async () => {
  const group = `hypervisors: { children: { lab: { hosts: { 'h[1:2]': { ansible_ssh_host: 10.0.0.1, ansible_ssh_port: '2222',
    ansible_ssh_user: u, ansible_ssh_private_key_file: ~/k, ansible_libvirt_uri: 'qemu:///{{ mode }}', mode: system,
    ansible_become: yes, ansible_become_method: doas, connection_timeout: 7 } } } } }`;
  const found = await hosts(group, [
    "max_vms=3 kvm_probe=no fetch_via=controller cache_max_size=20G cache_max_age=1d",
  ]);
  expect(found.map(({ name }) => name)).toEqual(["h1", "h2"]);
  expect(found[0]).toMatchObject({
    connection: "ssh",
    host: "10.0.0.1",
    port: 2222,
    user: "u",
    privateKeyFile: "~/k",
    libvirtUri: "qemu:///system",
    become: { user: "root", method: "doas" },
    connectTimeoutMs: 7000,
    maxVms: 3,
    cacheLimits: { maxBytes: 20 * 2 ** 30, maxAgeMs: 86_400_000 },
    kvmProbe: false,
    fetchVia: "controller",
  });
});

test.each([
  [
    "hypervisor: { hosts: { localhost: } }",
    "inventory.yaml:1:1: no hypervisor group: nothing says where VMs shall run; did you mean 'hypervisor'?",
  ],
  ["hypervisors: {}", "group 'hypervisors' has no hosts"],
  ["hypervisors: { hosts: { h: { ansible_port: ssh } } }", "'ansible_port' of hypervisor 'h' must be"],
  [
    "hypervisors: { hosts: { h: { ansible_port: 70000 } } }",
    "'ansible_port' of hypervisor 'h' is too big: at most 65535",
  ],
  [
    "hypervisors: { hosts: { h: { ansible_connection: winrm } } }",
    "'ansible_connection' of hypervisor 'h' must be one of 'ssh'",
  ],
  [
    "hypervisors: { hosts: { h: { fetch_via: me } } }",
    "'fetch_via' of hypervisor 'h' must be one of 'hypervisor'",
  ],
  ["hypervisors: { hosts: { h: { max_vms: 0 } } }", "'max_vms' of hypervisor 'h' is too small: at least 1"],
  [
    "hypervisors: { hosts: { h: { cache_max_size: much } } }",
    "'cache_max_size' of hypervisor 'h' is wrong: a size is a number with K, M, G or T: 20G",
  ],
  ["hypervisors: { hosts: { h: { cache_max_age: [1] } } }", "'cache_max_age' of hypervisor 'h' must be"],
  ["hypervisors: { hosts: { h: { ansible_user: '{{ who }}' } } }", "undefined variable 'who'"],
])("%s is refused", async (group, message) => {
  expect(await complaint({ "inventory.yaml": withHypervisors(group) })).toContain(message);
});
