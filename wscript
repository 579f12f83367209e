# Builds tcp-lifecycle with waf: alone against an installed ns-3 (`./lab test --waf` brings waf), or as
# contrib/ of an ns-3 tree up to 3.35. Sources are found by folder, as in CMakeLists.txt.

import hashlib
import os
import re

from waflib import Context

APPNAME = "tcp-lifecycle"
top = "."
out = "build/waf"

LIBRARY = ["model/core/*.cc", "model/link/*.cc", "model/record/*.cc", "model/wire/*.cc",
           "model/stack/*.cc", "model/traffic/*.cc", "helper/*.cc", "helper/*/*.cc"]
PUBLIC = ["model/link/impaired-channel.h", "model/link/lifecycle-impairments.h", "model/stack/lifecycle-*.h",
          "model/traffic/lifecycle-*.h", "helper/lifecycle-*.h", "helper/impaired-*.h"]
IDENTIFIED = ["model/**/*.h", "model/**/*.cc", "helper/**/*.h", "helper/**/*.cc",
              "examples/lifecycle-run/*.cc"]
MODULES = ["internet", "point-to-point", "applications", "flow-monitor"]
EXAMPLE_MODULES = ["csma", "wifi", "mobility", "fd-net-device"]
TEST_MODULES = ["config-store"]
TESTS = ["core", "graph", "record", "link", "wire", "stack", "packetdrill"]


def in_ns3_tree(context):
    return Context.run_dir != context.path.abspath()


def names(context, patterns):
    """Of the files that match, from the folder of this file."""
    return [node.path_from(context.path) for node in context.path.ant_glob(patterns)]


def version(context):
    """Of tcp-lifecycle."""
    citation = context.path.find_node("CITATION.cff").read(encoding="utf-8")
    return re.search(r"^version: (.+)$", citation, re.MULTILINE).group(1)


def model_identity(context, ns3_version):
    """The text of the source that model-identity.cmake writes in the other build."""
    root = context.path.abspath()
    names_in_order = sorted(names(context, IDENTIFIED))
    text = ""
    for name in names_in_order:
        with open(os.path.join(root, name), "rb") as source:
            text += "%s %s\n" % (name, hashlib.sha256(source.read()).hexdigest())
    identity = hashlib.sha256((text + "ns-3 %s\n" % ns3_version).encode()).hexdigest()
    built_with = " ".join(list(context.env.CXX) + list(context.env.CXXFLAGS)).replace('"', '\\"')
    return ('namespace ns3::lifecycle_internal\n{\nextern const char* const MODEL_IDENTITY;\n'
            'extern const char* const BUILT_WITH;\nconst char* const MODEL_IDENTITY = "%s";\n'
            'const char* const BUILT_WITH = "%s";\n} // namespace ns3::lifecycle_internal\n') % (identity, built_with)


def write_model_identity(context, ns3_version):
    """Makes that source and returns it."""
    target = context.path.get_bld().make_node("model-identity.cc")
    target.parent.mkdir()
    text = model_identity(context, ns3_version)
    if not os.path.exists(target.abspath()) or target.read() != text:
        target.write(text)
    return target


# ---- alone


def cxx_standard(ns3_version):
    """As ns3-versions.cmake has it."""
    minor = int(ns3_version.split(".")[1])
    return "-std=c++%d" % (17 if minor < 41 else 20 if minor < 46 else 23)


def options(opt):
    if not in_ns3_tree(opt):
        opt.load("compiler_cxx waf_unit_test")


