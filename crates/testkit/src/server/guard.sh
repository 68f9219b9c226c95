# Runs a server, and ends it when standard input closes, which happens even if the test program is
# killed. To be the leader of a process group.
#
# Arguments: the signal that ends the server in order, the folder to remove once it has ended, and
# the server's command. The first line of standard output is the server's process id; standard
# output closes once everything is done. A line KILL on standard input, instead of its end, kills
# the server and keeps the folder.
signal=$1 folder=$2
shift 2
exec 3<&0
"$@" 3<&- >&2 &
server=$!
# The kernel sends it to a group with a stopped member when the group's parent is killed.
trap '' HUP
echo $server

# Whether a process runs: a zombie does not, and an id may belong to another process by now.
runs() {
    read -r stat <"/proc/$1/stat" || return 1
    case ${stat##*) } in
    Z* | X*) return 1 ;;
    esac
}

# Waits until a process has ended, for about so many hundredths of a second at most.
gone() {
    left=$2
    while runs "$1" && [ "$left" -gt 0 ]; do
        sleep 0.01
        left=$((left - 1))
    done
}

# Whether the server, which may be a zombie, is still there as a member of this group.
is_there() {
    read -r stat <"/proc/$server/stat" || return 1
    set -- ${stat##*) }
    [ "$3" = $$ ]
}

# Whether the server still runs.
is_ours() {
    is_there && runs "$server"
}

end() {
    # Children that left the group, as PostgreSQL's do, are to end with the server.
    children=
    is_ours && read -r children <"/proc/$server/task/$server/children"
    if [ "$1" != KILL ] && is_ours; then
        kill -s "$1" "$server"
        kill -s CONT "$server" $children
        gone "$server" 600
    fi
    is_ours && kill -s KILL "$server"
    [ -z "$children" ] || kill -s KILL $children
    for process in $server $children; do
        gone "$process" 1000
    done
    # PostgreSQL takes a zombie for a running server if its files name that process.
    left=1000
    while is_there && [ "$left" -gt 0 ]; do
        sleep 0.01
        left=$((left - 1))
    done
}

(
    read -r word
    exec 2>/dev/null
    end "${word:-$signal}"
    [ -n "$word" ] || rm -rf "$folder"
    kill -s KILL -- -$$
) <&3 3<&- &
exec 3<&- >&2
wait $server
