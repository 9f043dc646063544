"""Images for a test's own engine, made from what this machine has installed: no registry is asked for anything.

They are lean, since an engine without a storage driver of the kernel's copies each of them for every container: the
programs, the libraries that `ldd` names for them, and a static busybox for the rest. Each behaves as the image whose name
it has; what is inside is said in its label `org.opencontainers.image.title`.
"""
import functools
import glob
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time

import kit

BUSYBOX = "/bin/busybox"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# Not in busybox, whose `setpriv` cannot change the user; by its path, as busybox's shell runs its own programs first.
SETPRIV = "/usr/bin/setpriv"


class Missing(Exception):
    """What an image is made of is not on this machine; the message says what, and how to get it."""


def needed(path, what):
    if not os.path.exists(path):
        raise Missing(f"{what} ({path} is missing); run scripts/install --test")
    return path


@functools.cache
def libraries(program, folder=""):
    """The shared objects that a program or a library loads, as the loader finds them; some in a folder of its own."""
    listed = subprocess.run(["ldd", program], env=os.environ | {"LD_LIBRARY_PATH": folder}, capture_output=True, text=True,
                            check=False).stdout
    if "not found" in listed:
        raise Missing(f"{program} lacks libraries: {listed}")
    return frozenset(re.findall(r"(/\S+) \(0x", listed))


class Image:
    """A file system of one layer, and what is said of it; loaded as `docker save` would have written it."""

    def __init__(self, name, title, user=None, **config):
        """`user` is the name and the number that the server runs as, where that is not root."""
        self.name = name
        self.started = time.monotonic()
        self.config = {"Env": [f"PATH={PATH}"], "Labels": {"org.opencontainers.image.title": title}} | config
        self.file = tempfile.TemporaryFile(prefix="hale-image-")
        self.layer = tarfile.open(fileobj=self.file, mode="w")
        self.names = set()
        for folder in ("bin", "etc", "proc", "sys", "dev", "root", "run", "usr/bin", "var"):
            self.folder(folder)
        self.folder("tmp", 0o1777)
        self.link("var/run", "/run")
        users = [("root", 0)] + [user] * bool(user)
        self.text("etc/passwd", "".join(f"{each}:x:{number}:{number}::/:/bin/sh\n" for each, number in users), 0o644)
        self.text("etc/group", "".join(f"{each}:x:{number}:\n" for each, number in users), 0o644)
        self.text("etc/nsswitch.conf", "hosts: files dns\n", 0o644)
        self.busybox()

    # What is in it

    def entry(self, name, mode, user=0):
        """A header for what is at that path, with the folders that lead there; nil where it is there already."""
        name = name.strip("/")
        if name in self.names:
            return None
        above = os.path.dirname(name)
        if above and above not in self.names:
            self.folder(above)
        self.names.add(name)
        header = tarfile.TarInfo(name)
        header.mode, header.uid, header.gid = mode, user, user
        return header

    def folder(self, name, mode=0o755, user=0):
        if header := self.entry(name, mode, user):
            header.type = tarfile.DIRTYPE
            self.layer.addfile(header)

    def link(self, name, target):
        if header := self.entry(name, 0o777):
            header.type, header.linkname = tarfile.SYMTYPE, target
            self.layer.addfile(header)

    def text(self, name, text, mode=0o755):
        if header := self.entry(name, mode):
            content = text.encode()
            header.size = len(content)
            self.layer.addfile(header, io.BytesIO(content))

    def copy(self, path, name=None):
        """A file of this machine, whatever links lead to it."""
        name = name or path
        with open(path, "rb") as file:
            status = os.fstat(file.fileno())
            if header := self.entry(name, status.st_mode & 0o755 | 0o444):
                header.size, header.mtime = status.st_size, int(status.st_mtime)
                self.layer.addfile(header, file)

    def copy_tree(self, path, name=None, without=r"$^"):
        """A folder of this machine without what the pattern finds in the paths inside it."""
        for folder, folders, files in os.walk(path):
            inside = os.path.relpath(folder, path)
            folders[:] = [each for each in folders if not re.search(without, os.path.join(inside, each))]
            for file in files:
                if not re.search(without, os.path.join(inside, file)):
                    self.copy(os.path.join(folder, file), os.path.normpath(os.path.join(name or path, inside, file)))

    def program(self, *paths):
        for path in paths:
            self.copy(path)
            self.libraries(path)

    def libraries(self, *paths):
        for path in paths:
            for library in sorted(libraries(path)):
                self.copy(library)

    def busybox(self):
        self.copy(needed(BUSYBOX, "a static busybox is needed"), "bin/busybox")
        for name in subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True, check=True).stdout.split():
            self.link(f"bin/{name}", "busybox")
        self.link("usr/bin/env", "/bin/busybox")

    # How it gets there

    def load(self, engine):
        """Gives it to the engine; returns a line that says how large it is and how long it took."""
        self.layer.close()
        size = self.file.tell()
        self.file.seek(0)
        digest = hashlib.file_digest(self.file, "sha256").hexdigest()
        config = json.dumps({
            "architecture": "amd64" if os.uname().machine == "x86_64" else os.uname().machine, "os": "linux",
            "created": "2026-01-01T00:00:00Z", "config": self.config,
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]}}).encode()
        manifest = json.dumps([{"Config": "config.json", "RepoTags": [self.name], "Layers": ["layer.tar"]}]).encode()
        with tempfile.TemporaryFile(prefix="hale-image-") as saved:
            with tarfile.open(fileobj=saved, mode="w") as archive:
                for name, content, length in (("config.json", io.BytesIO(config), len(config)),
                                              ("manifest.json", io.BytesIO(manifest), len(manifest)),
                                              ("layer.tar", self.file, size)):
                    content.seek(0)
                    header = tarfile.TarInfo(name)
                    header.size = length
                    archive.addfile(header, content)
            saved.seek(0)
            engine.docker("load", stdin=saved)
        self.file.close()
        return f"{self.name} {size / 1e6:.0f} MB in {time.monotonic() - self.started:.1f} s"