def configure(conf):
    if in_ns3_tree(conf):
        return
    conf.load("compiler_cxx waf_unit_test")
    conf.env.NS3_VERSION = conf.cmd_and_log(["pkg-config", "--modversion", "ns3-core"]).strip()
    conf.env.prepend_value("CXXFLAGS", [cxx_standard(conf.env.NS3_VERSION), "-O2", "-g1",
                                        "-fno-omit-frame-pointer", "-Wall", "-Wextra", "-Werror",
                                        "-Wno-missing-field-initializers"])  # the user's come after
    conf.check_cxx(header_name="nlohmann/json.hpp")
    conf.check_cxx(header_name="boost/graph/adjacency_list.hpp")
    conf.check_cxx(header_name="gtest/gtest.h", lib="gtest", uselib_store="GTEST")
    conf.check_cxx(lib="gtest_main", use="GTEST", uselib_store="GTEST_MAIN")
    for module in ["core", "network", "traffic-control"] + MODULES:
        conf.check_cxx(lib="ns3-" + module, uselib_store="NS3")
    for store, modules in ("NS3_EXAMPLE", EXAMPLE_MODULES), ("NS3_TEST", TEST_MODULES):
        for module in modules:
            conf.check_cxx(lib="ns3-" + module, uselib_store=store)
    conf.define("LIFECYCLE_VERSION", version(conf))
    conf.define("LIFECYCLE_NS3_VERSION", conf.env.NS3_VERSION)
    conf.define("PROJECT_SOURCE_DIR", conf.path.abspath())


def build_alone(bld):
    bld.bldnode.make_node("include/ns3").mkdir()
    for header in bld.path.ant_glob(PUBLIC):
        bld(features="subst", is_copy=True, source=header,
            target=bld.bldnode.make_node("include/ns3/" + header.name))
    bld.add_group()  # all headers stand before the first compilation

    bld.shlib(target="ns3-tcp-lifecycle", use="NS3",
              source=bld.path.ant_glob(LIBRARY) + [write_model_identity(bld, bld.env.NS3_VERSION)],
              includes=[bld.bldnode.make_node("include")], export_includes=["include"],
              defines=["NS3_LOG_ENABLE", "NS3_ASSERT_ENABLE"], install_path=None)
    bld.stlib(target="lifecycle-graph", source=bld.path.ant_glob("model/graph/*.cc"),
              cxxflags=["-fPIC"], install_path=None)
    includes = [bld.bldnode.make_node("include")]
    for folder in bld.path.ant_glob("examples/*", dir=True, src=False):
        sources = folder.ant_glob("*.cc")
        if not sources:
            continue  # sweep files
        bld.program(target="bin/" + folder.name, source=sources,
                    includes=includes, use="ns3-tcp-lifecycle NS3 NS3_EXAMPLE",
                    rpath=bld.bldnode.abspath(), install_path=None)
    for part in TESTS:
        bld.program(features="test", target="bin/test-" + part, includes=includes,
                    source=bld.path.ant_glob("test/%s/*.cc" % part),
                    use="lifecycle-graph ns3-tcp-lifecycle GTEST GTEST_MAIN NS3 NS3_TEST",
                    install_path=None)

    from waflib.Tools import waf_unit_test

    bld.add_post_fun(waf_unit_test.summary)
    bld.add_post_fun(waf_unit_test.set_exit_code)


# ---- in contrib/ of an ns-3 tree (up to 3.35)


def build_in_tree(bld):
    module = bld.create_ns3_module("tcp-lifecycle", MODULES)
    module.source = names(bld, LIBRARY) + [write_model_identity(bld, bld.env["VERSION"])]
    module.cxxflags = ["-std=c++17"]
    module.defines = ['LIFECYCLE_VERSION="%s"' % version(bld), 'LIFECYCLE_NS3_VERSION="%s"' % bld.env["VERSION"]]
    headers = bld(features="ns3header")
    headers.module = "tcp-lifecycle"
    headers.source = names(bld, PUBLIC)
    if bld.env.ENABLE_EXAMPLES:
        for folder in bld.path.ant_glob("examples/*", dir=True, src=False):
            if not folder.ant_glob("*.cc"):
                continue  # sweep files
            program = bld.create_ns3_program(folder.name, ["tcp-lifecycle"] + EXAMPLE_MODULES)
            program.source = [node.path_from(bld.path) for node in folder.ant_glob("*.cc")]
            program.cxxflags = ["-std=c++17"]
            program.defines = ['LIFECYCLE_VERSION="%s"' % version(bld),
                               'LIFECYCLE_NS3_VERSION="%s"' % bld.env["VERSION"]]


def build(bld):
    if in_ns3_tree(bld):
        build_in_tree(bld)
    else:
        build_alone(bld)
