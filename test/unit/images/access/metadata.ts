/** Of a definition, as far as nobody looks at it here. */
export const METADATA = {
  name: "vm",
  hostname: "vm",
  platform_name: "p",
  target_name: "t",
  connection: "qemu:///session",
  libvirt_pool_dir: "/pool",
  tmp_dir: "/tmp",
};
