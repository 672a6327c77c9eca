#!/bin/sh
# This script keeps the membership of a pod in the cluster of a database: `ovn-member join|keep|leave nb|sb`.
#
# A member with an empty volume has lost its identity. The cluster must first remove the old one, which only a member with the
# database can do. So the empty one joins nobody by itself: it serves a database Ovn_Member at its RAFT port and waits. The leader
# finds it there, removes the old identity, and writes an invitation into that database. The first member makes a new cluster only
# when all others serve Ovn_Member, too, so that no lost volume splits a cluster that others still have.
set -eu
trap 'exit 143' TERM

tls=${OVN_TLS:-/etc/ovn/tls}
run=${OVN_RUN:-/run/ovn}
members=${OVN_MEMBERS:-1}
# The certificates have names for so many.
most=3
quiet="-vconsole:warn -vsyslog:off -vfile:off"
identity="--private-key=$tls/tls.key --certificate=$tls/tls.crt --ca-cert=$tls/ca.crt"

say() { echo "ovn-member: $*" >&2; }

role=$2
case $role in
  nb) database=OVN_Northbound port=6643 ;;
  sb) database=OVN_Southbound port=6644 ;;
esac
file=${OVN_DATABASES:-/var/lib/ovn}/$role.db
empty_socket=$run/$role-empty.sock

# --- names ---

# The name of this pod in DNS, which stays when the pod gets another address. The kubelet writes it into /etc/hosts.
name=${OVN_MEMBER_NAME:-$(awk -v ip="$POD_IP" '$1 == ip && $2 ~ /[.]/ { print $2; exit }' /etc/hosts)}
host=${name%%.*}
ordinal=${host##*-}

name_of() { echo "${host%-*}-$1.${name#*.}"; }
raft_address() { echo "ssl:$(name_of "$1"):$port"; }
others() { i=0; while [ $i -lt "$1" ]; do [ $i = "$ordinal" ] || echo $i; i=$((i + 1)); done; }

# The address of another member. A program of Open vSwitch that runs only once does not wait for DNS.
address_of() {
  found=$(awk -v name="$1" '$2 == name { print $1; exit }' /etc/hosts)
  [ -n "$found" ] ||
    found=$(timeout 3 busybox nslookup "$1" 2>/dev/null | awk '/^Name:/ { named = 1 } named && /^Address/ { print $NF; exit }')
  case $found in
    "") return 1 ;;
    *:*) echo "[$found]" ;;
    *) echo "$found" ;;
  esac
}

# ask MEMBER COMMAND ARGS...: runs a command of ovsdb-client with the database Ovn_Member of another member.
ask() {
  at=$(address_of "$(name_of "$1")") || return 1
  command=$2
  shift 2
  # shellcheck disable=SC2086
  timeout 5 ovsdb-client -vconsole:off $identity "$command" "ssl:$at:$port" "$@" 2>/dev/null
}

# True when another member says that its volume is empty.
is_empty() { ask "$1" list-dbs | grep -qx Ovn_Member; }

# --- a member with an empty volume ---

serve_emptiness() {
  cat >"/tmp/$role-empty.ovsschema" <<END
{ "name": "Ovn_Member", "version": "1.0.0",
  "tables": { "Invitation": { "columns": { "cluster": { "type": "string" }, "by": { "type": "string" } } } } }
END
  rm -f "/tmp/$role-empty.db" "$empty_socket"
  ovsdb-tool create "/tmp/$role-empty.db" "/tmp/$role-empty.ovsschema"
  case ${POD_IP:-} in *:*) any="[::]" ;; *) any=0.0.0.0 ;; esac
  # shellcheck disable=SC2086
  ovsdb-server $quiet $identity --unixctl="$run/$role-empty.ctl" --remote=punix:"$empty_socket" \
    --remote=pssl:$port:$any "/tmp/$role-empty.db" &
  server=$!
}

stop_serving() {
  kill $server
  wait $server || true
  rm -f "/tmp/$role-empty.db" "$empty_socket"
}

# The id of the cluster that invites this member, once there is one.
invitation() {
  ovsdb-client -vconsole:off query "unix:$empty_socket" \
    '["Ovn_Member", {"op": "select", "table": "Invitation", "where": [], "columns": ["cluster"]}]' 2>/dev/null |
    sed -n 's/.*"cluster":"\([^"]*\)".*/\1/p'
}

