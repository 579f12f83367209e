# Writes OUTPUT, the C++ source that defines what model-identity.h declares.
# cmake -D SOURCE=<project> -D OUTPUT=<file> -D NS3_VERSION=<version> -D BUILT_WITH=<text> -P <this>
# The hash is SHA-256 over "<path> <SHA-256 of the file>\n" of each source, sorted, and "ns-3 <version>\n".

file(GLOB_RECURSE sources RELATIVE "${SOURCE}" "${SOURCE}/model/*.h" "${SOURCE}/model/*.cc"
     "${SOURCE}/helper/*.h" "${SOURCE}/helper/*.cc" "${SOURCE}/examples/lifecycle-run/*.cc")
list(SORT sources)
set(text)
foreach(name ${sources})
  file(SHA256 "${SOURCE}/${name}" hash)
  string(APPEND text "${name} ${hash}\n")
endforeach()
string(SHA256 identity "${text}ns-3 ${NS3_VERSION}\n")
string(REPLACE "\"" "\\\"" BUILT_WITH "${BUILT_WITH}")
file(WRITE "${OUTPUT}"
"namespace ns3::lifecycle_internal
{
extern const char* const MODEL_IDENTITY;
extern const char* const BUILT_WITH;
const char* const MODEL_IDENTITY = \"${identity}\";
const char* const BUILT_WITH = \"${BUILT_WITH}\";
} // namespace ns3::lifecycle_internal
")
