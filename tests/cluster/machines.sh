# shellcheck shell=bash
# Machines made of namespaces for network, processes and host name, with the files of this machine.
# Sourced first, with the part's arguments. Runs the part again inside namespaces. They end with their processes and mounts when
# the part ends. Passes with a message if namespaces are not permitted.
export LC_ALL=C.UTF-8
apart=(unshare --mount --net --pid --uts --ipc --fork --kill-child --mount-proc)
if [[ -z ${ALEXNET_APART:-} ]]; then
  if ! refusal=$("${apart[@]}" sh -c 'mount -t tmpfs tmpfs /run && ip link add veth0 type veth peer name veth1 &&
      setpriv --clear-groups true' 2>&1); then
    echo "skipped: the test's machines need root and namespaces: $refusal"
    exit 0
  fi
  ALEXNET_APART=1 exec "${apart[@]}" "$0" "$@"
fi

hostname head
mount -t tmpfs tmpfs /run
ip link set lo up
declare -A machines

# name_machines FOLDER: defines the host names head, node1 and node2.
name_machines() {
  printf '%s\n' '127.0.0.1 localhost' '10.9.1.1 head' '10.9.1.2 node1' '10.9.2.2 node2' >"$1/hosts"
  mount --bind "$1/hosts" /etc/hosts
}

# machine I COMMAND...: runs the command on nodeI as its first process. The node reaches head and the other nodes.
machine() {
  local name=node$1 net=10.9.$1
  shift
  ip netns add "$name"
  ip link add "$name" type veth peer name eth0 netns "$name"
  ip addr add "$net.1/24" dev "$name"
  ip link set "$name" up
  ip -n "$name" addr add "$net.2/24" dev eth0
  ip -n "$name" link set eth0 up
  ip -n "$name" link set lo up
  ip -n "$name" route add default via "$net.1"
  # shellcheck disable=SC2016 # the machine's shell expands them
  nsenter --net="/run/netns/$name" unshare --mount --pid --uts --fork --kill-child --mount-proc \
    sh -c 'hostname "$0" && exec "$@"' "$name" "$@" &
  machines[$name]=$!
}

# lose_machine NAME: kills all processes of the machine at once.
lose_machine() {
  { kill -KILL "${machines[$1]}" && wait "${machines[$1]}"; } 2>/dev/null || true
}
