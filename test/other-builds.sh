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

# fetch_ns3 VERSION UPSTREAM: unpacks that ns-3 from Debian's source package into the current folder.
fetch_ns3()
{
    archive=$(ns3_archive)
    # shellcheck disable=SC1091
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mkdir -p sources lists/partial cache
    echo "deb-src $archive $release main" >sources/ns3.list
    ns3_apt update && ns3_apt source "ns3=$1" && mv "ns3-$2/ns-$2" .
}

# test_in_contrib FILTER: this tree in contrib/ of the source of the installed ns-3, assertions on.
test_in_contrib()
{
    install contrib
    # shellcheck disable=SC2016
    version=$(dpkg-query -W -f '${source:Version}' libns3-dev 2>/dev/null) ||
        die "this test needs the source of Debian's libns3-dev, which is not installed here."
    upstream=${version%-*}
    tree=$build/contrib/ns-$upstream
    if [ ! -d "$tree" ]; then
        say "fetching the source of ns-3 $upstream"
        rm -rf "$build/contrib"
        mkdir "$build/contrib"
        (cd "$build/contrib" && fetch ns3 "the source of ns-3" fetch_ns3 "$version" "$upstream")
    fi
    rm -rf "$tree/contrib/tcp-lifecycle"
    mkdir "$tree/contrib/tcp-lifecycle"
    git -c safe.directory="$root" -C "$root" ls-files -z --cached --others --exclude-standard |
        tar -C "$root" --null -T - --ignore-failed-read -c 2>"$build/contrib-tar.log" |
        tar -C "$tree/contrib/tcp-lifecycle" -x
    say "building ns-3 $upstream with this tree in contrib/, about 10 min the first time"
    # csma is for ns-3's own tests, fd-net-device for an example.
    quietly contrib-cmake.log cmake -G Ninja -S "$tree" -B "$tree/cmake-cache" -DCMAKE_BUILD_TYPE=default \
        -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g0" -DNS3_ASSERT=ON -DNS3_LOG=ON -DNS3_EXAMPLES=ON \
        -DNS3_TESTS=ON -DNS3_FILTER_MODULE_EXAMPLES_AND_TESTS=tcp-lifecycle \
        -DNS3_ENABLED_MODULES="tcp-lifecycle;csma;fd-net-device"
    say "left out there: lifecycle-devices, because Wi-Fi would double the time to build"
    examples=$(ninja -C "$tree/cmake-cache" -t targets all | sed -n 's/^\(lifecycle-[a-z-]*\|live-peer\|packetdrill\): phony$/\1/p')
    # shellcheck disable=SC2086
    quietly contrib-ninja.log ninja -C "$tree/cmake-cache" -j "$jobs" test-runner $examples
    "$tree/build/utils/ns$upstream-test-runner-default" --suite=tcp-lifecycle || status=1
    programs=$tree/build/contrib/tcp-lifecycle/ns$upstream
    LIFECYCLE_RUN=$programs-lifecycle-run-default LIFECYCLE_PACKETDRILL=$programs-packetdrill-default \
        run_pytest contrib-pytest "$1" test/examples test/packetdrill/test_library.py::test_all_pass \
        --ignore=test/examples/test_devices.py
}

# ---- newer versions of ns-3

newest_tried=3.48 # one that is newer may have changed what nobody could know

# fetch_headers SUITE: unpacks libns3-dev of that Debian into the current folder; nothing is installed.
fetch_headers()
{
    mkdir -p sources lists/partial cache/archives/partial
    echo "deb $(ns3_archive) $1 main" >sources/ns3.list
    ns3_apt update && ns3_apt download libns3-dev && dpkg -x libns3-dev_*.deb .
}

# compile_against SUITE STANDARD: all that knows ns-3, with the headers of that Debian and as that C++; no more.
compile_against()
{
    headers=$build/headers/$1
    rm -rf "$headers"
    mkdir -p "$headers"
    (cd "$headers" && fetch libns3-dev "the headers of ns-3 in Debian's $1" fetch_headers "$1")
    version=$(basename "$headers"/libns3-dev_*.deb | cut -d_ -f2)
    say "compiling against the headers of ns-3 $version of Debian's $1, as C++$2, some minutes"
    if (cd "$root" && printf '%s\n' model/link/impaired-*.cc model/wire/*.cc model/stack/*.cc model/traffic/*.cc \
        helper/*.cc helper/*/*.cc examples/*/*.cc bench/*.cc test/wire/*.cc test/stack/*.cc test/packetdrill/*.cc test/live/*.cc |
        xargs -n 1 -P "$jobs" g++ "-std=c++$2" -fsyntax-only -Wall -Wextra -Werror -Wno-missing-field-initializers \
            -DNS3_LOG_ENABLE -DNS3_ASSERT_ENABLE '-DLIFECYCLE_VERSION=""' '-DLIFECYCLE_NS3_VERSION=""' \
            '-DPROJECT_SOURCE_DIR=""' '-DPROJECT_BINARY_DIR=""' \
            -isystem "$headers/usr/include" -I "$build/include") >"$headers/g++.log" 2>&1; then
        return
    fi
    grep -m 5 error "$headers/g++.log" >&2
    if dpkg --compare-versions "$version" gt "$newest_tried.z"; then
        say "ns-3 $version is newer than $newest_tried, the newest that was tried: this is no failure, but work to do"
    else
        say "what stands above is wrong with ns-3 $version; all of it is in $headers/g++.log"
        status=1
    fi
}

# compile_against_newer: the versions of ns-3 that Debian has beside the oldest.
compile_against_newer()
{
    compile_against trixie 20
    compile_against sid 23
}
