# The tests of what is not built with CMake alone; part of lab, whose functions and variables it uses.
# shellcheck shell=sh disable=SC2154,SC2034

# fetch PACKAGE WHAT COMMAND...: COMMAND gets WHAT from Debian's archive, by apt and in the current folder.
fetch()
{
    package=$1
    what=$2
    shift 2
    command -v apt-get >/dev/null || die "$what comes from Debian's package $package, and there is no apt here."
    "$@" >"$build/$package.log" 2>&1 </dev/null || {
        tail -n 5 "$build/$package.log" >&2
        die "apt cannot fetch $what (Debian's package $package); is there a network, and was 'apt-get update' run?"
    }
}

# ---- waf

# run_waf ARGUMENT...: waf on the wscript, optimised less because that compiles in half of the time.
run_waf()
{
    (cd "$root" && CXXFLAGS="-O1 -g0" "$python" -c 'import sys
sys.path.insert(0, sys.argv.pop(1))
from waflib import Context, Scripting
Scripting.waf_entry_point(sys.argv.pop(1), Context.WAFVERSION, sys.path[0])' \
        "$build/xmds2/usr/lib/python3/dist-packages/xpdeint/waf" "$root" "$@")
}

# test_with_waf FILTER: what wscript builds, the programs under the same tests.
test_with_waf()
{
    install waf
    if [ ! -d "$build/xmds2" ]; then
        say "fetching waf, which Debian has inside xmds2"
        rm -rf "$build/download"
        mkdir "$build/download"
        (cd "$build/download" && fetch xmds2 waf apt-get download xmds2)
        dpkg -x "$build"/download/xmds2_*.deb "$build/download/unpacked"
        mv "$build/download/unpacked" "$build/xmds2"
    fi
    say "building with waf, some minutes the first time"
    quietly waf-configure.log run_waf configure
    quietly waf.log run_waf build --notests -j "$jobs"
    run_waf build --alltests -j "$jobs" || status=1
    LIFECYCLE_RUN=$build/waf/bin/lifecycle-run LIFECYCLE_PACKETDRILL=$build/waf/bin/packetdrill \
        run_pytest waf-pytest "$1" test/examples test/packetdrill/test_library.py::test_all_pass
}

# ---- contrib/

debian_versions="3.37, 3.43 or 3.48"

# debian_of VERSION: the release of Debian that has this ns-3; fails if none is known.
debian_of()
{
    case $1 in
    3.37) echo bookworm ;;
    3.43) echo trixie ;;
    3.48) echo sid ;;
    *) return 1 ;;
    esac
}

# installed_ns3: the version of Debian's package.
installed_ns3()
{
    # shellcheck disable=SC2016
    version=$(dpkg-query -W -f '${source:Upstream-Version}' libns3-dev 2>/dev/null) ||
        misuse "test --contrib without a version takes that of Debian's libns3-dev, which is not installed here."
    echo "$version"
}

