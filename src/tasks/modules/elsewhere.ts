import { z } from "zod";
import { nearest } from "../../values/nearest.js";
import { ModuleFailure } from "../module/failure.js";
import type { AnyModule, Module } from "../module/module.js";
import { moduleNames, shortName } from "./registry.js";

/** Modules that Ansible knows by these names and farm lacks: those that roles for many systems use for the systems that they know. */
const NAMES: ReadonlySet<string> = new Set(
  `
  acl alternatives apache2_mod_proxy apache2_module at bower bundler bzr capabilities composer
  consul_kv cpanm cronvar crypttab dconf deploy_helper django_manage dnf5 docker_compose
  docker_container docker_container_info docker_image docker_login docker_network docker_stack docker_swarm
  docker_volume ejabberd_user elasticsearch_plugin etcd3 expect facter filesystem firewalld
  flatpak flatpak_remote get_certificate git_config gitlab_runner grafana_dashboard
  grafana_datasource gunicorn haproxy helm hg homebrew homebrew_cask homebrew_tap htpasswd influxdb_database
  influxdb_user interfaces_file ip_netns ipmi_boot ipmi_power iptables iso_extract java_cert java_keystore
  jboss jenkins_job jenkins_plugin k8s k8s_scale k8s_service kernel_blacklist kibana_plugin lbu ldap_attr
  ldap_attrs ldap_entry ldap_passwd logstash_plugin luks_device lvg lvol lxc_container lxd_container
  lxd_profile macports mail maven_artifact mongodb_parameter mongodb_replicaset mongodb_shard mongodb_user
  monit mount_facts mssql_db mysql_db mysql_info mysql_query mysql_replication mysql_user mysql_variables
  nagios nmcli nsupdate open_iscsi openbsd_pkg openssh_cert openssh_keypair openssl_certificate
  openssl_certificate_info openssl_csr openssl_dhparam openssl_pkcs12 openssl_privatekey openssl_publickey
  opkg pacemaker_cluster pam_limits pamd parted patch pear pkg5 pkg5_publisher pkgin pkgng pkgutil
  podman_container podman_image portage portinstall postgresql_copy postgresql_db postgresql_ext
  postgresql_idx postgresql_info postgresql_lang postgresql_membership postgresql_owner postgresql_pg_hba
  postgresql_ping postgresql_privs postgresql_publication postgresql_query postgresql_schema
  postgresql_sequence postgresql_set postgresql_slot postgresql_subscription postgresql_table
  postgresql_tablespace postgresql_user puppet rabbitmq_plugin rabbitmq_user rabbitmq_vhost read_csv
  redhat_subscription redis rhn_channel rhn_register rhsm_release rhsm_repository rpm_key runit seboolean
  sefcontext selinux selinux_permissive seport set_stats slack snap subversion supervisorctl
  svc syslogger sysvinit terraform ufw urpmi vdo virt virt_net virt_pool win_chocolatey win_command win_copy
  win_feature win_file win_get_url win_package win_reboot win_regedit win_service win_shell win_stat
  win_template win_updates win_user x509_crl xattr xbps xfconf xfs_quota xml yarn zabbix_host
  zfs zypper_repository
`
    .trim()
    .split(/\s+/),
);

/** A collection of others: what is in it only they can tell. */
const FOREIGN = /^(?!ansible\.(?:builtin|legacy)\.)[a-z_]\w*\.[a-z_]\w*\.([a-z_]\w*)$/;

/** Whether a name that farm has no module for is one of Ansible's or of a collection's, rather than a slip. */
export function isElsewhere(written: string): boolean {
  if (NAMES.has(shortName(written))) return true;
  const name = FOREIGN.exec(written)?.[1];
  return name !== undefined && nearest(name, moduleNames()) === undefined;
}

const Args = z.looseObject({});

const standIn = (written: string): Module<z.infer<typeof Args>> => ({
  name: written,
  summary: "A module that farm does not have.",
  args: Args,
  freeForm: "_raw_params",
  async run() {
    throw new ModuleFailure(`farm has no module '${written}', and this task was not skipped`);
  },
});

/** Stands for a module that farm lacks, in a task that may be skipped: it fails where it is not. */
export const elsewhere = (written: string): AnyModule => standIn(written) as unknown as AnyModule;
