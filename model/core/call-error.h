#ifndef LIFECYCLE_CORE_CALL_ERROR_H
#define LIFECYCLE_CORE_CALL_ERROR_H

#include <cstdint>
#include <string_view>

namespace lifecycle
{

/** What a user call may answer instead of doing its work. Source: RFC 9293 3.10.1 to 3.10.6. */
enum class CallError : std::uint8_t
{
    CONNECTION_DOES_NOT_EXIST,
    CONNECTION_ALREADY_EXISTS,
    CONNECTION_CLOSING,
    REMOTE_SOCKET_UNSPECIFIED,
    INSUFFICIENT_RESOURCES,
};

/** The error in the RFC's words, such as `connection closing`. */
std::string_view ToString(CallError error);

} // namespace lifecycle

#endif // LIFECYCLE_CORE_CALL_ERROR_H
