#!/bin/sh
# This script starts every container of the image: `ovn-run ROLE`. A role ends in `exec`, so that its program gets the signals of
# the kubelet. Its settings are in the environment.
set -eu

# The shell is process 1, and would go on at SIGTERM while it waits. Programs that it executes do not have this trap.
trap 'exit 143' TERM

tls=${OVN_TLS:-/etc/ovn/tls}
run=/run/openvswitch
ovs_socket=$run/db.sock
quiet="-vconsole:info -vsyslog:off -vfile:off"

say() { echo "ovn-run: $*" >&2; }

# Ends the container with a reason and a cure, which the kubelet shows as the message of its end.
refuse() {
  say "$*"
  echo "$*" 2>/dev/null >/dev/termination-log || true
  exit 1
}

# True when the schema of this release is newer than that of a database. An older release would drop what it does not know.
is_older() { ovsdb-tool compare-versions "$1" "<" "$2"; }

# --- the centre: databases and northd ---

# The name of this pod in DNS, which stays when the pod gets another address. The kubelet writes it into /etc/hosts.
member_name() {
  [ -z "${OVN_MEMBER_NAME:-}" ] || { echo "$OVN_MEMBER_NAME"; return; }
  awk -v ip="$POD_IP" '$1 == ip && $2 ~ /[.]/ { print $2; exit }' /etc/hosts
}

# database FILE-NAME DATABASE SCHEMA PORT RAFT-PORT OPTIONS: one member of a database.
database() {
  file=${OVN_DATABASES:-/var/lib/ovn}/$1.db
  socket=/run/ovn/ovn$1_db.sock
  name=$(member_name)
  [ -n "$name" ] || refuse "/etc/hosts has no name for $POD_IP: the pod must belong to a StatefulSet with a headless Service"
  address=ssl:$name:$5
  # It ends at once when the volume has the database.
  ovn-member join "$1"
  stored=$(ovsdb-tool db-local-address "$file")
  [ "$stored" = "$address" ] ||
    refuse "the volume belongs to the member $stored, and this pod is $address: give each pod its own volume"
  case ${POD_IP:-} in *:*) any="[::]" ;; *) any=0.0.0.0 ;; esac
  cat >/tmp/"$1".json <<END
{ "remotes": { "punix:$socket": {}, "pssl:$4:$any": $6 },
  "databases": { "$file": { "service-model": "clustered" } } }
END
  rm -f "$socket"
  # A release of OVN that is newer brings a schema of its own, which only a running cluster can take over.
  convert "$2" "$3" "$socket" &
  ovn-member keep "$1" &
  # shellcheck disable=SC2086
  exec ovsdb-server $quiet --config-file=/tmp/"$1".json --unixctl=/run/ovn/"$1".ctl \
    --private-key="$tls/tls.key" --certificate="$tls/tls.crt" --ca-cert="$tls/ca.crt"
}

# endpoints DOMAIN PORT MEMBERS: those of all members.
endpoints() {
  list=
  member=0
  while [ $member -lt "$3" ]; do
    list=$list,ssl:ovn-central-$member.$1:$2
    member=$((member + 1))
  done
  echo "${list#,}"
}

convert() {
  until [ -S "$3" ]; do sleep 0.2; done
  ovsdb-client wait "unix:$3" "$1" connected
  [ "$(ovsdb-client needs-conversion "unix:$3" "$2")" = yes ] || return 0
  stored=$(ovsdb-client get-schema-version "unix:$3" "$1")
  ours=$(ovsdb-tool schema-version "$2")
  if is_older "$stored" "$ours"; then
    say "$1 gets the schema of this release: $ours in place of $stored"
    ovsdb-client convert "unix:$3" "$2"
  else
    say "$1 keeps its schema $stored, since that of this release, $ours, is not newer"
  fi
}

