#!/usr/bin/env bash
# An OpenSearch cluster for tests, from the package registry, on the loopback address alone.
#
#   .ci/opensearch.sh start [NODES]   download once, start NODES nodes (default 3), wait until all have joined
#   .ci/opensearch.sh stop            end the nodes this script started, and remove their indexes
#   .ci/opensearch.sh kill I          end node I at once, as a power cut would; start it again with `start`
#   .ci/opensearch.sh status          the cluster's health, exit 1 when it does not answer
#
# Node i answers at http://127.0.0.1:$((TIMBAO_CLUSTER_PORT + i)), i from 1. Settings, by variable:
#   TIMBAO_CLUSTER_DIR      where it is unpacked and keeps its state (default: a folder for this user below TMPDIR)
#   TIMBAO_CLUSTER_PORT     9200
#   TIMBAO_CLUSTER_HEAP     512m a node
#   TIMBAO_CLUSTER_VERSION  3.8.0; 2.19.x runs where only Java 17 is installed
#   OPENSEARCH_JAVA_HOME    a Java of 21 or newer (17 for 2.19); found below /usr/lib/jvm when unset
#
# OpenSearch refuses to run as root: root starts the nodes as the system user "opensearch", which is made if missing.
set -euo pipefail

DIR=${TIMBAO_CLUSTER_DIR:-${TMPDIR:-/tmp}/timbao-cluster-$(id -u)}
PORT=${TIMBAO_CLUSTER_PORT:-9200}
HEAP=${TIMBAO_CLUSTER_HEAP:-512m}
VERSION=${TIMBAO_CLUSTER_VERSION:-}
WAIT_SECONDS=300

java_major() { "$1/bin/java" -version 2>&1 | sed -nE '1s/.*"([0-9]+).*/\1/p'; }

choose_java() {
  local best="" best_major=0 home major
  for home in "${OPENSEARCH_JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
    major=$(java_major "$home")
    if [ "${major:-0}" -gt "$best_major" ]; then best=$home best_major=$major; fi
    if [ "$home" = "${OPENSEARCH_JAVA_HOME:-}" ]; then break; fi
  done
  if [ "$best_major" -lt 17 ]; then
    echo "no Java of 17 or newer; install one (apt-get install openjdk-17-jre-headless) or set OPENSEARCH_JAVA_HOME" >&2
    exit 3
  fi
  export OPENSEARCH_JAVA_HOME=$best
  if [ -z "$VERSION" ]; then
    if [ "$best_major" -ge 21 ]; then VERSION=3.8.0; else VERSION=2.19.3; fi
  fi
}

download() {
  local archive=$DIR/opensearch-$VERSION.zip
  if [ ! -s "$archive" ]; then
    command -v mvn >/dev/null || { echo "mvn is needed to fetch OpenSearch from Maven Central" >&2; exit 3; }
    mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
      "-Dartifact=org.opensearch.distribution.integ-test-zip:opensearch:$VERSION:zip" "-DoutputDirectory=$DIR"
  fi
}

start_node() {
  local number=$1 count=$2 home=$DIR/node-$1 seeds=() names=() i
  for ((i = 1; i <= count; i++)); do
    seeds+=("\"127.0.0.1:$((PORT + 100 + i))\"")
    names+=("\"node-$i\"")
  done
  if [ ! -d "$home" ]; then
    mkdir -p "$home.new"
    (cd "$home.new" && python3 -m zipfile -e "$DIR/opensearch-$VERSION.zip" .)
    mv "$home.new"/opensearch-* "$home"
    rmdir "$home.new"
    chmod +x "$home"/bin/*
  fi
  local list=${seeds[*]} initial=${names[*]}
  cat >"$home/config/opensearch.yml" <<YAML
cluster.name: timbao-tests
node.name: node-$number
network.host: 127.0.0.1
http.port: $((PORT + number))
transport.port: $((PORT + 100 + number))
discovery.seed_hosts: [${list// /, }]
cluster.initial_cluster_manager_nodes: [${initial// /, }]
cluster.routing.allocation.disk.threshold_enabled: false
path.data: $home/data
path.logs: $home/logs
path.repo: $DIR/snapshots
YAML
  local as=()
  if [ "$(id -u)" -eq 0 ]; then
    id opensearch >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin opensearch
    mkdir -p "$DIR/snapshots"
    chown -R opensearch "$home" "$DIR/snapshots"
    as=(setpriv --reuid=opensearch --regid="$(id -g opensearch)" --clear-groups)
  fi
  # its Java agent is named by a path relative to its home
  (
    cd "$home"
    export OPENSEARCH_JAVA_OPTS="-Xms$HEAP -Xmx$HEAP"
    # exec all the way down, so that the process noted is Java's own
    exec setsid nohup "${as[@]}" env HOME="$home" bin/opensearch
  ) >"$DIR/node-$number.log" 2>&1 </dev/null &
  echo $! >"$DIR/node-$number.pid"
}

health() { curl -fsS --max-time 5 "http://127.0.0.1:$((PORT + 1))/_cluster/health?$1"; }

case ${1:-} in
start)
  count=${2:-3}
  choose_java
  mkdir -p "$DIR"
  chmod 755 "$DIR"
  download
  for ((number = 1; number <= count; number++)); do
    # nodes that run already go on running
    if [ -e "$DIR/node-$number.pid" ] && kill -0 "$(cat "$DIR/node-$number.pid")" 2>/dev/null; then continue; fi
    start_node "$number" "$count"
  done
  for ((waited = 0; waited < WAIT_SECONDS; waited += 2)); do
    if health "" 2>/dev/null | grep -q "\"number_of_nodes\":$count,"; then
      echo "OpenSearch $VERSION, $count node(s), http://127.0.0.1:$((PORT + 1))"
      exit 0
    fi
    sleep 2
  done
  echo "the cluster did not form in $WAIT_SECONDS s; last lines of its first node:" >&2
  tail -n 30 "$DIR/node-1.log" >&2
  exit 1
  ;;
stop)
  for file in "$DIR"/node-*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    kill "$pid" 2>/dev/null || true
    for ((waited = 0; waited < 30; waited++)); do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$file"
  done
  rm -rf "$DIR"/node-*/
  ;;
kill)
  kill -9 "$(cat "$DIR/node-${2:?number of the node}.pid")"
  rm -f "$DIR/node-$2.pid"
  ;;
status) health "pretty" ;;
*)
  sed -n '2,/^set /p' "$0" | sed '$d; s/^# \{0,1\}//'
  exit 2
  ;;
esac
