#include "call-error.h"

namespace lifecycle
{

std::string_view
ToString(CallError error)
{
    switch (error)
    {
    case CallError::CONNECTION_DOES_NOT_EXIST:
        return "connection does not exist";
    case CallError::CONNECTION_ALREADY_EXISTS:
        return "connection already exists";
    case CallError::CONNECTION_CLOSING:
        return "connection closing";
    case CallError::REMOTE_SOCKET_UNSPECIFIED:
        return "remote socket unspecified";
    case CallError::INSUFFICIENT_RESOURCES:
        return "insufficient resources";
    }
    return "?";
}

} // namespace lifecycle