# The Southbound database hands out the lock of the one ovn-northd that works, and only its leader does. So the one beside the leader
# works. It finds the leader of the Northbound database, which may be another member, by the names of all.
northd() {
  northbound=unix:/run/ovn/ovnnb_db.sock
  if [ "${OVN_MEMBERS:-1}" -gt 1 ]; then
    name=$(member_name)
    northbound=$(endpoints "${name#*.}" 6641 "$OVN_MEMBERS")
  fi
  # shellcheck disable=SC2086
  exec ovn-northd $quiet --unixctl=/run/ovn/northd.ctl --ovnnb-db="$northbound" --ovnsb-db=unix:/run/ovn/ovnsb_db.sock \
    --private-key="$tls/tls.key" --certificate="$tls/tls.crt" --ca-cert="$tls/ca.crt"
}

# --- a node: Open vSwitch and ovn-controller ---

# Stops a node where this cannot run, before anything is started. The folders of the node are below /host.
check() {
  host=${OVN_HOST_ROOT:-/host}
  case ${OVN_DATAPATH:-} in
    kernel | userspace) ;;
    *) refuse "OVN_DATAPATH \"${OVN_DATAPATH:-}\" of the ConfigMap ovn4nfv-ovn-host is no datapath: write kernel or userspace" ;;
  esac
  case ${OVN_MEMBERS:-1} in
    1 | 3) ;;
    *) refuse "OVN_MEMBERS \"$OVN_MEMBERS\" of the ConfigMap ovn4nfv-ovn-host is no number of members: write 1 or 3" ;;
  esac
  if [ "$OVN_DATAPATH" = userspace ] && [ -z "${OVN_TUNNEL_INTERFACE:-}" ]; then
    refuse "OVN_TUNNEL_INTERFACE of the ConfigMap ovn4nfv-ovn-host is not set, and the userspace datapath needs an interface of its" \
      "own: name one that does not carry the address of the node"
  fi
  if [ "$OVN_DATAPATH" = kernel ] && [ ! -e "${OVN_SYS_MODULE:-/sys/module}/openvswitch" ]; then
    refuse "the kernel of this node has no module openvswitch: run \`modprobe openvswitch\` there, and write the name into" \
      "/etc/modules-load.d/openvswitch.conf"
  fi
  for file in "$host"/etc/cni/net.d/*; do
    case ${file##*/} in
      *kube-ovn* | *ovn-kubernetes*)
        refuse "the node belongs to another OVN (${file##*/}), and two cannot share a node: use that OVN, or another cluster"
        ;;
    esac
  done
  # Open vSwitch of a node names the socket after its process, and ours does not. The processes of the node are not seen here.
  for socket in $ovs_socket "$run"/ovs-vswitchd.*.ctl; do
    if may_be_served "$socket"; then
      refuse "an Open vSwitch runs on this node that is not ours ($socket): stop it and let it not start again" \
        "(\`systemctl disable --now openvswitch-switch ovn-host\`), or use it in place of ours. When none runs, remove that file"
    fi
  done
}

# False when a socket is not there, or nobody listens on it: that is what a container or a crash leaves. A socket of another user
# cannot be asked without capabilities, and one that does not answer in time is served.
may_be_served() {
  case $1 in
    *.ctl) answer=$(timeout 5 ovs-appctl -t "$1" version 2>&1) || true ;;
    *) answer=$(timeout 5 ovsdb-client list-dbs "unix:$1" 2>&1) || true ;;
  esac
  case $answer in
    *"(No such file or directory)"* | *"(Connection refused)"*) return 1 ;;
  esac
}

openvswitch() {
  file=/var/lib/openvswitch/conf.db
  schema=/usr/share/openvswitch/vswitch.ovsschema
  if [ ! -s $file ]; then
    rm -f $file.new
    ovsdb-tool create $file.new $schema
    mv $file.new $file
  elif [ "$(ovsdb-tool needs-conversion $file $schema)" = yes ]; then
    stored=$(ovsdb-tool db-version $file)
    ours=$(ovsdb-tool schema-version $schema)
    if is_older "$stored" "$ours"; then
      say "the database of Open vSwitch gets the schema of this release: $ours in place of $stored"
      ovsdb-tool convert $file $schema
    else
      say "the database of Open vSwitch keeps its schema $stored, since that of this release, $ours, is not newer"
    fi
  fi
  # shellcheck disable=SC2086
  exec ovsdb-server $quiet --remote=punix:$ovs_socket --unixctl=/run/openvswitch/ovsdb.ctl $file
}