# check_contrib SOURCE: stops unless that is a version that Debian has, or a source tree of ns-3.
check_contrib()
{
    ! debian_of "$1" >/dev/null || return 0
    [ -d "$1" ] || misuse "test --contrib takes $debian_versions, or the folder of an ns-3 source tree, not '$1'."
    for mark in VERSION ns3 test.py src/core/CMakeLists.txt; do
        [ -f "$1/$mark" ] || misuse "'$1' is no source tree of ns-3 3.37 or newer: there is no $mark in it."
    done
    folder=$(readlink -f "$1")
    case $root/ in
    "$folder"/contrib/*) ;; # contrib/ is not copied
    "$folder"/*) misuse "'$1' holds this tree outside of contrib/, and cannot be copied into it." ;;
    esac
}

# tree_of SOURCE: where its sources go in build/.
tree_of()
{
    if debian_of "$1" >/dev/null; then
        echo "$build/contrib/$1/ns-$1"
    else
        echo "$build/contrib/copy-$(readlink -f "$1" | cksum | cut -d ' ' -f 1)"
    fi
}

# ns3_apt ARGUMENT...: apt-get with package lists of its own, of the archive and release that ns-3 is from.
ns3_apt()
{
    apt-get -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$PWD/sources" \
        -o Dir::State::lists="$PWD/lists" -o Dir::Cache="$PWD/cache" "$@"
}

# ns3_archive: where apt gets ns-3 from.
ns3_archive()
{
    apt-get download --print-uris libns3-dev | sed -n "s|^'\(.*\)/pool/.*|\1|p"
}

# fetch_ns3 VERSION: unpacks that ns-3 from Debian's source package into the current folder.
fetch_ns3()
{
    archive=$(ns3_archive) && mkdir -p sources lists/partial cache &&
        echo "deb-src $archive $(debian_of "$1") main" >sources/ns3.list &&
        ns3_apt update && ns3_apt source ns3 &&
        mv "$(find "ns3-$1" -maxdepth 2 -name test.py -printf '%h' -quit)" "ns-$1"
}

# copy_ns3 SOURCE TREE: the sources; what was built of an earlier copy stays.
copy_ns3()
{
    mkdir -p "$2" &&
        find "$2" -mindepth 1 -maxdepth 1 ! -name build ! -name cmake-cache ! -name '.lock-ns3*' -exec rm -rf {} + &&
        tar -C "$1" --exclude=./.git --exclude=./build --exclude=./cmake-cache --exclude='./.lock-ns3*' \
            --exclude=./contrib --exclude=./testpy-output -c . | tar -C "$2" -x && mkdir "$2/contrib"
}

# get_ns3 VERSION: makes its tree be there; fails if it cannot be fetched.
get_ns3()
{
    tree=$(tree_of "$1")
    [ ! -d "$tree" ] || return 0
    say "fetching the source of ns-3 $1 from Debian's $(debian_of "$1")"
    fetched=$(dirname "$tree")
    rm -rf "$fetched" && mkdir -p "$fetched" && (cd "$fetched" && fetch_ns3 "$1") >"$build/ns3-$1.log" 2>&1 </dev/null
}

# need_ns3 SOURCE: makes its tree be there, or stops.
need_ns3()
{
    if debian_of "$1" >/dev/null; then
        get_ns3 "$1" || die "the source of ns-3 $1 cannot be fetched from Debian's $(debian_of "$1") (why is in $build/ns3-$1.log); --contrib=DIR takes a source tree of ns-3 that one has."
    else
        copy_ns3 "$1" "$(tree_of "$1")" || die "'$1' cannot be copied into $build/contrib."
    fi
}

# in_ns3 PROGRAM ARGUMENT...: ns3 or test.py of $tree. They import what is beside them, and refuse root by its name.
in_ns3()
{
    (cd "$tree" && USER='' env -u PYTHONPATH -u PYTHONSAFEPATH "$python" "$@")
}

# put_in_contrib: this tree into $tree, those files included that are not yet added to git.
put_in_contrib()
{
    rm -rf "$tree/contrib/tcp-lifecycle"
    mkdir "$tree/contrib/tcp-lifecycle"
    git -c safe.directory="$root" -C "$root" ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null -T - --ignore-failed-read -c 2>"$build/contrib-tar.log" |
        tar -C "$tree/contrib/tcp-lifecycle" -x
}

# build_in_contrib: $tree with this tree in contrib/, as its users do it; optimised less, which takes half of the time.
build_in_contrib()
{
    # csma is for ns-3's own tests and an example, fd-net-device for another.
    quietly "contrib-$upstream-configure.log" in_ns3 ./ns3 configure --build-profile=default \
        --enable-asserts --enable-logs --enable-examples --enable-tests \
        --enable-modules='tcp-lifecycle;csma;fd-net-device' --filter-module-examples-and-tests=tcp-lifecycle \
        -- -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g0"
    steps=$(ninja -C "$tree/cmake-cache" -t commands | wc -l)
    say "ns-3 $upstream: building it with this tree in contrib/: $steps steps, about $((steps * 2 / jobs / 60 + 1)) min the first time"
    say "left out there: lifecycle-devices, because Wi-Fi would double the time to build"
    quietly "contrib-$upstream-ninja.log" ninja -C "$tree/cmake-cache" -j "$jobs" # ns3 itself leaves a core idle
    quietly "contrib-$upstream-build.log" in_ns3 ./ns3 build
}

# run_in_contrib FILTER: what was built there.
run_in_contrib()
{
    say "ns-3 $upstream: the suite and the examples by ns-3's test.py"
    in_ns3 ./test.py --no-build --suite=tcp-lifecycle || status=1
    in_ns3 ./test.py --no-build --constrain=example || status=1
    (quietly "contrib-$upstream-run.log" in_ns3 ./ns3 run --no-build lifecycle-run -- \
        --output="$results/run" --force) || status=1
    say "ns-3 $upstream: the tests of test/examples and the packetdrill scripts"
    say "left out there: the tests of lab and of lifecycle-explore, which no ns-3 tree builds"
    programs=$tree/build/contrib/tcp-lifecycle/examples/ns$upstream
    LIFECYCLE_RUN=$programs-lifecycle-run-default LIFECYCLE_PACKETDRILL=$programs-packetdrill-default \
        run_pytest pytest "$1" test/examples test/packetdrill/test_library.py::test_all_pass \
        --ignore=test/examples/test_devices.py --ignore=test/examples/test_explore.py --ignore=test/examples/test_help.py
}

# test_in_contrib SOURCE FILTER: this tree in contrib/ of that ns-3, assertions on; a part of its own.
test_in_contrib()
{
    tree=$(tree_of "$1")
    upstream=$(cat "$tree/VERSION")
    put_in_contrib
    begin_part "contrib-$(basename "$tree")"
    if (build_in_contrib); then
        run_in_contrib "$2"
    else
        status=1
    fi
    said=$1
    debian_of "$1" >/dev/null || said=DIR
    end_part "./lab test --contrib=$said" "$tree/build/contrib/tcp-lifecycle/examples/ns$upstream-lifecycle-run-default"
}

# test_in_newer_contrib FILTER SOURCE...: the versions that --full adds, but for the SOURCEs, which were tested.
test_in_newer_contrib()
{
    filter=$1
    shift
    install contrib
    for version in 3.43 3.48; do
        case " $* " in *" $version "*) continue ;; esac
        if get_ns3 "$version"; then
            test_in_contrib "$version" "$filter"
        else
            say "left out: the build in contrib/ of ns-3 $version, whose source cannot be fetched from Debian's $(debian_of "$version"); --contrib=DIR takes a source tree that one has"
        fi
    done
}

# ---- newer versions of ns-3

# fetch_headers SUITE: unpacks libns3-dev of that Debian into the current folder; nothing is installed.
fetch_headers()
{
    mkdir -p sources lists/partial cache/archives/partial
    echo "deb $(ns3_archive) $1 main" >sources/ns3.list
    ns3_apt update && ns3_apt download libns3-dev && dpkg -x libns3-dev_*.deb .
}

# compile_against SUITE STANDARD FILE...: these, with the headers of that Debian and as that C++; no more.
compile_against()
{
    suite=$1
    standard=$2
    shift 2
    headers=$build/headers/$suite
    rm -rf "$headers"
    mkdir -p "$headers"
    (cd "$headers" && fetch libns3-dev "the headers of ns-3 in Debian's $suite" fetch_headers "$suite")
    version=$(basename "$headers"/libns3-dev_*.deb | cut -d_ -f2)
    say "compiling against the headers of ns-3 $version of Debian's $suite, as C++$standard, some minutes"
    if printf '%s\0' "$@" | xargs -0 -n 1 -P "$jobs" g++ "-std=c++$standard" -fsyntax-only -Wall -Wextra -Werror \
            -Wno-missing-field-initializers -DNS3_LOG_ENABLE -DNS3_ASSERT_ENABLE '-DLIFECYCLE_VERSION=""' '-DLIFECYCLE_NS3_VERSION=""' \
            '-DPROJECT_SOURCE_DIR=""' '-DPROJECT_BINARY_DIR=""' \
            -isystem "$headers/usr/include" -I "$build/include" >"$headers/g++.log" 2>&1; then
        return
    fi
    grep -m 5 error "$headers/g++.log" >&2
    newest_tried=$(sed -n 's/^set(NS3_NEWEST \(.*\))$/\1/p' "$root/ns3-versions.cmake")
    if dpkg --compare-versions "$version" gt "$newest_tried.z"; then
        say "ns-3 $version is newer than $newest_tried, the newest that was tried: this is no failure, but work to do"
    else
        say "what stands above is wrong with ns-3 $version; all of it is in $headers/g++.log"
        status=1
    fi
}

# compile_against_newer: all that knows ns-3 with the newest, and what is no test with the one in between, too: what
# the oldest and the newest have, that has.
compile_against_newer()
{
    set -- "$root"/model/link/impaired-*.cc "$root"/model/wire/*.cc "$root"/model/stack/*.cc "$root"/model/traffic/*.cc \
        "$root"/helper/*.cc "$root"/helper/*/*.cc "$root"/examples/*/*.cc "$root"/replay/*.cc
    compile_against trixie 20 "$@"
    compile_against sid 23 "$@" "$root"/bench/*.cc "$root"/test/wire/*.cc "$root"/test/stack/*.cc \
        "$root"/test/packetdrill/*.cc "$root"/test/live/*.cc
}
