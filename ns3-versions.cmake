# What this project and its installed package must know of the versions of ns-3: which were tried, and
# what differs between them for CMake; for C++, that is in model/stack/ns3-versions.h. In contrib/ nothing
# differs: there ns-3 itself sets the standard of C++, which must not be lowered, and calls a module
# ${libNAME} and its tests ${testNAME} in all of them.

set(NS3_OLDEST 3.37)
set(NS3_NEWEST 3.48)

# check_ns3_version(VERSION): one sentence about a version outside of that range; an older one is an error,
# a newer one a warning, unless the user has chosen with TCP_LIFECYCLE_ANY_NS3: ON goes on, OFF stops.
function(check_ns3_version version)
  string(REGEX MATCH "^[0-9]+\\.[0-9]+" release "${version}") # ns-3's repository has none between releases
  if(release AND release VERSION_LESS NS3_OLDEST)
    set(problem "ns-3 ${version} is older than ${NS3_OLDEST}, the oldest that tcp-lifecycle supports")
    set(goes_on OFF)
  elseif(NOT release OR release VERSION_GREATER NS3_NEWEST)
    set(problem "ns-3 ${version} is newer than ${NS3_NEWEST}, the newest with which tcp-lifecycle was tried")
    set(goes_on ON)
  else()
    return()
  endif()
  if(DEFINED TCP_LIFECYCLE_ANY_NS3)
    set(goes_on ${TCP_LIFECYCLE_ANY_NS3})
  endif()
  if(goes_on)
    message(WARNING "${problem}; -DTCP_LIFECYCLE_ANY_NS3=OFF would stop here.")
  else()
    message(FATAL_ERROR "${problem}; -DTCP_LIFECYCLE_ANY_NS3=ON goes on all the same.")
  endif()
endfunction()

# trim_ns3_targets(): Debian's targets of ns-3 name include folders and libraries of packages that need not
# be installed; this leaves them what is ns-3's own.
function(trim_ns3_targets)
  set(folder ${CMAKE_CURRENT_SOURCE_DIR})
  while(folder) # find_package may have been called in any of them
    get_property(found DIRECTORY ${folder} PROPERTY IMPORTED_TARGETS)
    list(APPEND ns3_targets ${found})
    get_property(folder DIRECTORY ${folder} PROPERTY PARENT_DIRECTORY)
  endwhile()
  list(FILTER ns3_targets INCLUDE REGEX "^ns3::")
  foreach(target ${ns3_targets})
    get_target_property(needed ${target} INTERFACE_LINK_LIBRARIES)
    if(needed)
      list(FILTER needed EXCLUDE REGEX "^/")
      set_target_properties(${target} PROPERTIES INTERFACE_LINK_LIBRARIES "${needed}")
    endif()
    get_target_property(folders ${target} INTERFACE_INCLUDE_DIRECTORIES)
    set(own)
    foreach(folder ${folders})
      if(EXISTS ${folder}/ns3/core-module.h)
        list(APPEND own ${folder})
      endif()
    endforeach()
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${own}")
  endforeach()
endfunction()

# 3.41 raised C++17 to C++20, 3.46 to C++23; 3.37's own headers are no C++20.
if(ns3_VERSION VERSION_LESS 3.41)
  set(NS3_CXX_STANDARD 17)
elseif(ns3_VERSION VERSION_LESS 3.46)
  set(NS3_CXX_STANDARD 20)
else()
  set(NS3_CXX_STANDARD 23)
endif()

# 3.43 took "lib" out of the names of targets: NS3_TARGET followed by the module is the target.
if(ns3_VERSION VERSION_LESS 3.43)
  set(NS3_TARGET ns3::lib)
else()
  set(NS3_TARGET ns3::)
endif()