vsctl() { ovs-vsctl --db=unix:$ovs_socket --timeout=60 "$@"; }

# The first address of a device with its prefix: `198.51.100.11/24`.
address_of() {
  ip -o addr show dev "$1" scope global 2>/dev/null | awk '{ print $4; exit }'
}

# The members of the Southbound database by name. Programs of OVN use no search list, so the domain is written out.
southbound() {
  domain=$(awk '$1 == "search" { for (i = 2; i <= NF; i++) if ($i ~ /[.]svc[.]/) { print $i; exit } }' /etc/resolv.conf)
  [ -n "$domain" ] || refuse "/etc/resolv.conf has no domain of Services: the pod needs dnsPolicy ClusterFirstWithHostNet"
  members=$(cat "${OVN_SETTINGS:-/etc/ovn/settings}/OVN_MEMBERS" 2>/dev/null) || members=1
  endpoints "ovn-central.$domain" 6642 "$members"
}

# Another number of members needs no restart: the kubelet changes the file of the setting.
follow_members() {
  while sleep 10; do
    # It goes on also when the database of Open vSwitch is away for a while.
    now=$(southbound) || continue
    [ "$now" != "$1" ] || continue
    vsctl --no-wait set Open_vSwitch . external_ids:ovn-remote="\"$now\"" || continue
    say "the members of the Southbound database are $now"
    set -- "$now"
  done
}

# The address of the node's tunnels. In the kernel it is that of the node, or of the interface that was named.
tunnel_address() {
  device=${OVN_TUNNEL_INTERFACE:-}
  if [ -z "$device" ]; then
    # A container that starts again reads the ConfigMap again, and the check before the pod does not.
    [ "$OVN_DATAPATH" = kernel ] || refuse "OVN_TUNNEL_INTERFACE is not set: the userspace datapath needs an interface of its own"
    echo "$NODE_IP"
    return
  fi
  found=$(address_of "$device")
  # In userspace an earlier start has moved it to the bridge, and Open vSwitch remembers it.
  [ -n "$found" ] || found=$(vsctl --no-wait --if-exists get Open_vSwitch . external_ids:ovn4nfv-tunnel | tr -d '"')
  [ -n "$found" ] || refuse "the interface $device of this node has no address: give it one, or name another interface"
  if [ "$OVN_DATAPATH" = userspace ] && [ "${found%/*}" = "$NODE_IP" ]; then
    refuse "the interface $device carries the address of the node, which would be cut off: name another interface"
  fi
  echo "$found"
}

# In userspace the interface of the tunnels becomes a port of a bridge, which gets its address. The bridge is a device of
# ovs-vswitchd, and comes anew with each of its starts.
bridge_tunnels() {
  until ovs-appctl -t /run/openvswitch/ovs-vswitchd.ctl version >/dev/null 2>&1; do sleep 0.2; done
  vsctl --may-exist add-br br-phys -- set Bridge br-phys datapath_type=netdev \
    -- --may-exist add-port br-phys "$1" -- set Open_vSwitch . external_ids:ovn4nfv-started="$(cut -d' ' -f1 /proc/uptime)"
  until ip link show br-phys >/dev/null 2>&1; do sleep 0.2; done
  ip addr flush dev "$1" scope global
  ip addr show dev br-phys | grep -q " $2 " || ip addr add "$2" dev br-phys
  ip link set br-phys up
  ip link set "$1" up
  say "tunnels leave by $1 with the address $2"
}