# PostgreSQL

POSTGRES = r"""#!/bin/sh
# What the official image does: the first start makes the data folder for POSTGRES_USER, POSTGRES_PASSWORD and POSTGRES_DB
# and runs what is in /docker-entrypoint-initdb.d on a server that listens on the unix socket alone.
set -eu
case "${1:-}" in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    find "$PGDATA" /run/postgresql \! -user postgres -exec chown postgres '{}' +
    chmod 700 "$PGDATA"
    exec /usr/bin/setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "Error: Database is uninitialized and superuser password is not specified." >&2
        exit 1
    fi
    printf '%s\n' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$PGDATA" --username="$user" --pwfile=/tmp/password --auth-local=trust --auth-host=trust
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
    pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
    run() { psql -v ON_ERROR_STOP=1 --no-psqlrc -U "$user" -d "$@"; }
    [ "$database" = postgres ] || echo "CREATE DATABASE :\"name\"" | run postgres -v name="$database"
    for file in /docker-entrypoint-initdb.d/*.sql; do
        [ ! -f "$file" ] || { echo "$0: running $file"; run "$database" -f "$file"; }
    done
    pg_ctl -D "$PGDATA" -m fast -w stop
    echo "PostgreSQL init process complete; ready for start up."
fi
exec "$@"
"""


def postgres(name="postgres:16-alpine"):
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"), key=lambda path: int(path.split("/")[4]))
    if not found:
        raise Missing(f"{name} needs PostgreSQL; run scripts/install --test")
    version = found[-1].split("/")[4]
    home, share = f"/usr/lib/postgresql/{version}", f"/usr/share/postgresql/{version}"
    image = Image(
        name, f"PostgreSQL {version} of Debian, a stand-in for {name}", ("postgres", 70),
        Entrypoint=["docker-entrypoint.sh"], Cmd=["postgres"], ExposedPorts={"5432/tcp": {}}, Volumes={"/var/lib/postgresql/data": {}}, StopSignal="SIGINT",
        Env=[f"PATH={home}/bin:{PATH}", "LANG=C.UTF-8", f"PG_MAJOR={version}", "PGDATA=/var/lib/postgresql/data"])
    image.program(*(f"{home}/bin/{each}" for each in ("postgres", "initdb", "pg_ctl", "pg_isready", "psql")), SETPRIV)
    image.program(*(f"{home}/lib/{each}.so" for each in ("plpgsql", "dict_snowball")))
    image.copy_tree(share, without=r"^man|^extension/(?!plpgsql)")
    for locale in glob.glob("/usr/lib/locale/C.utf8"):
        image.copy_tree(locale)
    for zone in ("UTC", "Etc/UTC", "GMT"):
        image.copy(needed(f"/usr/share/zoneinfo/{zone}", f"{name} needs the time zones of tzdata"))
    image.folder("var/lib/postgresql/data", 0o700, 70)
    image.folder("docker-entrypoint-initdb.d")
    image.text("usr/local/bin/docker-entrypoint.sh", POSTGRES)
    return image


