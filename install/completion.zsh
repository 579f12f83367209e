#compdef tcp-lifecycle
# What may follow in a line that begins with tcp-lifecycle: the program itself is asked, as argcomplete asks one.
local line="${(j: :)words[1,CURRENT-1]} $PREFIX"
local -a found
found=(${(ps:\v:)"$(_ARGCOMPLETE=1 _ARGCOMPLETE_SUPPRESS_SPACE=1 COMP_LINE=$line COMP_POINT=${#line} $words[1] 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null)"})
if (($#found)); then
    compadd -S '' -- ${(M)found:#*=}
    compadd -- ${found:#*=}
else
    _files
fi