switch() {
  until ovs-appctl -t /run/openvswitch/ovsdb.ctl version >/dev/null 2>&1; do sleep 0.2; done
  address=$(tunnel_address)
  remote=$(southbound)
  type=system
  [ "$OVN_DATAPATH" = kernel ] || type=netdev
  vsctl --no-wait init -- set Open_vSwitch . external_ids:system-id="$NODE_NAME" external_ids:hostname="$NODE_NAME" \
    external_ids:ovn-remote="\"$remote\"" external_ids:ovn-encap-type=geneve \
    external_ids:ovn-encap-ip="\"${address%/*}\"" external_ids:ovn4nfv-tunnel="\"$address\"" \
    external_ids:ovn-bridge-datapath-type=$type
  follow_members "$remote" &
  [ $type = system ] || bridge_tunnels "$OVN_TUNNEL_INTERFACE" "$address" &
  # shellcheck disable=SC2086
  exec ovs-vswitchd $quiet --unixctl=/run/openvswitch/ovs-vswitchd.ctl unix:$ovs_socket
}

controller() {
  until ovs-appctl -t /run/openvswitch/ovs-vswitchd.ctl version >/dev/null 2>&1; do sleep 0.2; done
  # Another container gets the certificate of a new node. The file with the certificate is the last that it writes.
  until [ -s "$tls/tls.crt" ]; do sleep 0.2; done
  rm -f /run/ovn/ovn-controller.*.ctl
  # shellcheck disable=SC2086
  exec ovn-controller $quiet unix:$ovs_socket \
    --private-key="$tls/tls.key" --certificate="$tls/tls.crt" --ca-cert="$tls/ca.crt"
}

# --- probes ---

# True when a role serves.
ready() {
  case $1 in
    nb) timeout 4 ovsdb-client wait unix:/run/ovn/ovnnb_db.sock OVN_Northbound connected ;;
    sb) timeout 4 ovsdb-client wait unix:/run/ovn/ovnsb_db.sock OVN_Southbound connected ;;
    northd)
      # Of several one is active, and the others wait.
      wanted=active
      [ "${OVN_MEMBERS:-1}" = 1 ] || wanted='active\|standby'
      ovn-appctl --timeout=4 -t /run/ovn/northd.ctl status | grep -q "Status: \($wanted\)"
      ;;
    openvswitch) ovs-appctl --timeout=4 -t /run/openvswitch/ovsdb.ctl version ;;
    switch) ovs-appctl --timeout=4 -t /run/openvswitch/ovs-vswitchd.ctl version ;;
    # It is connected only when the Southbound database has taken its certificate.
    controller) ovn-appctl --timeout=4 -t "$(ls /run/ovn/ovn-controller.*.ctl)" connection-status | grep -q '^connected' ;;
    *) return 2 ;;
  esac
}

# True when the program of a role answers. The controller has no program before the node's first certificate is there: another
# container asks for that as long as nobody signs, and a new start would not help.
alive() {
  case $1 in
    nb | sb | northd) ovs-appctl --timeout=9 -t /run/ovn/"$1".ctl version ;;
    controller) [ ! -s "$tls/tls.crt" ] || ovn-appctl --timeout=9 -t "$(ls /run/ovn/ovn-controller.*.ctl)" version ;;
    *) ready "$1" ;;
  esac
}

role=${1:-help}
case $role in
  nb) database nb OVN_Northbound /usr/share/ovn/ovn-nb.ovsschema 6641 6643 '{ "inactivity-probe": 60000 }' ;;
  # The role lets a chassis write what is its own. Its name is in its certificate.
  sb)
    database sb OVN_Southbound /usr/share/ovn/ovn-sb.ovsschema 6642 6644 \
      '{ "inactivity-probe": 60000, "role": "ovn-controller" }'
    ;;
  northd | check | openvswitch | switch | controller) $role ;;
  ready | alive) $role "${2:-}" >/dev/null ;;
  *) refuse "usage: ovn-run nb|sb|northd|check|openvswitch|switch|controller, or ovn-run ready|alive ROLE" ;;
esac