all_are_empty() {
  for one in $(others "$members"); do is_empty "$one" || return 1; done
}

# True when the last record of the file says that its server left the cluster.
has_left() { tail -n 1 "$file" 2>/dev/null | grep -q '"note":"left"'; }

# join: makes the file of the database, as one of a new cluster or of one that invites this member.
join() {
  # A server that has left its cluster is no member any more, and cannot come back.
  if has_left; then rm -f "$file"; fi
  [ ! -s "$file" ] || return 0
  # The file appears whole or not at all.
  rm -f "$file.new" "$file.new".*
  if [ "$members" = 1 ] && [ "$ordinal" = 0 ]; then
    create
    return
  fi
  say "the volume has no $database database: this member waits for the others"
  serve_emptiness
  while :; do
    cluster=$(invitation)
    if [ -n "$cluster" ]; then
      stop_serving
      say "$database: joins the cluster $cluster"
      remotes=
      for one in $(others $most); do remotes="$remotes $(raft_address "$one")"; done
      # shellcheck disable=SC2086
      ovsdb-tool --cid="$cluster" join-cluster "$file.new" $database "$(raft_address "$ordinal")" $remotes
      mv "$file.new" "$file"
      return
    fi
    if [ "$ordinal" = 0 ] && all_are_empty; then
      stop_serving
      create
      return
    fi
    sleep 1
  done
}

create() {
  say "the volume has no $database database: a new and empty one is made. When the volume was lost, and this is no new" \
    "installation, docs/own-ovn.md says what to do"
  ovsdb-tool create-cluster "$file.new" "/usr/share/ovn/ovn-$role.ovsschema" "$(raft_address "$ordinal")"
  mv "$file.new" "$file"
}

# --- a member with the database ---

control() { ovs-appctl --timeout=5 -t "$run/$role.ctl" "$@" 2>/dev/null; }

# The identities that a status has for the address of a member, each with the milliseconds since its last word where it has spoken.
identities() {
  echo "$1" | awk -v at="$2)" '$3 == "at" && $4 == at { for (i = 5; i < NF; i++) if ($i == "msg") ms = $(i + 1); print $1, ms; ms = "" }'
}

# keep: as the leader, takes in members whose volume is empty, until it ends.
keep() {
  while sleep 2; do
    status=$(control cluster/status $database) || continue
    echo "$status" | grep -q '^Role: leader' || continue
    for one in $(others $most); do
      # The identities are read before the member is asked: a member that is empty after that has none of them.
      known=$(identities "$status" "$(raft_address "$one")")
      [ -z "$known" ] || [ "$(echo "$known" | awk '$2 != "" && $2 < 5000' | head -n 1)" = "" ] || continue
      is_empty "$one" || continue
      if [ -n "$known" ]; then
        echo "$known" | while read -r id _; do
          say "$database: removes the identity $id of $(name_of "$one"), whose volume is empty"
          control cluster/kick $database "$id" >/dev/null || true
        done
      else
        cluster=$(control cluster/cid $database) || continue
        ask "$one" transact "[\"Ovn_Member\", {\"op\": \"insert\", \"table\": \"Invitation\",
          \"row\": {\"cluster\": \"$cluster\", \"by\": \"$name\"}}]" >/dev/null || true
      fi
    done
  done
}

# leave: before the pod ends, leaves the cluster when the StatefulSet wants fewer members. The container `scale` writes how many
# it wants.
leave() {
  waited=0
  until [ -s "$run/wanted" ]; do
    [ $waited -lt 10 ] || return 0
    waited=$((waited + 1))
    sleep 1
  done
  wanted=$(cat "$run/wanted")
  [ "$ordinal" -ge "$wanted" ] || return 0
  say "$database: leaves the cluster, which shall have $wanted members"
  control cluster/leave $database || return 0
  waited=0
  until has_left; do
    [ $waited -lt 40 ] || return 0
    waited=$((waited + 1))
    sleep 1
  done
}

case $1 in
  join | keep | leave) "$1" ;;
esac