# Redis

REDIS = r"""#!/bin/sh
# What the official image does: the server runs as the user redis, and other machines may ask it without a password.
set -eu
case "${1:-}" in -* | *.conf) set -- redis-server "$@" ;; esac
[ "${1:-}" = redis-server ] || exec "$@"
case " $* " in *" --protected-mode "*) ;; *) set -- "$@" --protected-mode no ;; esac
[ "$(id -u)" = 0 ] || exec "$@"
find . \! -user redis -exec chown redis '{}' +
exec /usr/bin/setpriv --reuid=redis --regid=redis --init-groups "$@"
"""


def redis(name="redis:7-alpine"):
    for program in ("redis-server", "redis-cli"):
        needed(f"/usr/bin/{program}", f"{name} needs Redis")
    image = Image(
        name, f"Redis of Debian, a stand-in for {name}", ("redis", 999), Entrypoint=["docker-entrypoint.sh"], Cmd=["redis-server"],
        ExposedPorts={"6379/tcp": {}}, Volumes={"/data": {}}, WorkingDir="/data")
    image.program("/usr/bin/redis-server", "/usr/bin/redis-cli", SETPRIV)
    image.folder("data", user=999)
    image.text("usr/local/bin/docker-entrypoint.sh", REDIS)
    return image


# Neo4j

GRAPH = r"""#!/bin/sh
# ArcadeDB, a stand-in for Neo4j: Bolt on 7687, HTTP on 7474, NEO4J_AUTH is user/password as in the official image.
set -eu
[ "${1:-}" = neo4j ] || exec "$@"
if [ "$(id -u)" = 0 ]; then
    mkdir -p /data
    find /data \! -user neo4j -exec chown neo4j '{}' +
    exec /usr/bin/setpriv --reuid=neo4j --regid=neo4j --init-groups "$0" "$@"
fi
case "${NEO4J_AUTH:-}" in
*/?*) ;;
*) echo "Invalid value for NEO4J_AUTH: '${NEO4J_AUTH:-}'; this stand-in needs user/password" >&2; exit 1 ;;
esac
user=${NEO4J_AUTH%%/*}
quoted=$(printf %s "${NEO4J_AUTH#*/}" | sed 's/[\\"]/\\&/g')
cd /data
cat >arguments <<END
-Xmx256m
-XX:+UseSerialGC
-XX:TieredStopAtLevel=1
-XX:+ExitOnOutOfMemoryError
--add-modules
jdk.incubator.vector
--enable-native-access=ALL-UNNAMED
-Darcadedb.server.name=graph
-Darcadedb.server.mode=production
-Darcadedb.server.rootPath=/data
-Darcadedb.server.databaseDirectory=/data/databases
"-Darcadedb.server.rootPassword=$quoted"
"-Darcadedb.server.defaultDatabases=neo4j[$user:$quoted:admin]"
-Darcadedb.server.httpIncomingHost=0.0.0.0
-Darcadedb.server.httpIncomingPort=7474
-Darcadedb.server.plugins=Bolt:com.arcadedb.bolt.BoltProtocolPlugin
-Darcadedb.bolt.host=0.0.0.0
-Darcadedb.bolt.port=7687
END
echo "ArcadeDB, a stand-in for Neo4j"
exec /opt/arcadedb/jre/bin/java @arguments -cp '/opt/arcadedb/jars/*' com.arcadedb.server.ArcadeDBServer
"""

