# What differs, for CMake, between the versions of ns-3 from 3.37 to 3.48; for C++, that is in
# model/stack/ns3-versions.h. In contrib/ nothing does: there ns-3 itself sets the standard of C++, which
# must not be lowered, and calls a module ${libNAME} and its tests ${testNAME} in all of them.

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
