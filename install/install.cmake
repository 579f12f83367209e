# What cmake --install puts where, below any prefix: the library with its headers, its CMake package and its
# pkg-config file; lifecycle-run; and lab with all it needs, in a folder that has the shape of this tree. Each
# finds the others from where it stands itself.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/tcp-lifecycle)
set(lab_folder ${CMAKE_INSTALL_LIBDIR}/tcp-lifecycle)

# ---- the library

set_target_properties(ns3-tcp-lifecycle PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  EXPORT_NAME tcp-lifecycle INSTALL_RPATH_USE_LINK_PATH ON)
target_include_directories(ns3-tcp-lifecycle INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_compile_features(ns3-tcp-lifecycle INTERFACE cxx_std_${NS3_CXX_STANDARD})
install(TARGETS ns3-tcp-lifecycle EXPORT tcp-lifecycle LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ns3)

install(EXPORT tcp-lifecycle NAMESPACE ns3:: FILE tcp-lifecycle-targets.cmake DESTINATION ${package_folder})
configure_file(install/tcp-lifecycle-config.cmake.in ${CMAKE_BINARY_DIR}/install/tcp-lifecycle-config.cmake @ONLY)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/install/tcp-lifecycle-config-version.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/install/tcp-lifecycle-config.cmake ns3-versions.cmake
        ${CMAKE_BINARY_DIR}/install/tcp-lifecycle-config-version.cmake DESTINATION ${package_folder})

# ns-3's own pkg-config files name include folders that break a program, hence its libraries themselves, by their
# full names: another ns-3 than this one is not to be linked.
get_target_property(todo ns3-tcp-lifecycle INTERFACE_LINK_LIBRARIES)
while(todo)
  list(POP_FRONT todo target)
  if(NOT TARGET ${target} OR target IN_LIST ns3_closure)
    continue() # an option of the linker, or known
  endif()
  list(APPEND ns3_closure ${target})
  get_target_property(file ${target} LOCATION)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(name ${file} NAME)
  list(APPEND ns3_folders ${folder})
  list(APPEND ns3_names -l:${name})
  get_target_property(needed ${target} INTERFACE_LINK_LIBRARIES)
  list(APPEND todo ${needed})
endwhile()
list(REMOVE_DUPLICATES ns3_folders)
list(REMOVE_ITEM ns3_folders ${CMAKE_CXX_IMPLICIT_LINK_DIRECTORIES})
list(TRANSFORM ns3_folders REPLACE "(.+)" "-L\\1 -Wl,-rpath,\\1")
list(JOIN ns3_folders " " NS3_FOLDERS)
list(JOIN ns3_names " " NS3_LIBRARIES)
get_target_property(folders ${NS3_TARGET}core INTERFACE_INCLUDE_DIRECTORIES)
list(REMOVE_ITEM folders ${CMAKE_CXX_IMPLICIT_INCLUDE_DIRECTORIES})
list(TRANSFORM folders PREPEND "-I")
list(JOIN folders " " NS3_INCLUDES)
string(REGEX REPLACE "[^/]+" ".." UP ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
configure_file(install/tcp-lifecycle.pc.in ${CMAKE_BINARY_DIR}/install/tcp-lifecycle.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/install/tcp-lifecycle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# ---- lab, which is called tcp-lifecycle there

# The analysis finds its parts by folder: it would find those that an earlier version has left there.
install(CODE "file(REMOVE_RECURSE \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${lab_folder}\")")
set(programs lifecycle-explore lifecycle-replay lifecycle-run live-peer packetdrill)
set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../../.." INSTALL_RPATH_USE_LINK_PATH ON)
install(TARGETS ${programs} RUNTIME DESTINATION ${lab_folder}/build/bin)
install(PROGRAMS lab DESTINATION ${lab_folder})
install(FILES lab.packages CHANGES.md CITATION.cff LICENSE DESTINATION ${lab_folder})
install(DIRECTORY analysis DESTINATION ${lab_folder} PATTERN __pycache__ EXCLUDE)
file(GLOB texts CONFIGURE_DEPENDS doc/*.rst doc/*.md doc/*.csv)
install(FILES ${texts} DESTINATION ${lab_folder}/doc)
file(GLOB sweeps CONFIGURE_DEPENDS examples/sweeps/*.toml)
install(FILES ${sweeps} DESTINATION ${lab_folder}/examples/sweeps)
install(FILES examples/live-peer/beside.py DESTINATION ${lab_folder}/examples/live-peer)
install(FILES install/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME tcp-lifecycle)
install(FILES install/completion.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _tcp-lifecycle)

# install_link(NAME FILE): NAME among the commands, for FILE of that folder.
function(install_link name file)
  file(RELATIVE_PATH target /${CMAKE_INSTALL_BINDIR} /${lab_folder}/${file})
  file(CREATE_LINK ${target} ${CMAKE_BINARY_DIR}/install/${name} SYMBOLIC)
  install(FILES ${CMAKE_BINARY_DIR}/install/${name} DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
install_link(tcp-lifecycle lab)
install_link(lifecycle-run build/bin/lifecycle-run)