CYPHER_SHELL = r"""#!/bin/sh
# usage: cypher-shell [-u USER] [-p PASSWORD] [-d DATABASE] QUERY
#
# Asks the server of this container over HTTP, and prints what it answered.
set -eu
user=${NEO4J_USERNAME:-neo4j} password=${NEO4J_PASSWORD:-} database=neo4j query=
while [ $# -gt 0 ]; do
    case "$1" in
    -u | --username) user=$2; shift ;;
    -p | --password) password=$2; shift ;;
    -d | --database) database=$2; shift ;;
    -a | --address | --format) shift ;;
    *) query=$1 ;;
    esac
    shift
done
text=$(printf %s "$query" | sed 's/[\\"]/\\&/g')
exec wget -qO- --header "Authorization: Basic $(printf %s "$user:$password" | base64 -w 0)" \
    --header "Content-Type: application/json" --post-data "{\"language\":\"cypher\",\"command\":\"$text\"}" \
    "http://127.0.0.1:7474/api/v1/command/$database"
"""


def neo4j(name="neo4j:5.13-community"):
    pattern = os.path.join(kit.PROJECT, ".venv/lib/python3*/site-packages/arcadedb_embedded")
    found = [package for package in glob.glob(pattern) if os.access(f"{package}/jre/bin/java", os.X_OK)]
    if not found:
        raise Missing(f"{name} needs ArcadeDB ({pattern} is missing); run scripts/install --test")
    package = found[0]
    image = Image(
        name, f"ArcadeDB, a stand-in for {name}", ("neo4j", 7474), Entrypoint=["/startup/docker-entrypoint.sh"], Cmd=["neo4j"],
        ExposedPorts={"7474/tcp": {}, "7687/tcp": {}}, Volumes={"/data": {}}, WorkingDir="/data")
    image.program(SETPRIV)
    # Neither windows nor fonts nor licences: the server shows nothing.
    unseen = r"^legal|^man|lib(awt|font|lcms|mlib|javajpeg|splash|freetype|jsound)"
    image.copy_tree(f"{package}/jre", "/opt/arcadedb/jre", without=unseen)
    image.copy_tree(f"{package}/jars", "/opt/arcadedb/jars")
    for path in [f"{package}/jre/bin/java", *glob.glob(f"{package}/jre/lib/**/*.so", recursive=True)]:
        if not re.search(unseen, os.path.basename(path)):
            for library in sorted(libraries(path, f"{package}/jre/lib/server")):
                # Its own it finds by where it is itself.
                if not library.startswith(f"{package}/"):
                    image.copy(library)
    image.folder("data", user=7474)
    image.text("startup/docker-entrypoint.sh", GRAPH)
    image.text("usr/bin/cypher-shell", CYPHER_SHELL)
    return image


# Ollama

def ollama(name="ollama/ollama:latest"):
    image = Image(
        name, f"a stand-in for {name} that holds no model", Entrypoint=["/bin/ollama"], Cmd=["serve"],
        ExposedPorts={"11434/tcp": {}},
        Env=[f"PATH={PATH}", "OLLAMA_HOST=0.0.0.0:11434", "PYTHONDONTWRITEBYTECODE=1"])
    question = "import os, sys; print(os.path.realpath(sys.executable), os.path.dirname(os.__file__))"
    program, library = subprocess.run(
        [kit.PYTHON, "-c", question], capture_output=True, text=True, check=True).stdout.split()
    image.program(program)
    image.link("usr/bin/python3", program)
    without = (r"^(config-|test|lib2to3|pydoc_data|distutils|idlelib|unittest|ensurepip|tkinter|turtle|site-packages|"
               r"dist-packages|multiprocessing|asyncio|venv|sqlite3|curses|dbm|wsgiref|xmlrpc|__phello__)|/tests?(/|$)|"
               r"^lib-dynload/(_ssl|_hashlib|_ctypes|_sqlite3|_curses|_dbm|_gdbm|_tkinter|_decimal|_test|_codecs_|_x|"
               r"readline|nis|ossaudio|audioop|_crypt|_lzma|_bz2)")
    image.copy_tree(library, without=without)
    for module in glob.glob(f"{library}/lib-dynload/*.so"):
        if not re.search(without, os.path.relpath(module, library)):
            image.libraries(module)
    image.copy(os.path.join(kit.EXAMPLES, "stand-ins", "ollama"), "bin/ollama")
    image.folder("root/.ollama")
    return image


ALL = {"postgres:16-alpine": postgres, "redis:7-alpine": redis, "neo4j:5.13-community": neo4j,
       "ollama/ollama:latest": ollama}


def make(engine, *names):
    """Makes images for the engine, all where none is named, and says how large they are and how long it took."""
    for name in names or ALL:
        sys.stderr.write(f"  image {ALL[name](name).load(engine)}\n")
