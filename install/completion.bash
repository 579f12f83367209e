# What may follow in a line that begins with tcp-lifecycle, or ./lab: the program itself is asked, as argcomplete asks one.
_tcp_lifecycle()
{
    local IFS=$'\013'
    # shellcheck disable=SC2207
    COMPREPLY=($(_ARGCOMPLETE=1 _ARGCOMPLETE_SUPPRESS_SPACE=1 _ARGCOMPLETE_COMP_WORDBREAKS=$COMP_WORDBREAKS \
        COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT "$1" 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null))
    [[ ${COMPREPLY-} != *= ]] || compopt -o nospace 2>/dev/null
}
complete -o default -o bashdefault -F _tcp_lifecycle tcp-lifecycle lab
